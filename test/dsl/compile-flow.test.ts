import { describe, expect, test } from 'vitest';
import { compileText, fields, planOfText, said, stage, VISITS } from './compile-text.ts';

const flow = (body: string): string => `flow f v1\n${VISITS}\n${body}`;
const OUT = 'sink out = rows | write topic("out"), key: id';

describe('plans', () => {
  test('a source, stages and a sink become nodes named after their bindings', () => {
    const plan = planOfText(
      flow(`
let rows = visits | where age >= 18 | where stay > 1 | derive { old = age > 65 }
sink out = rows | select { id, old } | write topic("out"), key: id, delivery: exactly_once`),
    );
    expect(plan.nodes.map(node => node.id)).toEqual([
      'visits',
      'rows/where',
      'rows/where2',
      'rows',
      'out/select',
      'out',
    ]);
    const sink = plan.nodes.at(-1);
    expect(sink).toMatchObject({ kind: 'sink', key: 'id', delivery: 'exactly-once', input: { node: 'out/select' } });
    expect(plan.nodes[0]).toMatchObject({ format: { name: 'csv' }, onBad: { kind: 'fail' }, onRange: 'bad' });
  });

  test('ids come from names: a stage of another kind before them moves none', () => {
    const ids = (body: string): readonly string[] => planOfText(flow(`${body}\n${OUT}`)).nodes.map(node => node.id);
    const before = ids('let rows = visits | where age > 1 | where age > 2 | derive { a = 1 }');
    const after = ids('let rows = visits | limit 5 | where age > 1 | where age > 2 | derive { a = 1 }');
    expect(after.filter(id => id !== 'rows/limit')).toEqual(before);
  });

  test('a plan is plain data: JSON gives it back', () => {
    const plan = planOfText(
      flow(`
let parts = visits | split train: 0.7, val: 0.15, test: 0.15, group: patient, seed: 1
let prep = pipeline { | impute { hr = median } | normalize { [hr, age] = zscore } | encode { sex = onehot } }
let fitted = parts.train | fit prep
let m = parts.train | apply fitted | train gbdt, label: soon, trees: 10
let card = parts.test | score m { p = probability(true) } | evaluate p, label: soon, metrics: [auroc]
sink release = m | require card.auroc >= 0.8 | publish registry("m"), with: [card]
sink rows = parts.test | score m { p = probability(true) } | select { id, why = top_features(m, 3) } | write topic("x")`),
    );
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });

  test('inputs come before their readers, whatever the order written', () => {
    const plan = planOfText(
      `flow f v1\nsink out = c | write topic("out")\nlet c = b | union a\nlet b = a | where age > 3\nlet a = visits | where stay > 1\n${VISITS}`,
    );
    const seen = new Set<string>();
    for (const node of plan.nodes) {
      const inputs = node.kind === 'stage' ? [node.input, ...Object.values(node.sides).flat()] : [];
      for (const input of inputs) expect(seen).toContain(input.node);
      seen.add(node.id);
    }
    expect(plan.nodes.map(node => node.id)).toEqual(['visits', 'a', 'b', 'c', 'out']);
  });

  test('what no sink needs is not in the plan, and is warned of', () => {
    const compiled = compileText(flow(`let rows = visits | where age > 3\nlet other = visits | where age < 3\n${OUT}`));
    expect(said(compiled)).toEqual(['W801 10:5']);
    expect(compiled.plan?.nodes.map(node => node.id)).toEqual(['visits', 'rows', 'out']);
  });

  test('`only` takes the nodes of one binding in place of the sinks', () => {
    const text = flow(`let rows = visits | where age > 3\nlet other = visits | limit 3\n${OUT}`);
    expect(planOfText(text, { only: 'other' }).nodes.map(node => node.id)).toEqual(['visits', 'other']);
    expect(said(compileText(text, { only: 'othr' }))).toContain('E201 1:1');
  });

  test('a name for a part is a name for the same port', () => {
    const plan = planOfText(
      flow(`
let parts = visits | split train: 0.5, test: 0.5, group: patient, seed: 1
let rows = parts.train
${OUT}`),
    );
    expect(plan.nodes.at(-1)).toMatchObject({ input: { node: 'parts', port: 'train' } });
  });

  test('rejected rows are a stream of their own', () => {
    const plan = planOfText(flow('sink bad = visits.bad | select { code, split, record } | write topic("bad")'));
    expect(fields(plan, 'visits', 'bad')).toBe(
      'source: string, stage: string?, code: string, reason: string, split: string, record: int, raw: string, raw_base64: string?',
    );
  });

  test('roles are kept by the stages after a split', () => {
    const plan = planOfText(
      flow(`
let parts = visits | split train: 0.5, test: 0.5, group: patient, seed: 1
let rows = parts.train | where age > 3 | derive { a = age * 2 } | select { id, a }
${OUT}`),
    );
    expect(stage(plan, 'rows').ports['out']).toMatchObject({ role: 'train' });
  });
});

describe('types', () => {
  const typed = (expression: string): string => {
    const plan = planOfText(flow(`let rows = visits | select { id, x = ${expression} }\n${OUT}`));
    return fields(plan, 'rows').replace('id: int, x: ', '');
  };
  test.each([
    ['age + 1', 'int'],
    ['age + 1.5', 'float'],
    ['age / 2', 'float'],
    ['age / stay', 'float?'],
    ['hr * 2.0', 'float?'],
    ['hr ?? 60', 'float'],
    ['hr != null', 'bool'],
    ['age > 3 and (hr == null or hr > 60.0)', 'bool'],
    ['if(hr != null, hr, 0.0)', 'float'],
    ['if(age > 3, "old", "young")', 'enum("old", "young")'],
    ['case(age < 3, "a", age < 6, if(soon, "b", "c"), "d")', 'enum("a", "b", "c", "d")'],
    ['if(soon, sex, "X")', 'enum("F", "M", "X")'],
    ['if(soon, ward, "none")', 'string'],
    ['if(soon, 1, 2.5)', 'float'],
    ['if(soon, age, null)', 'int?'],
    ['sex in ["F"]', 'bool'],
    ['age in 3..7', 'bool'],
    ['age in 3..', 'bool'],
    ['not (age in [1, 2])', 'bool'],
    ['float(ward)', 'float?'],
    ['-age', 'int'],
    ['at - @2026-01-01T00:00:00Z', 'duration'],
  ])('%s is %s', (expression, type) => {
    expect(typed(expression)).toBe(type);
  });

  test('a filter narrows the fields of the stages after it', () => {
    const plan = planOfText(
      flow(`let rows = visits | where hr != null and not (temp == null) | where hr > 60.0\n${OUT}`),
    );
    expect(fields(plan, 'rows')).toMatch(/hr: float, temp: float,/);
  });

  test('a narrowed field that is assigned anew is what it is assigned', () => {
    const plan = planOfText(flow(`let rows = visits | where hr != null | derive { hr = temp }\n${OUT}`));
    expect(fields(plan, 'rows')).toMatch(/hr: float\?,/);
  });

  test('an int becomes a float by a call, a literal by itself', () => {
    const plan = planOfText(flow(`let rows = visits | where age + 0.5 > 3\n${OUT}`));
    const text = JSON.stringify(stage(plan, 'rows').params);
    expect(text.match(/"fn":"float"/g)).toHaveLength(1);
  });

  test('computed fields carry units, and what is personal', () => {
    const plan = planOfText(
      flow(`let rows = visits | select {
        id, a = hr + 1.0, b = hr * 2.0, c = patient, d = concat(patient, "x"), e = hash(patient), f = patient == "x", g = name ?? ""
      }\n${OUT}`),
    );
    const type = stage(plan, 'rows').ports['out'];
    const found = type?.kind === 'rows' ? type.schema.fields : [];
    expect(found.filter(field => field.phi).map(field => field.name)).toEqual(['c', 'd', 'f', 'g']);
    expect(found.flatMap(field => (field.unit === undefined ? [] : [`${field.name} ${field.unit}`]))).toEqual([
      'a /min',
    ]);
  });

  test('aggregates are calls and an expression over them, each once', () => {
    const plan = planOfText(
      flow(
        `let rows = visits | aggregate by: ward { n = count(), share = sum(stay) / count(), twice = n * 2, id = max(id) }\n${OUT}`,
      ),
    );
    const block = stage(plan, 'rows').params['block'] as readonly {
      readonly calls: readonly { readonly fn: string }[];
    }[];
    expect(block.map(entry => entry.calls.map(call => call.fn))).toEqual([
      ['count'],
      ['sum', 'count'],
      ['count'],
      ['max'],
    ]);
  });

  test('a function may aggregate, or work on aggregates', () => {
    const plan = planOfText(
      flow(`
fn rate(x: int) = sum(x) / count()
fn ratio(a: float, b: float) = a / b
let rows = visits | aggregate by: ward { id = max(id), a = rate(stay), b = ratio(mean(stay) ?? 0.0, mean(age) ?? 0.0) }
${OUT}`),
    );
    expect(fields(plan, 'rows')).toBe('ward: string, id: int, a: float?, b: float?');
  });
});

describe('parameters', () => {
  const text = flow(`
param least: int in 0..120 = 18
param band: enum("low", "high")
param wait: duration = 5m
let rows = visits | where age >= $least | derive { b = $band, w = $wait }
${OUT}`);

  test('are typed from the text of the command line, and are in the plan', () => {
    expect(planOfText(text, { params: { least: '65', band: 'high' } }).params).toEqual({
      least: 65,
      band: 'high',
      wait: 300_000,
    });
  });

  test.each([
    [{ band: 'high', least: 'x' }, 'E232'],
    [{ band: 'high', least: '121' }, 'E232'],
    [{ band: 'hihg' }, 'E232'],
    [{}, 'E230'],
    [{ band: 'high', lest: '4' }, 'E231'],
    [{ band: 'high', wait: '5 minutes' }, 'E232'],
  ])('%j gives %s', (params, code) => {
    expect(said(compileText(text, { params })).map(each => each.slice(0, 4))).toEqual([code]);
  });

  const TIMED = flow(`
param at: timestamp
param on: date = @2026-01-31
let rows = visits | derive { a = $at, o = $on }
${OUT}`);
  test.each([
    ['2026-01-31T08:00:00Z', '2024-02-29', 'taken'],
    ['9999-12-31T23:59:59.999Z', '9999-12-31', 'taken'],
    ['0000-01-01T00:00:00Z', '0000-01-01', 'taken'],
    ['9999-12-31T23:59:59-05:00', '2026-01-31', 'E232'],
    ['0000-01-01T00:00:00+05:00', '2026-01-31', 'E232'],
    ['2026-02-30T00:00:00Z', '2026-01-31', 'E232'],
    ['2026-01-31T08:00:00', '2026-01-31', 'E232'],
    ['2026-01-31', '2026-01-31', 'E232'],
    ['2026-01-31T08:00:00Z', '2026-02-30', 'E232'],
  ])('of time: %s and %s are %s', (at, on, wanted) => {
    const found = said(compileText(TIMED, { params: { at, on } })).map(each => each.slice(0, 4));
    expect(found).toEqual(wanted === 'taken' ? [] : [wanted]);
  });

  test.each([
    ['5m', 'taken'],
    ['9007199254740991ms', 'taken'],
    ['9007199254740993ms', 'E232'],
    ['104249992d', 'E232'],
  ])('of a length of time: %s is %s', (wait, wanted) => {
    const text = flow(`param wait: duration\nlet rows = visits | derive { w = $wait }\n${OUT}`);
    const found = said(compileText(text, { params: { wait } })).map(each => each.slice(0, 4));
    expect(found).toEqual(wanted === 'taken' ? [] : [wanted]);
  });

  test('may be missing when a flow is only checked', () => {
    expect(said(compileText(text, { params: null }))).toEqual([]);
  });
});
