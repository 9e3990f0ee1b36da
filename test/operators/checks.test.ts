import { describe, expect, it } from 'vitest';
import { compileText } from '../support/compile-stage.ts';

const HEAD = `flow checks v1
schema Row {
  id: int @id, patient: string @entity @phi, age: float?, ward: string, sex: enum("F", "M")
  days: int, soon: bool @label, maybe: bool?, outcome: enum("a", "b", "c") @label
}
source rows = file("rows.json") { format: json, schema: Row, on_bad: fail }
source live = topic("live") { format: json, schema: Row, on_bad: fail }
source wards = file("wards.json") { format: json, schema: Ward, on_bad: fail }
schema Ward { ward: int, days: int, beds: int }
model risk = registry("risk") { predicts: bool }
model kind = registry("kind") { predicts: enum("a", "b", "c") }
let parts = rows | split train: 0.6, val: 0.2, test: 0.2, group: patient, seed: 1
let prep = pipeline { | impute { age = median } }
let fitted = parts.train | fit prep
`;

/** What the flow is told, by code; each stage where a word of its own decides. */
const CASES: readonly (readonly [code: string, statement: string])[] = [
  ['E503', 'let out = parts.test | fit prep'],
  ['E503', 'let out = parts.val | apply fitted | train gbdt, label: soon'],
  [
    'E503',
    'let out = parts.train | apply fitted | train gbdt, label: soon, early_stop: late\nlet late = parts.test | apply fitted',
  ],
  ['E503', 'let out = parts.train | choose [risk], metric: auroc, label: soon'],
  ['E503', 'let out = parts.train | score risk { p = probability(true) } | evaluate p, label: soon, metrics: [auroc]'],
  ['E502', 'let p = pipeline { | derive { id } }\nlet out = rows | fit p'],
  ['E502', 'let p = pipeline { | derive { x = if(soon, 1, 0) } }\nlet out = rows | fit p'],
  ['E502', 'let p = pipeline { | encode { patient = hashing(8) } }\nlet out = rows | fit p'],
  ['E502', 'let p = pipeline { | encode { soon = flag } }\nlet out = rows | train gbdt, label: soon, features: p'],
  ['E507', 'let p = pipeline { | derive { ward } }\nlet out = rows | fit p'],
  ['E506', 'let p = pipeline { | select { ward } | drop ward }\nlet out = rows | fit p'],
  ['E508', 'let out = rows | apply fitted | train gbdt, label: days'],
  ['E509', 'let out = rows | apply fitted | train gbdt, label: maybe'],
  ['E510', 'let out = rows | train gbdt, label: soon'],
  ['E510', 'let out = rows | apply fitted | train gbdt, label: soon, features: prep'],
  ['E510', 'let out = rows | apply fitted | apply fitted'],
  ['E504', 'let out = rows | drop age | apply fitted'],
  ['E504', 'let out = rows | derive { age = "old" } | apply fitted'],
  ['E511', 'let out = rows | score risk { p = probability("yes") }'],
  ['E210', 'let out = rows | score risk { age = probability(true) }'],
  ['E515', 'let out = rows | normalize { days = zscore }'],
  ['E516', 'let p = pipeline { | normalize { ward = zscore } }\nlet out = rows | fit p'],
  ['E301', 'let out = rows | choose [risk, kind], metric: auroc'],
  ['E301', 'let out = rows | score risk { p = probability(true) } | evaluate p, label: outcome, metrics: [log_loss]'],
  ['E413', 'let out = rows | join live, on: patient'],
  ['E301', 'let out = rows | join wards, on: ward'],
  ['E201', 'let out = rows | join wards, on: sex'],
  ['E210', 'let out = rows | derive { ward = days } | join wards, on: ward { days }'],
  ['E406', 'let out = live | union rows'],
  ['E301', 'let out = rows | union wards'],
  ['E405', 'let out = live | sort by: days'],
  ['E405', 'let out = live | split a: 0.5, b: 0.5, group: patient, stratify: soon, seed: 1'],
  ['E210', 'let out = rows | aggregate by: ward { ward = count() }'],
  ['E407', 'let out = rows | aggregate by: ward, ttl: 1h { n = count() }'],
  ['E407', 'let out = live | aggregate ttl: 1h { n = count() }'],
  ['E356', 'let out = rows | derive { why = top_features(risk, 2) }'],
  ['E301', 'let out = risk | publish topic("x")'],
];

describe('what stages refuse', () => {
  it.each(CASES)('%s: %s', (code, statement) => {
    const { diagnostics } = compileText(`${HEAD}${statement}\n`);
    const errors = diagnostics.filter(one => one.severity === 'error');
    expect(errors.map(one => one.code)).toEqual([code]);
    // No slot of the message was left unfilled.
    expect(`${errors[0]!.message} ${errors[0]!.hint ?? ''}`).not.toMatch(/\{[a-z_]+\}/);
  });

  /** Rows that nothing has seen, as far as can be told. */
  const unseen = [
    // Years before and after.
    'let m = rows | where days < 5 | train gbdt, label: soon, features: prep\nlet out = rows | where days >= 5 | score m { p = probability(true) } | evaluate p, label: soon, metrics: [auroc]',
    // Parts without roles.
    'let deal = rows | split a: 0.5, b: 0.5, group: patient, seed: 1\nlet m = deal.a | train gbdt, label: soon, features: prep\nlet out = deal.b | score m { p = probability(true) } | evaluate p, label: soon, metrics: [auroc]',
    // One deal, written twice.
    'let again = rows | split train: 0.6, val: 0.2, test: 0.2, group: patient, seed: 1\nlet m = again.train | train gbdt, label: soon, features: prep\nlet out = parts.test | score m { p = probability(true) } | evaluate p, label: soon, metrics: [auroc]',
    // Stopped and chosen by the same rows, which nothing has learned from.
    'let m = parts.train | train gbdt, label: soon, features: prep, early_stop: parts.val\nlet out = parts.val | choose [m], metric: auroc, label: soon',
    // A model from elsewhere.
    'let out = rows | score risk { p = probability(true) } | evaluate p, label: soon, metrics: [auroc]',
    // A table that both sides look up in is no row of theirs.
    'let beds = wards | select { days, beds }\nlet m = parts.train | join beds, on: days { beds } | train gbdt, label: soon, features: prep\nlet out = parts.test | join beds, on: days { beds } | score m { p = probability(true) } | evaluate p, label: soon, metrics: [auroc]',
    // The part that stays out is told by a column, though the label is made of two.
    'let m = parts.train | derive { ill = outcome == "a" and days > 3 } | train gbdt, label: ill, features: long\nlet long = pipeline { | derive { stay = days * 2 } }\nlet out = m | publish registry("x")',
    // A family that is marked keeps its people whole.
    'schema Kin { ..Row, family: string @entity }\nsource kin = file("kin.json") { schema: Kin, on_bad: fail }\nlet deal = kin | split train: 0.5, test: 0.5, group: family, seed: 3\nlet out = deal.train | limit 5',
  ];
  it.each(unseen)('takes %s', statement => {
    const { diagnostics } = compileText(`${HEAD}${statement}\n`);
    expect(diagnostics.filter(one => one.severity === 'error').map(one => `${one.code} ${one.message}`)).toEqual([]);
  });

  it('takes the label that the models predict', () => {
    const { diagnostics } = compileText(`${HEAD}let out = rows | choose [kind], metric: macro_f1\n`);
    expect(diagnostics.filter(one => one.severity === 'error')).toEqual([]);
  });
});
