import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { smooth } from '../../examples/smooth/smooth.ts';
import { builtinCatalog } from '../../src/cli/catalog.ts';
import { loadCatalog } from '../../src/cli/load-catalog.ts';
import type { CompileHost } from '../../src/dsl/compile.ts';
import { type Completion, completionsAt, strictCompleter } from '../../src/dsl/complete.ts';
import { statementItems } from '../../src/dsl/complete-keywords.ts';
import { laterStage } from '../../src/dsl/later.ts';
import { STATEMENT_WORDS } from '../../src/dsl/tokens.ts';
import type { Catalog } from '../../src/engine/contract/catalog.ts';
import type { OperatorDefinition } from '../../src/engine/contract/operator.ts';
import type { ParameterSpecs } from '../../src/engine/contract/parameter.ts';

const CATALOG = builtinCatalog();
const FOLDER = new URL('../../pipelines/readmission/', import.meta.url);
const HOST: CompileHost = {
  read: path => (existsSync(new URL(path, FOLDER)) ? readFileSync(new URL(path, FOLDER), 'utf8') : null),
  resolve: (_, relative) => relative.replace(/^\.\//, ''),
  env: () => undefined,
};

const FLOW = `flow wards v1

param limit: int = 10
param soon: bool = true

fn bmi(kg: float, m: float) = kg / (m * m)

schema Visit {
  id: int @id, patient: string @entity @phi, ward: string, age: int in 0..120, sex: enum("F", "M")
  hr: float? @unit("/min"), soon: bool @label
}
schema Ward { ward: string, beds: int }
/// One row a visit.
source visits = file("visits.csv") { schema: Visit, on_bad: fail }
table wards = file("wards.csv") { schema: Ward, key: ward, on_bad: fail }
let prep = pipeline { | normalize { hr = zscore } }
let parts = visits | split train: 0.7, test: 0.3, group: patient
let fitted = parts.train | fit prep
let risk = parts.train | apply fitted | train gbdt, label: soon
let tested = parts.test | apply fitted | score risk { p = probability(true) }
let card = tested | evaluate p, label: soon, metrics: [auroc]
`;

/** Completions at the `▮` of a statement at the end of the flow, or of a text of its own. */
function at(written: string, catalog: Catalog = CATALOG, before = FLOW): readonly Completion[] {
  const text = `${before}${written}`;
  return completionsAt({
    path: 'main.flow',
    text: text.replace('▮', ''),
    offset: text.indexOf('▮'),
    catalog,
    host: HOST,
  });
}
function labels(written: string, kind?: Completion['kind'], catalog: Catalog = CATALOG): readonly string[] {
  return at(written, catalog).flatMap(each => (kind === undefined || each.kind === kind ? [each.label] : []));
}

/** A place of each stage, by what it takes and where it may stand. */
function stagePlace(operator: OperatorDefinition): string {
  if (operator.execution.mode === 'fitted') return 'let p2 = pipeline(rows: Visit) { |';
  const [kind] = operator.takes ?? ['rows'];
  return `sink s = ${{ rows: 'visits', transform: 'fitted', model: 'risk', report: 'card', done: 'card' }[kind ?? 'rows']} |`;
}
const named = (specs: ParameterSpecs): string[] =>
  Object.entries(specs).flatMap(([name, spec]) => (spec.kind === 'named_floats' ? [] : [name]));

test.each([...CATALOG.operators.values()].map(each => [each.name, each] as const))('stage %s', (name, operator) => {
  const place = stagePlace(operator);
  const found = at(`${place} ▮`).find(each => each.label === name);
  expect(found).toMatchObject({ kind: 'stage', insert: name, doc: operator.summary });
  expect(labels(`${place} ${name} ▮`, 'parameter')).toEqual(expect.arrayContaining(named(operator.params)));
  for (const [param, spec] of Object.entries(operator.params)) {
    if (spec.choices === undefined) continue;
    expect(labels(`${place} ${name} ${param}: ▮`, 'choice')).toEqual(expect.arrayContaining([...spec.choices]));
  }
  for (const rule of operator.rules ?? []) {
    expect(labels(`${place} ${name} { * = ▮`, 'rule')).toContain(rule.name);
    expect(labels(`${place} ${name} { * = ${rule.name}(▮`, 'parameter')).toEqual(
      expect.arrayContaining(named(rule.params)),
    );
  }
  const outputs = operator.block?.kind === 'outputs' ? Object.keys(operator.block.outputs) : [];
  expect(labels(`${place} ${name} risk { p = ▮`)).toEqual(expect.arrayContaining(outputs));
});

test('learners and their parameters, in parentheses and beside the stage', () => {
  for (const { name, params, summary } of CATALOG.learners.values()) {
    expect(at('let m = visits | train ▮')).toContainEqual(expect.objectContaining({ label: name, doc: summary }));
    expect(labels(`let m = visits | train ${name}(▮`)).toEqual(expect.arrayContaining(named(params)));
    expect(labels(`let m = visits | train ${name}, ▮`)).toEqual(expect.arrayContaining(named(params)));
  }
});

test('functions, aggregates, functions of models', () => {
  const functions = [...CATALOG.functions.values()].filter(each => each.sign === undefined).map(each => each.name);
  const models = [...CATALOG.operators.values()].flatMap(each => Object.keys(each.modelFunctions ?? {}));
  const found = labels('let x = visits | derive { y = ▮', 'function');
  expect(found).toEqual(expect.arrayContaining([...functions, ...models, 'bmi']));
  const aggregates = labels('let x = visits | aggregate by: ward { n = ▮', 'aggregate');
  expect(aggregates).toEqual([...CATALOG.aggregates.keys()]);
});

test('connectors, formats and their options', () => {
  expect(labels('source s = ▮', 'connector')).toEqual([...CATALOG.sources.keys()]);
  for (const { name, options } of CATALOG.sources.values()) {
    expect(labels(`source s = ${name}(▮`, 'option')).toEqual(expect.arrayContaining(named(options)));
    expect(labels(`source s = ${name}("x") { ▮`, 'option')).toEqual(expect.arrayContaining(named(options)));
  }
  const sinks = ['visits', 'card', 'risk'].flatMap(head => labels(`sink s = ${head} | write ▮`, 'connector'));
  expect(new Set(sinks)).toEqual(new Set(CATALOG.sinks.keys()));
  for (const { name, options } of CATALOG.sinks.values()) {
    expect(labels(`sink s = visits | write ${name}(▮`, 'option')).toEqual(expect.arrayContaining(named(options)));
  }
  expect(labels('source s = stdin() { format: ▮', 'format')).toEqual([...CATALOG.formats.keys()]);
  for (const { name, options } of CATALOG.formats.values()) {
    expect(labels(`source s = stdin() { format: ${name}, ▮`, 'option')).toEqual(expect.arrayContaining(named(options)));
    expect(labels(`sink s = visits | write file("x"), format: ${name}, ▮`)).toEqual(
      expect.arrayContaining(named(options)),
    );
  }
});

test('a definition given by --with turns up like any other', async () => {
  const mine = await loadCatalog([fileURLToPath(new URL('../../examples/smooth/smooth.ts', import.meta.url))]);
  expect(at('let x = visits | smo▮', mine)).toEqual([
    {
      label: 'smooth',
      kind: 'stage',
      insert: 'smooth',
      detail: 'smooth value, by: column, weight?: float',
      doc: smooth.summary,
    },
  ]);
  expect(labels('let x = visits | smooth ▮', undefined, mine)).toEqual(['id', 'age', 'hr', 'value', 'by', 'weight']);
  expect(labels('let x = visits | smooth ▮')).toEqual([]);
});

test('every statement the language runs has its word, and no other', () => {
  const words = [...STATEMENT_WORDS.keys()].filter(word => word !== 'schedule');
  expect(statementItems().map(each => each.label)).toEqual(words);
  expect(labels('▮', 'keyword')).toEqual(words);
  expect(labels('so▮')).toEqual(['source']);
  expect(laterStage('window')).not.toBeNull();
  expect(labels('let x = visits | win▮')).toEqual([]);
});

const GOLDEN: readonly (readonly [string, readonly string[]])[] = [
  ['let x = vis▮', ['visits', 'visits.bad']],
  ['let x = parts.▮', ['train', 'test']],
  ['let x = parts.tr▮ | limit 3', ['train']],
  ['let x = visits | whe▮', ['where']],
  ['sink s = card | ▮', ['require', 'write']],
  ['sink s = risk | require card.▮', ['auroc', 'auroc_low', 'auroc_high']],
  ['let x = visits | where age ▮', ['and', 'or', 'in', 'not']],
  ['let x = visits | where sex == "F" an▮', ['and']],
  ['let x = visits | sort by: a▮', ['age']],
  ['let x = visits | drop id, wa▮', ['ward']],
  [
    'let x = visits | join ▮, on: ward',
    ['visits', 'visits.bad', 'wards', 'wards.bad', 'parts.train', 'parts.test', 'tested', 'right', 'kind', 'match'],
  ],
  ['let x = visits | join wards, kind: ▮', ['left', 'inner']],
  ['let x = visits | join wards, on: ward { ▮', ['ward', 'beds']],
  ['let x = visits | join wards, on: ward { beds } | where be▮', ['beds']],
  ['let x = visits | apply ▮', ['prep', 'fitted', 'pipeline', 'transform']],
  ['let x = visits | limit $▮', ['$limit']],
  ['let x = visits | derive { twice = age * 2, four = tw▮', ['twice']],
  ['let x = visits | aggregate by: ward { n = count(), mean_ag = mean(ag▮) }', ['age']],
  ['let x = visits | score risk { p = ▮', ['probability', 'predicted', 'probabilities']],
  ['let x = visits | score risk { p = probability(▮', ['true', 'false']],
  ['let x = tested | derive { why = top_features(▮', ['risk']],
  ['let p2 = pipeline(rows: Visit) { | encode { [sex, s▮', ['soon']],
  ['let p2 = pipeline(rows: Visit) { | impute { hr = ▮ } }', ['mean', 'median', 'mode', 'value']],
  [
    'let p2 = pipeline(rows: ▮',
    [
      'bool',
      'int',
      'float',
      'string',
      'timestamp',
      'date',
      'duration',
      'secret',
      'enum',
      'list',
      'tensor',
      'column',
      'Visit',
      'Ward',
    ],
  ],
  ['source s = file("a.csv") { schema: ▮', ['Visit', 'Ward']],
  ['source s = file("a.csv") { schema: Ward, map: { ▮', ['ward', 'beds']],
  ['source s = file("a.csv") { on_bad: ▮', ['dlq', 'drop', 'fail']],
  ['table s = file("a.csv") { schema: Ward, key: ▮', ['ward', 'beds']],
  ['model m = ▮', ['registry']],
  ['model m = registry("m") { ▮', ['serve', 'features', 'predicts', 'fallback']],
  ['model m = registry("m") { features: ▮', ['prep']],
  ['model m = registry("m") { predicts: ▮', ['bool', 'enum']],
  ['let p2 = pipeline(rows: Visit, cut: int, of: Ward) { | limit 3 }\nlet x = visits | apply p2, ▮', ['cut', 'of']],
  ['sink s = visits | write topic("t"), key: wa▮', ['ward']],
  ['sink s = visits | write topic("t"), delivery: ▮', ['exactly_once', 'at_least_once']],
  ['schema S { a: t▮', ['timestamp', 'tensor']],
  ['schema S { a: int @▮', ['@entity', '@phi', '@label', '@id', '@unit']],
  ['schema S { a: int @id ▮', ['@entity', '@phi', '@label', '@unit']],
  ['schema S { ..▮', ['Visit', 'Ward']],
  [
    'import { ▮ } from "./visits.flow"',
    ['Visit', 'icd9_chapter', 'icd9_group', 'destination_of', 'origin_of', 'visit_columns', 'visit_features'],
  ],
  ['test "a" {\n  ▮', ['given', 'expect']],
  ['test "a" { given wards [{ ward: "a", ▮', ['beds']],
  ['test "a" { expect parts.▮', ['train', 'test']],
  ['let x = visits | where ward == "a▮', []],
  ['let x = visits // whe▮', []],
  ['let x = visits | limit 1▮', []],
  ['let x▮', []],
];
test.each(GOLDEN)('%s', (written, expected) => {
  expect(labels(written)).toEqual(expected);
});

test('an enum is compared with its values first', () => {
  expect(labels('let x = visits | where sex == ▮').slice(0, 3)).toEqual(['"F"', '"M"', 'id']);
  expect(labels('let x = visits | where sex in [▮')).toEqual(['"F"', '"M"']);
});

test('columns come with their types, bindings with theirs and their words', () => {
  expect(at('let x = visits | sort by: h▮')).toEqual([
    { label: 'hr', kind: 'column', insert: 'hr', detail: 'float? in /min', doc: '' },
  ]);
  expect(at('let x = visits▮')[0]).toEqual({
    label: 'visits',
    kind: 'binding',
    insert: 'visits',
    detail: 'rows of 7 fields',
    doc: 'One row a visit.',
  });
});

test('a text broken before the place, and after it, is looked into all the same', () => {
  const broken = FLOW.replace('limit: int = 10', 'limit: = ').replace('let card = ', 'let card == ');
  const found = completionsAt({
    path: 'main.flow',
    text: `${broken}let x = visits | where | derive { a = } | sort by: \nlet y = `,
    offset: broken.length + 'let x = visits | where | derive { a = } | sort by: '.length,
    catalog: CATALOG,
    host: HOST,
  });
  expect(found.filter(each => each.kind === 'column').map(each => each.label)).toContain('ward');
});

test('a stage whose arguments are half written leaves a binding of a kind, and nothing more', () => {
  const head = 'let half = tested | evaluate p, label: soon, metrics: [au\n';
  expect(at(`${head}let x = ha▮`)).toEqual([expect.objectContaining({ label: 'half', detail: 'not known' })]);
});

test('a stage in the middle of a flow is offered what comes to it, and no argument it has further on', () => {
  const found = labels('let x = visits | drop age | train gbdt, ▮, label: soon | limit 3', 'parameter');
  expect(found).toContain('trees');
  expect(found).not.toContain('label');
  expect(labels('let x = visits | drop age | sort by: ▮')).not.toContain('age');
});

const names = readdirSync(FOLDER).filter(name => name.endsWith('.flow'));
test.each(names)('nothing is thrown at any place of %s, whole or broken off', { timeout: 60_000 }, name => {
  const text = readFileSync(new URL(name, FOLDER), 'utf8');
  const whole = strictCompleter({ path: name, catalog: CATALOG, host: HOST });
  let offered = 0;
  for (let offset = 0; offset <= text.length; offset++) offered += whole.at(text, offset).length > 0 ? 1 : 0;
  expect(offered).toBeGreaterThan(text.length / 4);
  for (let offset = 0; offset <= text.length; offset += 71) {
    expect(Array.isArray(whole.at(text.slice(0, offset), offset))).toBe(true);
  }
});

test('where a stage of a flow is written, it is offered', () => {
  const text = readFileSync(new URL('train.flow', FOLDER), 'utf8');
  const flow = strictCompleter({ path: 'train.flow', catalog: CATALOG, host: HOST });
  for (const found of text.matchAll(/\| (\w+)/g)) {
    const word = found[1] ?? '';
    const offset = found.index + 2;
    expect(flow.at(text, offset).map(each => each.label)).toContain(word);
  }
});
