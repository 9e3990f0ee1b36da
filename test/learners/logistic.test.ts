import { describe, expect, test } from 'vitest';
import type { Json } from '../../src/engine/base/json.ts';
import { logistic } from '../../src/learners/logistic/logistic.ts';
import { linearCongruential } from '../engine/models/evaluation/linear-congruential.ts';
import { cutAt, learnerConformance, type Rows, taskOf } from './learner-conformance.ts';
import { trainPartitions } from './train-locally.ts';

describe('conformance', () => learnerConformance(logistic, { l2: 0.01 }, 1e-7));

/** The rows scikit-learn was given: 120 rows of three features, two or three classes. */
function reference(classes: number, weighted = false): Rows {
  const u = linearCongruential(600, 12345);
  const features = Array.from({ length: 3 }, () => new Float64Array(120));
  const labels = new Float64Array(120);
  const weights = new Float64Array(120);
  for (let row = 0; row < 120; row++) {
    const [a, b, c, d, e] = u.subarray(row * 5);
    features[0][row] = a * 10 - 5;
    features[1][row] = b * 2;
    features[2][row] = c > 0.7 ? 1 : 0;
    const z = 0.4 * features[0][row] - 1.2 * features[1][row] + 0.8 * features[2][row] + 0.3;
    labels[row] =
      classes === 2
        ? d < 1 / (1 + Math.exp(-z))
          ? 1
          : 0
        : z + 4 * (d - 0.5) < -1
          ? 0
          : z + 4 * (e - 0.5) < 0.8
            ? 1
            : 2;
    weights[row] = e < 0.5 ? 1 : 2.5;
  }
  return { features, labels, weights: weighted ? weights : null };
}

function train(rows: Rows, classes: number, params: Record<string, Json>, cuts: number[] = [50, 80]) {
  return trainPartitions(logistic, params, taskOf(rows, classes, cuts.length + 1), cutAt(rows, cuts), null);
}
function learn(rows: Rows, classes: number, params: Record<string, Json>, cuts: number[] = [50, 80]) {
  return train(rows, classes, params, cuts).learned as unknown as {
    weights: number[][];
    intercepts: number[];
    distance: number;
    passes: number;
  };
}

function expectClose(found: readonly number[], expected: readonly number[], digits: number): void {
  expect(found.length).toBe(expected.length);
  found.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i], digits);
  });
}

// LogisticRegression(C=1/(l2·Σw), solver='newton-cholesky', tol=1e-12), intercepts of several classes less their mean.
test('two classes reach scikit-learn’s optimum', () => {
  const found = learn(reference(2), 2, { l2: 0.01 });
  expectClose(found.weights[0], [0.39205714735825437, -0.3829447995155693, 0.8555618091403783], 8);
  expectClose(found.intercepts, [-0.0008378654698613166], 8);
  expect(found.passes).toBeLessThan(12);
});

test('with row weights', () => {
  const found = learn(reference(2, true), 2, { l2: 0.01 });
  expectClose(found.weights[0], [0.4226092908606392, -0.4122588642345709, 0.7520572826000739], 8);
  expectClose(found.intercepts, [0.19068597518536867], 8);
});

test('three classes', () => {
  const found = learn(reference(3), 3, { l2: 0.01 });
  expectClose(found.weights[0], [-0.4249888319052989, 1.294180077487354, -0.4595439140606595], 7);
  expectClose(found.weights[1], [-0.07377959966311691, 0.009586574020103853, 0.05110295212797756], 7);
  expectClose(found.weights[2], [0.4987684315684194, -1.3037666515074617, 0.4084409619326809], 7);
  expectClose(found.intercepts, [-0.48350447110181927, 0.5725160381042713, -0.08901156700245205], 7);
});

test('the gradient at the solution is nought, by its definition', () => {
  const rows = reference(2);
  const { weights, intercepts } = learn(rows, 2, { l2: 0.01, tolerance: 1e-12 });
  const gradient = new Float64Array(4);
  for (let row = 0; row < 120; row++) {
    const margin = rows.features.reduce((sum, column, f) => sum + weights[0][f] * column[row], intercepts[0]);
    const slope = (1 / (1 + Math.exp(-margin)) - rows.labels[row]) / 120;
    rows.features.forEach((column, f) => {
      gradient[f] += slope * column[row];
    });
    gradient[3] += slope;
  }
  for (let f = 0; f < 3; f++) gradient[f] += 0.01 * weights[0][f];
  for (const entry of gradient) expect(Math.abs(entry)).toBeLessThan(1e-9);
});

test('above the Newton limit the same optimum is reached by L-BFGS', () => {
  const rows = reference(2);
  const empty = Array.from({ length: 1100 }, () => new Float64Array(120));
  const wide = { ...rows, features: [...rows.features, ...empty] };
  const found = learn(wide, 2, { l2: 0.01, tolerance: 1e-8 });
  expectClose(found.weights[0].slice(0, 3), [0.39205714735825437, -0.3829447995155693, 0.8555618091403783], 6);
  expect(found.passes).toBeGreaterThan(8);
});

test('without a penalty a repeated column is no obstacle', () => {
  const rows = reference(2);
  const found = learn({ ...rows, features: [...rows.features, rows.features[0]] }, 2, { l2: 0 });
  const plain = learn(rows, 2, { l2: 0 });
  expect(found.weights[0][0] + found.weights[0][3]).toBeCloseTo(plain.weights[0][0], 7);
  expect(found.distance).toBeLessThan(1e-9);
});

test('a model short of its optimum says so', () => {
  const rows = reference(2);
  const codes = (of: Rows, params: Record<string, Json>) => train(of, 2, params).warnings?.map(one => one.code);
  expect(codes(rows, { l2: 0 })).toEqual([]);
  expect(codes(rows, { l2: 0.01, tolerance: 1e-300 })).toEqual([]);
  expect(codes(rows, { l2: 0, epochs: 2 })).toEqual(['R348']);
  // Separated classes have no optimum without a penalty: the weights grow for as long as they may.
  const separated = { ...rows, labels: rows.features[0].map(value => (value > 0 ? 1 : 0)) };
  expect(codes(separated, { l2: 0, epochs: 10 })).toEqual(['R348']);
  expect(codes(separated, { l2: 0.01 })).toEqual([]);
});
