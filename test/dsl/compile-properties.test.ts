import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFlow } from '../../src/dsl/parse.ts';
import { compileText, fields, planOfText, VISITS } from './compile-text.ts';

type Kind = 'int' | 'float' | 'bool' | 'string' | 'enum';
const COLUMNS: Readonly<Record<Kind, readonly string[]>> = {
  int: ['age', 'id'],
  float: ['(hr ?? 1.5)', 'float(age)'],
  bool: ['soon', '(hr == null)', '(temp != null)'],
  string: ['ward', 'patient', '(name ?? "")'],
  enum: ['sex'],
};
const LITERALS: Readonly<Record<Kind, fc.Arbitrary<string>>> = {
  int: fc.integer({ min: 0, max: 1000 }).map(String),
  float: fc.integer({ min: 0, max: 1000 }).map(value => (value / 8).toFixed(3)),
  bool: fc.constantFrom('true', 'false'),
  // As calls: a choice among bare texts is an enum, which other texts are not compared with.
  string: fc.constantFrom('lower("a")', 'lower("\\"quoted\\"")', 'lower("")', 'lower("é")'),
  enum: fc.constantFrom('sex'),
};

/** Expressions in text that are well typed by construction, each with its type. */
function expression(kind: Kind, depth: number): fc.Arbitrary<string> {
  const leaf = fc.oneof(fc.constantFrom(...COLUMNS[kind]), LITERALS[kind]);
  if (depth === 0) return leaf;
  const inner = (of: Kind): fc.Arbitrary<string> => expression(of, depth - 1);
  const pair = (of: Kind, signs: readonly string[]): fc.Arbitrary<string> =>
    fc.tuple(inner(of), fc.constantFrom(...signs), inner(of)).map(([a, sign, b]) => `(${a} ${sign} ${b})`);
  const choice = fc.tuple(inner('bool'), inner(kind), inner(kind)).map(([test, a, b]) => `if(${test}, ${a}, ${b})`);
  const cases = fc
    .tuple(inner('bool'), inner(kind), inner('bool'), inner(kind), inner(kind))
    .map(parts => `case(${parts.join(', ')})`);
  const shared = [leaf, choice, cases];
  switch (kind) {
    case 'int':
      return fc.oneof(
        ...shared,
        pair('int', ['+', '-', '*']),
        inner('int').map(x => `-(${x})`),
      );
    case 'float':
      return fc.oneof(
        ...shared,
        pair('float', ['+', '-', '*']),
        fc.tuple(inner('float'), inner('int')).map(([a, b]) => `(${a} * ${b})`),
        inner('float').map(x => `(${x} / 4)`),
        fc.tuple(inner('float'), inner('float')).map(([a, b]) => `((${a} / ${b}) ?? 0.0)`),
      );
    case 'bool':
      return fc.oneof(
        ...shared,
        pair('bool', ['and', 'or']),
        pair('int', ['==', '<', '>=', '!=']),
        fc.tuple(inner('float'), inner('int')).map(([a, b]) => `(${a} <= ${b})`),
        pair('string', ['==', '!=']),
        inner('bool').map(x => `not (${x})`),
        inner('int').map(x => `(${x} in 3..7)`),
        inner('float').map(x => `(${x} not in [1, 2.5])`),
        inner('string').map(x => `(${x} in ["a", "b"])`),
        fc.constantFrom('(sex == "F")', '(hr != null and hr > 3)', '(temp == null or temp < 40.0)'),
      );
    case 'string':
      return fc.oneof(
        ...shared,
        inner('string').map(x => `lower(${x})`),
        inner('int').map(x => `string(${x})`),
      );
    case 'enum':
      return fc.oneof(
        leaf,
        inner('bool').map(test => `if(${test}, "F", "M")`),
        fc.tuple(inner('bool'), inner('enum')).map(([test, x]) => `if(${test}, ${x}, "M")`),
      );
  }
}
const anyExpression = fc
  .constantFrom<Kind>('int', 'float', 'bool', 'string', 'enum')
  .chain(kind => fc.tuple(fc.constant(kind), expression(kind, 3)));

describe('well-typed expressions', () => {
  test('compile, to the type they were built to have', () => {
    fc.assert(
      fc.property(anyExpression, ([kind, text]) => {
        const plan = planOfText(
          `flow f v1\n${VISITS}\nlet rows = visits | select { id, x = ${text} }\nsink out = rows | write topic("out")`,
        );
        const type = fields(plan, 'rows').replace('id: int, x: ', '');
        expect(type.replace(/\(.*\)/, '')).toBe(kind);
        expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
      }),
      { numRuns: 200 },
    );
  });
});

const SAMPLE = `flow f v3
import { Row, high, marked } from "./lib.flow"
param least: int in 0..120 = 18
${VISITS}
source more = topic("more") { schema: Visit }
let prep = pipeline(rows: Visit) { | derive { old = age > 65 } | impute { [hr, temp] = median } | normalize { [hr, age] = zscore } }
let parts = visits | apply marked | where age >= $least and hr != null | split train: 0.7, val: 0.15, test: 0.15, group: patient, seed: 1
let fitted = parts.train | fit prep
let m = parts.train | apply fitted | train gbdt, label: soon, trees: 10
let best = parts.val | choose [m], metric: auroc
let card = parts.test | score best { p = probability(true) } | evaluate p, label: soon, metrics: [auroc, ece], by: [sex]
model risk = registry("m") { features: prep, predicts: bool }
let scored = more | where hr != null | score risk { p = probability(true) }
sink release = best | require card.auroc >= 0.8 | publish registry("m"), with: [card]
sink alerts = scored | where p > 0.5 | select { id, why = top_features(risk, 3), band = case(p > 0.9, "red", "amber") } | write topic("alerts"), key: id
let wards = visits | aggregate by: ward { n = count(), share = sum(stay) / count(), oldest = max(age) }
sink w = visits | join wards, on: ward, kind: left { n, oldest } | where n != null | write file("w.csv")
test "one" { given $least 3 given visits [ { age: 4 } ] given risk [ { "true": 0.9 } ] expect alerts [ { id: 0..5 } ] expect parts.test [] }
`;
const LIB = `schema Row { age: int }
fn high(x: int) = x > 3
let marked = pipeline(rows: Row, by: column = age) { | derive { mark = high($by) } }
`;
const TOKEN = /\s+|\w+|"[^"]*"|[^\s\w]/g;
const WORDS = [
  'null',
  'age',
  'hr',
  '"F"',
  '3',
  '2.5',
  'visits',
  'm',
  'card',
  '$least',
  'prep',
  '{',
  '}',
  '(',
  ')',
  '|',
  ',',
  '=',
  'where',
];

/** A flow with some tokens left out, doubled, swapped or replaced. */
const mutated = fc
  .array(fc.tuple(fc.nat(), fc.constantFrom('drop', 'double', 'swap', 'replace'), fc.constantFrom(...WORDS)), {
    minLength: 1,
    maxLength: 5,
  })
  .map(edits => {
    const tokens = SAMPLE.match(TOKEN) ?? [];
    for (const [place, edit, word] of edits) {
      const at = place % tokens.length;
      const token = tokens[at] ?? '';
      if (edit === 'drop') tokens.splice(at, 1);
      else if (edit === 'double') tokens.splice(at, 0, token);
      else if (edit === 'replace') tokens[at] = word;
      else [tokens[at], tokens[(at + 2) % tokens.length]] = [tokens[(at + 2) % tokens.length] ?? '', token];
    }
    return tokens.join('');
  });

describe('any text', () => {
  test('the sample is right as it stands', () => {
    const { diagnostics } = compileText(SAMPLE, { files: { 'lib.flow': LIB } });
    expect(diagnostics.map(each => `${each.code} ${each.message}`)).toEqual(['W801 `high` is never used']);
  });

  test('compiles or is refused; nothing is thrown, and what is refused has no plan', () => {
    fc.assert(
      fc.property(mutated, text => {
        const compiled = compileText(text, { files: { 'lib.flow': LIB } });
        const errors = compiled.diagnostics.filter(each => each.severity === 'error');
        const library = parseFlow('main.flow', text).file.flow === null;
        expect(compiled.plan === null).toBe(errors.length > 0 || library);
        for (const each of compiled.diagnostics)
          expect(`${each.message} ${each.hint ?? ''}`).not.toMatch(/\{[a-z_]+\}/);
      }),
      { numRuns: 250 },
    );
  });
});
