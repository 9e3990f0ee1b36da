import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type EvaluationInput, evaluate } from '../../../../src/engine/models/evaluation/evaluate.ts';
import { linearCongruential } from './linear-congruential.ts';

function twoClasses(
  scores: Float64Array,
  labels: ArrayLike<number>,
  more: Partial<EvaluationInput> = {},
): EvaluationInput {
  return {
    classes: ['false', 'true'],
    probabilities: [scores.map(p => 1 - p), scores],
    labels: Float64Array.from(labels),
    clusters: null,
    by: [],
    ...more,
  };
}

/** 200 rows with many ties. */
function reference(): { scores: Float64Array; labels: Float64Array; third: Float64Array } {
  const u = linearCongruential(600, 777);
  const scores = Float64Array.from({ length: 200 }, (_, i) => (Math.round(u[i * 3] * 100) / 100) * 0.98 + 0.01);
  const labels = Float64Array.from({ length: 200 }, (_, i) => (u[i * 3 + 1] < scores[i] * 0.6 + 0.1 ? 1 : 0));
  return { scores, labels, third: Float64Array.from({ length: 200 }, (_, i) => u[i * 3 + 2]) };
}

test('metrics are those of scikit-learn 1.x on the same rows', () => {
  const { scores, labels } = reference();
  const report = evaluate(twoClasses(scores, labels), { resamples: 0 });
  const expected = {
    auroc: 0.6655339305941715,
    auprc: 0.570150097469466,
    brier: 0.24878920020000003,
    log_loss: 0.7153655756782865,
    // LogisticRegression(C=inf) on logit(p)
    calibration_slope: 0.41192538,
    precision: 0.5161290322580645,
    recall: 0.5783132530120482,
    f1: 0.5454545454545454,
    macro_f1: 0.5941558441558441,
  };
  for (const [name, value] of Object.entries(expected)) expect(report.metrics[name].value, name).toBeCloseTo(value, 7);
  expect(report.confusion).toEqual([
    [72, 45],
    [35, 48],
  ]);
});

test('AUROC is the share of pairs in the right order, ties half; average precision steps over distinct scores', () => {
  const rows = fc.array(fc.record({ score: fc.integer({ min: 0, max: 8 }), label: fc.boolean() }), {
    minLength: 2,
    maxLength: 60,
  });
  fc.assert(
    fc.property(rows, all => {
      const scores = Float64Array.from(all, row => row.score / 8);
      const labels = all.map(row => (row.label ? 1 : 0));
      const { metrics } = evaluate(twoClasses(scores, labels), { resamples: 0 });
      const positives = all.filter(row => row.label);
      const negatives = all.filter(row => !row.label);
      if (positives.length === 0 || negatives.length === 0) {
        expect(metrics.auroc.value).toBeNull();
        return;
      }
      let pairs = 0;
      for (const p of positives)
        for (const n of negatives) pairs += p.score > n.score ? 1 : p.score === n.score ? 0.5 : 0;
      expect(metrics.auroc.value).toBeCloseTo(pairs / (positives.length * negatives.length), 12);
      let precision = 0;
      for (const p of positives) {
        const above = all.filter(row => row.score >= p.score);
        precision += above.filter(row => row.label).length / above.length;
      }
      expect(metrics.auprc.value).toBeCloseTo(precision / positives.length, 12);
      let ece = 0;
      for (let bin = 0; bin < 10; bin++) {
        const members = all.filter(row => Math.min(9, Math.floor((row.score / 8) * 10)) === bin);
        ece += Math.abs(members.reduce((sum, row) => sum + row.score / 8 - (row.label ? 1 : 0), 0)) / all.length;
      }
      expect(metrics.ece.value).toBeCloseTo(ece, 12);
    }),
    { numRuns: 200 },
  );
});

test('scores calibrated in the large have intercept 0, and recalibration undoes a stretch of the logit', () => {
  const { scores, labels } = reference();
  const slope = evaluate(twoClasses(scores, labels), { resamples: 0 }).metrics.calibration_slope.value!;
  const stretched = scores.map(p => 1 / (1 + Math.exp(-2 * Math.log(p / (1 - p)))));
  const { metrics } = evaluate(twoClasses(stretched, labels), { resamples: 0 });
  expect(metrics.calibration_slope.value).toBeCloseTo(slope / 2, 9);
  const rate = labels.reduce((sum, label) => sum + label, 0) / labels.length;
  const constant = evaluate(twoClasses(new Float64Array(200).fill(rate), labels), { resamples: 0 });
  expect(constant.metrics.calibration_intercept.value).toBeCloseTo(0, 9);
  expect(constant.metrics.calibration_slope.value).toBeNull();
});

test.each([
  ['apart', [0.9, 0.8, 0.3, 0.1], [1, 1, 0, 0], true],
  ['hardly apart', [0.51, 0.505, 0.5, 0.495], [1, 1, 0, 0], true],
  ['apart the wrong way round', [0.9, 0.8, 0.3, 0.1], [0, 0, 1, 1], true],
  ['apart but for a tie', [0.9, 0.5, 0.5, 0.1], [1, 1, 0, 0], true],
  ['mixed', [0.9, 0.8, 0.3, 0.1], [1, 0, 1, 0], false],
])('the calibration slope of classes %s', (_, scores, labels, undefinedOne) => {
  const { metrics } = evaluate(twoClasses(Float64Array.from(scores), labels), { resamples: 20 });
  expect(metrics.calibration_slope.value === null).toBe(undefinedOne);
  if (undefinedOne) expect(metrics.calibration_slope).toEqual({ value: null, low: null, high: null });
  expect(metrics.calibration_intercept.value).not.toBeNull();
});

test('a capacity flags the share asked for, ties by their part', () => {
  const scores = Float64Array.of(0.9, 0.5, 0.5, 0.5, 0.1);
  const report = evaluate(twoClasses(scores, [1, 1, 0, 0, 0]), { resamples: 0, capacities: [0.2, 0.4, 1] });
  expect(report.capacities[0]).toMatchObject({ threshold: 0.9, precision: 1, recall: 0.5, specificity: 1 });
  expect(report.capacities[1]).toMatchObject({ threshold: 0.5, precision: (1 + 1 / 3) / 2, recall: (1 + 1 / 3) / 2 });
  expect(report.capacities[2]).toMatchObject({ precision: 0.4, recall: 1, specificity: 0 });
});

test('intervals: the same for the same seed, hold the value, and are wider when patients repeat', () => {
  const { scores, labels } = reference();
  const repeated = { scores: new Float64Array(800), labels: new Float64Array(800), clusters: new Int32Array(800) };
  for (let row = 0; row < 800; row++) {
    repeated.scores[row] = scores[row % 200];
    repeated.labels[row] = labels[row % 200];
    repeated.clusters[row] = row % 200;
  }
  const apart = evaluate(twoClasses(repeated.scores, repeated.labels), { resamples: 300 });
  const input = twoClasses(repeated.scores, repeated.labels, { clusters: repeated.clusters });
  const clustered = evaluate(input, { resamples: 300 });
  expect(evaluate(input, { resamples: 300 })).toEqual(clustered);
  const width = (report: typeof apart, name: string) => report.metrics[name].high! - report.metrics[name].low!;
  for (const name of ['auroc', 'brier', 'calibration_slope', 'recall']) {
    // Four copies of each row: half the width where they are taken for independent.
    expect(width(clustered, name) / width(apart, name), name).toBeGreaterThan(1.6);
    expect(width(clustered, name) / width(apart, name), name).toBeLessThan(2.5);
    expect(clustered.metrics[name].low!).toBeLessThan(clustered.metrics[name].value!);
    expect(clustered.metrics[name].high!).toBeGreaterThan(clustered.metrics[name].value!);
  }
  expect(clustered.intervals).toEqual({ resamples: 300, level: 0.95, clusters: 200, seed: 1 });
});

test('subgroups are evaluated alone; small and one-class ones are listed without figures', () => {
  const { scores, labels, third } = reference();
  const ids = Int32Array.from(third, (u, row) => (row < 5 ? 2 : u < 0.5 ? 0 : u < 0.95 ? 1 : -1));
  const input = twoClasses(scores, labels, { by: [{ column: 'sex', values: ['F', 'M', 'X', 'none'], ids }] });
  const report = evaluate(input, { resamples: 0, minimumGroup: 20 });
  expect(report.subgroups.map(group => group.value)).toEqual(['F', 'M', 'X']);
  const women = Array.from(ids.keys()).filter(row => ids[row] === 0);
  const alone = evaluate(
    twoClasses(
      Float64Array.from(women, row => scores[row]),
      women.map(row => labels[row]),
    ),
    { resamples: 0 },
  );
  expect(report.subgroups[0].metrics).toEqual(alone.metrics);
  expect(report.subgroups[2].metrics).toBeNull();
});

test('several classes: accuracy, macro F1, log loss, Brier score by hand', () => {
  const probabilities = [
    Float64Array.of(0.7, 0.2, 0.1, 0.4),
    Float64Array.of(0.2, 0.5, 0.3, 0.3),
    Float64Array.of(0.1, 0.3, 0.6, 0.3),
  ];
  const report = evaluate(
    { classes: ['a', 'b', 'c'], probabilities, labels: Float64Array.of(0, 1, 1, 0), clusters: null, by: [] },
    { resamples: 50 },
  );
  expect(report.metrics.accuracy.value).toBe(0.75);
  expect(report.metrics.macro_f1.value).toBeCloseTo((1 + 2 / 3 + 0) / 3, 12);
  expect(report.metrics.log_loss.value).toBeCloseTo(
    -(Math.log(0.7) + Math.log(0.5) + Math.log(0.3) + Math.log(0.4)) / 4,
    12,
  );
  expect(report.metrics.brier.value).toBeCloseTo((0.14 + 0.38 + 0.86 + 0.54) / 4, 12);
  expect(report.confusion).toEqual([
    [2, 0, 0],
    [0, 1, 1],
    [0, 0, 0],
  ]);
});

test('no rows, and one class only: undefined figures are null', () => {
  const none = evaluate(twoClasses(new Float64Array(0), []));
  expect(none.metrics.auroc).toEqual({ value: null, low: null, high: null });
  const one = evaluate(twoClasses(Float64Array.of(0.2, 0.3), [0, 0]), { resamples: 20 });
  expect(one.metrics.auroc.value).toBeNull();
  expect(one.metrics.brier.value).toBeCloseTo(0.065, 12);
  expect(JSON.parse(JSON.stringify(one))).toEqual(one);
});

test('curves of many rows are thinned evenly along the curve, ends kept', () => {
  const u = linearCongruential(40_000, 5);
  const scores = Float64Array.from({ length: 20_000 }, (_, i) => u[i * 2]);
  const labels = Float64Array.from({ length: 20_000 }, (_, i) => (u[i * 2 + 1] < scores[i] ** 8 ? 1 : 0));
  const { roc, pr } = evaluate(twoClasses(scores, labels), { resamples: 0 }).curves;
  const ends = [roc[0], roc.at(-1)].map(point => [point?.falsePositiveRate, point?.truePositiveRate]);
  expect(ends).toEqual([
    [0, 0],
    [1, 1],
  ]);
  expect(pr.at(-1)?.recall).toBe(1);
  for (const points of [
    pr.map(point => point.recall),
    roc.map(point => point.falsePositiveRate + point.truePositiveRate),
  ]) {
    expect(points.length).toBeLessThanOrEqual(200);
    // The steepest part is where the highest scores are: nothing of it may be skipped.
    const widest = Math.max(...points.slice(1).map((point, i) => point - points[i]));
    expect(widest).toBeLessThan(points[points.length - 1] / 90);
  }
});
