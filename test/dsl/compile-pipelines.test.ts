import { describe, expect, test } from 'vitest';
import { featuresHash } from '../../src/engine/contract/features-hash.ts';
import type { PipelineSpec } from '../../src/engine/contract/parameter.ts';
import type { Plan } from '../../src/engine/plan/plan.ts';
import { compileText, fields, planOfText, said, schemaText, stage, VISITS } from './compile-text.ts';

const flow = (body: string): string => `flow f v1\n${VISITS}\n${body}`;
const OUT = 'sink out = rows | write topic("out")';

function specOf(plan: Plan, id: string): PipelineSpec {
  return stage(plan, id).params['pipeline'] as PipelineSpec;
}
/** The checked form of the pipeline `prep`, fitted on rows made by `before`. */
function fitted(prep: string, before = ''): PipelineSpec {
  const plan = planOfText(
    flow(`
let prep = pipeline { ${prep} }
let rows = visits ${before} | fit prep
sink out = visits ${before} | apply rows | write file("x.arrow")`),
  );
  return specOf(plan, 'rows');
}

describe('pipelines that are applied', () => {
  test('are stages of the binding that applies them', () => {
    const plan = planOfText(
      flow(`
let older = pipeline(rows: Visit, least: int = 18, by: column = age) { | where $by >= $least | derive { old = $by > 65 } }
let rows = visits | limit 9 | apply older, least: 3, by: stay | limit 5
${OUT}`),
    );
    expect(plan.nodes.map(node => node.id)).toEqual([
      'visits',
      'rows/limit',
      'rows/where',
      'rows/derive',
      'rows',
      'out',
    ]);
    expect(JSON.stringify(stage(plan, 'rows/where').params)).toContain('"name":"stay"');
  });

  test('bring in another stream as an argument', () => {
    const plan = planOfText(
      flow(`
schema Ward { ward: string, beds: int }
source wards = file("wards.csv") { schema: Ward, on_bad: fail }
let sized = pipeline(rows: Visit, wards: Ward) { | join $wards, on: ward { beds } | where beds > 3 }
let rows = visits | apply sized, wards: wards
${OUT}`),
    );
    expect(stage(plan, 'rows/join').sides).toEqual({ right: [{ node: 'wards', port: 'out' }] });
  });

  test('are written in their own file, and see its names', () => {
    const files = {
      'lib/a.flow': `
schema Row { age: int }
param cut: int = 7
fn high(x: int) = x > $cut
let marked = pipeline(rows: Row) { | derive { marked = high(age) } | apply twice }
let twice = pipeline { | derive { again = marked } }`,
    };
    const plan = planOfText(flow(`import { marked } from "./lib/a.flow"\nlet rows = visits | apply marked\n${OUT}`), {
      files,
    });
    expect(fields(plan, 'rows')).toMatch(/marked: bool, again: bool$/);
    expect(stage(plan, 'rows').span.file).toBe('lib/a.flow');
  });

  test('do not apply themselves', () => {
    const compiled = compileText(
      flow(`let a = pipeline { | apply b }\nlet b = pipeline { | apply a }\nlet rows = visits | apply a\n${OUT}`),
    );
    expect(said(compiled).map(each => each.slice(0, 4))).toEqual(['E204']);
  });
});

describe('pipelines that are fitted', () => {
  test('have the fields their stages assign as features, in order of first mention', () => {
    expect(
      fitted('| derive { hr, twice = stay * 2 } | impute { [temp, hr] = median } | encode { sex = onehot }').features,
    ).toEqual(['hr', 'twice', 'temp', 'sex']);
  });

  test('a last select narrows them', () => {
    const spec = fitted('| derive { a = age, b = stay, c = stay * 2 } | normalize { a = zscore } | select { c, a }');
    expect(spec.features).toEqual(['a', 'c']);
  });

  test('`*` takes every unannotated field left that the rule takes', () => {
    const spec = fitted('| normalize { age = minmax, * = zscore }');
    expect(spec.features).toEqual(['age', 'hr', 'temp', 'stay']);
  });

  test('are cut down to the fields they read and make', () => {
    const spec = fitted('| derive { old = age > 65 } | impute { hr = median }');
    expect(spec.stages.map(each => `${schemaText(each.input)} > ${schemaText(each.output)}`)).toEqual([
      'age: int, hr: float? > age: int, old: bool, hr: float?',
      'age: int, old: bool, hr: float? > age: int, old: bool, hr: float',
    ]);
  });

  test('are the same beside whatever else the rows carry', () => {
    const prep = '| derive { old = age > 65 } | impute { hr = median }';
    const plain = featuresHash(fitted(prep));
    expect(featuresHash(fitted(prep, '| derive { more = 1 } | drop name'))).toBe(plain);
    expect(featuresHash(fitted(prep, '| where hr != null'))).toBe(plain);
    expect(featuresHash(fitted('| derive { old = age > 66 } | impute { hr = median }'))).not.toBe(plain);
    expect(featuresHash(fitted('| derive { old = age > 65 } | impute { hr = mean }'))).not.toBe(plain);
    expect(featuresHash(fitted('| impute { hr = median } | derive { old = age > 65 }'))).not.toBe(plain);
  });

  test('`{ a = 5 }` is the rule `value`, where the stage has one', () => {
    const spec = fitted('| impute { hr = 60.0, temp = median }');
    expect(spec.stages[0]?.params['block']).toMatchObject([
      { columns: ['hr'], rule: { rule: 'value', params: { value: 60 } } },
      { columns: ['temp'], rule: { rule: 'median', params: {} } },
    ]);
  });
});

describe('models', () => {
  const scoring = (model: string, rest = ''): string =>
    flow(`
let prep = pipeline(rows: Visit) { | impute { hr = median } | encode { sex = onehot } }
model risk = registry("readmission") { ${model} }
let rows = visits | score risk { p = probability(true) } ${rest}
${OUT}`);
  const declared = 'features: prep, predicts: bool';

  test('hold the names and hash of the pipeline they are declared with', () => {
    const plan = planOfText(scoring(`${declared}, fallback: skip`));
    const node = plan.nodes.find(each => each.id === 'risk');
    expect(node).toMatchObject({
      registry: 'readmission',
      alias: 'champion',
      features: ['hr', 'sex'],
      fallback: 'skip',
    });
    const trained = fitted('| impute { hr = median } | encode { sex = onehot }', '| derive { label = soon }');
    expect(node).toMatchObject({ featuresHash: featuresHash(trained) });
  });

  const held = (
    features: readonly string[],
    classes: readonly (boolean | string)[] = [false, true],
    transformHash: string | null = null,
  ) => ({
    model: () => ({ features, classes, transformHash }),
  });
  test.each([
    ['the same', held(['hr', 'sex']), []],
    ['finer names of the same', held(['hr', 'sex=F', 'sex=M']), []],
    ['one more', held(['hr', 'sex', 'temp']), ['E504']],
    ['one less', held(['hr']), ['E504']],
    ['another order', held(['sex', 'hr']), ['E504']],
    ['other classes', held(['hr', 'sex'], ['a', 'b']), ['E504']],
    ['another transform', held(['hr', 'sex'], [false, true], 'abc'), ['E504']],
    ['none there', { model: () => null }, []],
    ['no registry at hand', { model: () => undefined }, []],
  ])('a registry with %s', (_, around, codes) => {
    expect(said(compileText(scoring(declared), around)).map(each => each.slice(0, 4))).toEqual(codes);
  });

  test('a function of a model is one stage before the one that uses it, however often it is used', () => {
    const plan = planOfText(
      scoring(
        declared,
        '| where p > 0.5 | derive { why = top_features(risk, 3), again = top_features(risk, 3), two = top_features(risk, n: 2) }',
      ),
    );
    expect(plan.nodes.map(node => node.id)).toEqual([
      'visits',
      'risk',
      'rows/score',
      'rows/where',
      'rows/attribute',
      'rows/attribute2',
      'rows',
      'out',
    ]);
    expect(stage(plan, 'rows/attribute').params).toMatchObject({ function: 'top_features', args: [3] });
    expect(stage(plan, 'rows/attribute').sides).toEqual({ model: [{ node: 'risk', port: 'out' }] });
    expect(fields(plan, 'rows')).toMatch(/why: list<string>, again: list<string>, two: list<string>$/);
  });

  test('what was scored carries the version of the model, when asked', () => {
    const plan = planOfText(scoring(declared, '| select { id, v = risk.version }'));
    expect(fields(plan, 'rows')).toBe('id: int, v: string');
  });

  test('a gate reads figures of reports, which may be undefined when it runs', () => {
    const plan = planOfText(
      flow(`
let prep = pipeline { | impute { hr = median } }
let parts = visits | split train: 0.8, test: 0.2, group: patient, seed: 1
let fitted = parts.train | fit prep
let m = parts.train | apply fitted | train gbdt, label: soon, trees: 7
let card = parts.test | score m { p = probability(true) } | evaluate p, label: soon, metrics: [auroc, ece]
sink release = m | require card.auroc_low >= 0.8 and card.ece <= 0.05 | publish registry("m"), with: [card]`),
    );
    const gate = stage(plan, 'release/require');
    expect(gate.sides).toEqual({ gate: [{ node: 'card', port: 'out' }] });
    expect(gate.params['gate']).toMatchObject({ fn: 'and', nullable: true });
    expect(JSON.stringify(gate.params['gate'])).toContain('"name":"card.auroc_low"');
    expect(stage(plan, 'release').sides).toEqual({ with: [{ node: 'card', port: 'out' }] });
    expect(stage(plan, 'm').params['learner']).toMatchObject({ rule: 'gbdt', params: { trees: 7 } });
  });
});

describe('tests in flows', () => {
  const text = flow(`
param least: int = 18
let prep = pipeline(rows: Visit) { | impute { hr = median } }
model risk = registry("readmission") { features: prep, predicts: bool }
let rows = visits | where age >= $least
let scored = rows | score risk { p = probability(true) }
sink out = scored | select { id, p } | write topic("out")
test "adults" {
  given $least 21
  given visits [ { id: 1, age: 20 } { id: 2, age: 22, hr: 60, at: @2026-01-01T00:00:00Z } ]
  given visits file("fixtures/more.csv")
  given risk [ { id: 2, "true": 0.9 } { "true": 0.1, "false": 0.9 } ]
  expect out [ { id: 2, p: 0.85..0.95 } ]
  expect rows [ { id: 2, hr: 60.0 } ]
  expect visits.bad []
}
test "no training needed" {
  given visits [ { age: 3 } ]
  expect rows []
}`);

  test('hold whole rows, answers, expectations, and only the plan they need', () => {
    const { tests, diagnostics } = compileText(text);
    expect(diagnostics).toEqual([]);
    const [adults, other] = tests;
    expect(adults?.plan.nodes.map(node => node.id)).toEqual(['visits', 'rows', 'risk', 'scored', 'out/select']);
    expect(adults?.plan.params).toEqual({ least: 21 });
    expect(adults?.given[0]?.rows?.[1]).toEqual({
      ...{ id: 2, patient: '', name: null, ward: '', age: 22, sex: 'F' },
      ...{ hr: 60, temp: null, stay: 0, at: Date.UTC(2026, 0, 1), soon: false },
    });
    expect(adults?.given[1]).toEqual({ source: 'visits', rows: null, file: 'fixtures/more.csv' });
    expect(adults?.models).toEqual([
      {
        model: 'risk',
        answers: [
          { where: { id: 2 }, probabilities: { true: 0.9, false: expect.closeTo(0.1) } },
          { where: {}, probabilities: { true: 0.1, false: 0.9 } },
        ],
      },
    ]);
    expect(adults?.expect.map(({ node, port, name, rows }) => ({ node, port, name, rows }))).toEqual([
      { node: 'out/select', port: 'out', name: 'out', rows: [{ id: { is: 2 }, p: { low: 0.85, high: 0.95 } }] },
      { node: 'rows', port: 'out', name: 'rows', rows: [{ id: { is: 2 }, hr: { is: 60 } }] },
      { node: 'visits', port: 'bad', name: 'visits.bad', rows: [] },
    ]);
    expect(other?.plan.nodes.map(node => node.id)).toEqual(['visits', 'rows']);
    expect(other?.plan.params).toEqual({ least: 18 });
  });
});
