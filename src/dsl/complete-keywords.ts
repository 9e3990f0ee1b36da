import { type Completion, plain } from './completion.ts';

/** What each statement is for, with its shape. */
const STATEMENTS: Readonly<Record<string, readonly [shape: string, doc: string]>> = {
  flow: ['flow NAME v1', 'Names the flow; a file without it is a library.'],
  import: ['import { NAME } from "./library.flow"', 'Takes schemas, functions and pipelines from a library.'],
  param: ['param NAME: TYPE = VALUE', 'A value given by `--param` when the flow is run.'],
  schema: ['schema NAME { FIELD: TYPE }', 'The fields of rows; also `schema NAME from registry("…", version: 1)`.'],
  fn: ['fn NAME(x: TYPE) = EXPRESSION', 'An expression by name.'],
  source: ['source NAME = CONNECTOR { … }', 'Rows from outside.'],
  table: ['table NAME = CONNECTOR { … }', 'Rows that others are joined with.'],
  model: ['model NAME = registry("…") { … }', 'A published model, as it is served.'],
  let: ['let NAME = STREAM | STAGE', 'What stages make of a stream; or a pipeline, to apply later.'],
  sink: ['sink NAME = STREAM | write CONNECTOR', 'Where rows, reports or models go.'],
  test: ['test "TITLE" { … }', 'What is expected of rows that are given.'],
};
/** The steps of a test. */
const STEPS: Readonly<Record<string, readonly [shape: string, doc: string]>> = {
  given: ['given SOURCE [{ … }]', 'Rows for a source, answers of a model, or the value of a parameter.'],
  expect: ['expect STREAM [{ … }]', 'The rows that must come out.'],
};
/** A pipeline's own words. */
const PIPELINE = ['pipeline(rows: SCHEMA) { | STAGE }', 'Stages by name, to `apply` or `fit`.'] as const;

const items = (words: typeof STATEMENTS): readonly Completion[] =>
  Object.entries(words).map(([word, [shape, doc]]) => ({ ...plain('keyword', word, shape, doc), insert: `${word} ` }));

export const statementItems = (): readonly Completion[] => items(STATEMENTS);
export const stepItems = (): readonly Completion[] => items(STEPS);
export const pipelineItem = (): Completion => plain('keyword', 'pipeline', ...PIPELINE);
