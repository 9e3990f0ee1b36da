import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/engine/base/json.ts';
import { seededRng } from '../../src/engine/base/rng.ts';
import type { LearnedContent } from '../../src/engine/contract/learner.ts';
import { gbdt } from '../../src/learners/gbdt/gbdt.ts';
import { MARGIN_BINS, marginAuroc, marginBin } from '../../src/learners/gbdt/margin-auroc.ts';
import {
  cutAt,
  learnerConformance,
  probabilitiesOf,
  type Rows,
  scorerOf,
  signalRows,
  taskOf,
} from './learner-conformance.ts';
import { trainPartitions } from './train-locally.ts';

const small = { trees: 12, depth: 3, rate: 0.2, min_child_weight: 1, row_fraction: 1, feature_fraction: 1 };

// Bin edges of a compressed column may differ by a row; with few rows they do not.
describe('conformance', () => learnerConformance(gbdt, small, 1e-6));

function learn(
  rows: Rows,
  params: Readonly<Record<string, Json>>,
  cuts: readonly number[] = [],
  classes = 2,
  held: Rows | null = null,
): LearnedContent {
  const partitions = cutAt(rows, cuts);
  const validation = held === null ? null : partitions.map((_, index) => (index === 0 ? cutAt(held, [])[0] : null));
  return trainPartitions(
    gbdt,
    { ...small, ...params },
    taskOf(rows, classes, partitions.length),
    partitions,
    validation,
  );
}

function lossOf(content: LearnedContent, rows: Rows, classes = 2): number {
  const out = probabilitiesOf(scorerOf(gbdt, content, rows.features.length), rows.features, classes);
  return rows.labels.reduce((sum, label, row) => sum - Math.log(out[label][row]), 0) / rows.labels.length;
}

test('gradient sums are exact: the same model at any cut into partitions', () => {
  const rows = signalRows(1200, 2, 8);
  const whole = learn(rows, {});
  for (const cuts of [[600], [1, 2, 900], [0, 400, 800]]) expect(learn(rows, {}, cuts)).toEqual(whole);
});

test('one split of one tree is Newton’s, by hand', () => {
  const rows: Rows = {
    features: [Float64Array.of(1, 1, 2, 2, 2, Number.NaN)],
    labels: Float64Array.of(0, 0, 1, 1, 0, 1),
    weights: null,
  };
  const content = learn(rows, { trees: 1, depth: 1, rate: 1, lambda: 0.5, min_child_weight: 0 });
  const out = scorerOf(gbdt, content, 1).margins(rows.features, 6);
  // Base log-odds 0, so g = ±½ and h = ¼. {1, 1} left; {2, 2, 2, missing} right.
  expect(out[0]).toBeCloseTo(-(0.5 + 0.5) / (0.5 + 0.5), 8);
  expect(out[2]).toBeCloseTo(-(0.5 - 0.5 * 3) / (1 + 0.5), 8);
  expect(out[5]).toBe(out[2]);
});

test('columns that share slots give the model they give apart', () => {
  const rng = seededRng(4);
  const kind = Float64Array.from({ length: 800 }, () => rng.below(12));
  const onehot = Array.from({ length: 12 }, (_, k) => kind.map(value => (value === k ? 1 : 0)));
  const labels = kind.map(value => (rng.next() < 0.1 + 0.06 * value ? 1 : 0));
  const together = learn({ features: onehot, labels, weights: null }, {});
  // One row away from every usual bin at once: with weight 0 it forbids sharing and changes no sum.
  const apart = learn(
    {
      features: onehot.map(column => Float64Array.of(...column, 1)),
      labels: Float64Array.of(...labels, 0),
      weights: new Float64Array(801).fill(1, 0, 800),
    },
    {},
  );
  const a = probabilitiesOf(scorerOf(gbdt, together, 12), onehot, 2)[1];
  const b = probabilitiesOf(scorerOf(gbdt, apart, 12), onehot, 2)[1];
  a.forEach((p, row) => {
    expect(p).toBeCloseTo(b[row], 9);
  });
});

test('more trees fit better, fractions draw by the seed, and the depth and leaf limits hold', () => {
  const rows = signalRows(1500, 2, 9);
  expect(lossOf(learn(rows, { trees: 40 }), rows)).toBeLessThan(lossOf(learn(rows, { trees: 5 }), rows));
  const drawn = { row_fraction: 0.5, feature_fraction: 0.5 };
  expect(learn(rows, drawn, [700])).toEqual(learn(rows, drawn, [700]));
  expect(learn(rows, drawn, [700])).not.toEqual(learn(rows, {}, [700]));
  const stump = learn(rows, { depth: 1, trees: 3 });
  expect(new Int32Array(stump.bytes.tree_start.slice().buffer)).toEqual(Int32Array.of(0, 3, 6, 9));
  const none = learn(rows, { min_child_weight: 1e6, trees: 2 });
  expect(new Int32Array(none.bytes.tree_start.slice().buffer)).toEqual(Int32Array.of(0, 1, 2));
});

test('early stopping keeps the best round by the metric on rows held back', () => {
  const rows = signalRows(500, 2, 10);
  const held = signalRows(400, 2, 11);
  for (const metric of ['auroc', 'logloss']) {
    const content = learn(rows, { trees: 200, rate: 0.5, patience: 10, stop_metric: metric }, [200], 2, held);
    const history = content.history[`validation_${metric}`];
    const best = history.indexOf(metric === 'auroc' ? Math.max(...history) : Math.min(...history)) + 1;
    expect(history.length).toBe(best + 10);
    expect((content.learned as { trees: number }).trees).toBe(best);
    if (metric === 'logloss') expect(lossOf(content, held)).toBeCloseTo(history[best - 1], 9);
  }
  const many = signalRows(400, 3, 12);
  const content = learn(many, { trees: 100, rate: 0.5, patience: 5 }, [], 3, signalRows(400, 3, 13));
  const losses = content.history.validation_logloss;
  expect(lossOf(content, signalRows(400, 3, 13), 3)).toBeCloseTo(Math.min(...losses), 9);
});

test('early stopping by no rows keeps all rounds, and says so', () => {
  const rows = signalRows(300, 2, 10);
  const warned = (held: Rows | null) => learn(rows, { trees: 5 }, [200], 2, held).warnings?.map(one => one.code);
  expect(warned(signalRows(0, 2, 11))).toEqual(['R347']);
  expect(warned(signalRows(100, 2, 11))).toEqual([]);
  expect(warned(null)).toEqual([]);
});

test('AUROC by margin bins is the pairs’ one within a bin', () => {
  const rng = seededRng(2);
  const margins = Float64Array.from({ length: 300 }, () => Math.round(rng.normal() * 50) / 50);
  const byMargin = new Float64Array(MARGIN_BINS * 2);
  margins.forEach((margin, row) => {
    byMargin[marginBin(margin) * 2 + (row % 3 === 0 ? 1 : 0)] += 1;
  });
  let pairs = 0;
  for (let p = 0; p < 300; p += 3)
    for (let n = 0; n < 300; n++)
      if (n % 3 !== 0) pairs += margins[p] > margins[n] ? 1 : margins[p] === margins[n] ? 0.5 : 0;
  expect(marginAuroc(byMargin)).toBeCloseTo(pairs / (100 * 200), 12);
});

test('bags are averaged: margins are the mean of the bags’ own', () => {
  const rows = signalRows(600, 2, 14);
  const bagged = learn(rows, { bags: 3, row_fraction: 0.6, trees: 5 });
  expect((bagged.learned as { rounds: number[] }).rounds).toEqual([5, 5, 5]);
  const one = learn(rows, { bags: 1, row_fraction: 0.6, trees: 5 });
  expect(bagged.bytes.tree_start.length).toBeGreaterThan(one.bytes.tree_start.length);
  expect(lossOf(bagged, rows)).toBeLessThan(0.68);
});

test('a positive weight is that weight on the positive rows', () => {
  // Few distinct values, for bins are of equal weight.
  const drawn = signalRows(600, 2, 15);
  const rows = { ...drawn, features: drawn.features.map(column => column.map(x => Math.round(x * 5) / 5)) };
  rows.features[1] = rows.features[1].map(x => Math.round(x / 20));
  const weights = rows.labels.map(label => (label === 1 ? 3 : 1));
  const a = scorerOf(gbdt, learn(rows, { positive_weight: 3 }), 6).margins(rows.features, 600);
  const b = scorerOf(gbdt, learn({ ...rows, weights }, {}), 6).margins(rows.features, 600);
  const differences = a.map((margin, row) => Math.abs(margin - b[row])).sort();
  expect(differences[300]).toBeLessThan(1e-6);
});

describe('categories', () => {
  /** 200 codes without any signal: a naive rate would learn them by heart. */
  function noise(rows: number, seed: number): Rows {
    const rng = seededRng(seed);
    const features = [
      Float64Array.from({ length: rows }, () => rng.below(200)),
      Float64Array.from({ length: rows }, () => rng.normal()),
    ];
    return {
      features,
      labels: Float64Array.from({ length: rows }, (_, row) =>
        rng.next() < (features[1][row] > 0 ? 0.7 : 0.3) ? 1 : 0,
      ),
      weights: null,
    };
  }

  test('rates come from the other folds, so noise is not believed', () => {
    const content = learn(noise(1500, 3), { categories: ['f0'], smooth: 1, trees: 10 }, [700]);
    const { importance } = content.learned as { importance: Record<string, number> };
    expect(importance.f1).toBeGreaterThan(0.6);
    expect(lossOf(content, noise(1000, 4))).toBeLessThan(0.66);
  });

  test('a signal spread over scattered codes is found; unseen codes score as the overall rate', () => {
    const rng = seededRng(5);
    const codes = Float64Array.from({ length: 2000 }, () => rng.below(40));
    const labels = codes.map(code => (rng.next() < ((code * 7) % 40 < 20 ? 0.8 : 0.2) ? 1 : 0));
    const rows = { features: [codes], labels, weights: null };
    const params = { depth: 1, trees: 10, rate: 0.5, categories: ['f0'] };
    const content = learn(rows, params, [1000]);
    expect(lossOf(content, rows)).toBeLessThan(lossOf(learn(rows, { ...params, categories: [] }), rows) - 0.05);
    const scorer = scorerOf(gbdt, content, 1);
    const [unseen, low, high] = scorer.margins([Float64Array.of(999, 3, 0)], 3);
    expect(unseen).toBeGreaterThan(low);
    expect(unseen).toBeLessThanOrEqual(high);
  });

  test('a name that is no feature is refused', () => {
    expect(() => learn(noise(50, 1), { categories: ['dx'] })).toThrow(expect.objectContaining({ code: 'R345' }));
  });
});

test('damaged model bytes are refused', () => {
  const content = learn(signalRows(300, 2, 16), {});
  const left = Int32Array.from(new Int32Array(content.bytes.left.slice().buffer));
  left[0] = 0x7fffffff;
  const damaged = { ...content, bytes: { ...content.bytes, left: new Uint8Array(left.buffer) } };
  expect(() => scorerOf(gbdt, damaged, 6)).toThrow(expect.objectContaining({ code: 'R343' }));
  const { value: _, ...short } = content.bytes;
  expect(() => scorerOf(gbdt, { ...content, bytes: short }, 6)).toThrow(expect.objectContaining({ code: 'R343' }));
});
