import type { CatalogueEntry } from './entry.ts';

/** E7xx: imports and libraries. */
export const IMPORTS = {
  E701: {
    title: 'A file that is not there',
    message: 'there is no file `{path}`',
    hint: 'Paths are relative to the importing file, and begin with `./` or `../`.',
    explanation: 'An import names a file beside the flow.',
    bad: 'import { Visit } from "./visit_feature.flow"',
    good: 'import { Visit } from "./visit_features.flow"',
  },
  E702: {
    title: 'Imports in a circle',
    message: 'these files import each other: {chain}',
    hint: 'Move what both need into a third file.',
    explanation: 'A file is read after those it imports.',
    bad: 'import { a } from "./b.flow" // which imports this file',
    good: 'import { a } from "./shared.flow"',
  },
  E703: {
    title: 'An import that is not there',
    message: '`{path}` has no `{name}`',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation: 'A file offers its schemas, functions and pipelines by name.',
    bad: 'import { Visits } from "./visit_features.flow"',
    good: 'import { Visit } from "./visit_features.flow"',
  },
  E704: {
    title: 'Something that cannot be imported',
    message: '`{name}` is {kind}, and cannot be imported',
    hint: '{advice}',
    defaults: { advice: 'Schemas, functions and pipelines can.' },
    explanation:
      'Sources, sinks and models touch the world, so each flow states its own. What is shared are schemas, functions and pipelines.',
    bad: 'import { visits } from "./train.flow"',
    good: 'import { Visit } from "./train.flow"',
  },
  E705: {
    title: 'A binding of another file',
    message: '`{name}` is {kind} of a file that was imported, and cannot be used here',
    hint: 'Hand it over as a parameter of the pipeline.',
    explanation: 'An imported pipeline sees what it declares, and nothing of the flow it came from.',
    bad: 'let p = pipeline(rows: Visit) { | join outcomes, on: id }',
    good: 'let p = pipeline(rows: Visit, outcomes: Outcome) { | join $outcomes, on: id }',
  },
  E706: {
    title: 'A library with a source',
    message: 'a library has no {kind}; `{name}` belongs into a flow',
    hint: 'Add a line `flow NAME v1` at the top to make this a flow, or move `{name}` to the flow that imports this file.',
    explanation:
      'A file without a `flow` line is a library: schemas, functions and pipelines for others. It cannot run, so it reads and writes nothing.',
    bad: 'schema Visit { age: int }\nsource visits = file("v.csv") { schema: Visit, on_bad: fail }',
    good: 'flow visits v1\nschema Visit { age: int }\nsource visits = file("v.csv") { schema: Visit, on_bad: fail }',
  },
  E707: {
    title: 'Too many imports',
    message: 'imports are nested deeper than {limit} files',
    hint: 'Import the files you need directly.',
    explanation: 'A limit, so that a slip cannot read a whole disk.',
    bad: 'import { a } from "./1.flow" // which imports 2.flow, which …',
    good: 'import { a } from "./shared.flow"',
  },
  E708: {
    title: 'A path that is not relative',
    message: '`{path}` does not begin with `./` or `../`',
    hint: 'Write `./{name}`: paths are taken from the folder of the importing file.',
    explanation:
      'A flow and its libraries move together. A path from the root of a machine, or a bare name, would mean another file elsewhere.',
    bad: 'import { Visit } from "visit_features.flow"',
    good: 'import { Visit } from "./visit_features.flow"',
  },
} as const satisfies Record<string, CatalogueEntry>;
