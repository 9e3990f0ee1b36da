import { expect, test } from 'vitest';
import { seededRng } from '../../src/engine/base/rng.ts';
import type { Forest } from '../../src/learners/gbdt/forest.ts';
import { TreeShap, treeMean } from '../../src/learners/gbdt/tree-shap.ts';

const FEATURES = 4;

/** A random tree in which features repeat on a path. */
function randomTree(seed: number, depth: number, features = FEATURES): Forest {
  const rng = seededRng(seed);
  const nodes: {
    feature: number;
    threshold: number;
    missingLeft: number;
    left: number;
    value: number;
    cover: number;
  }[] = [];
  const open = [{ at: 0, level: 0 }];
  nodes.push({ feature: -1, threshold: 0, missingLeft: 0, left: 0, value: 0, cover: 100 });
  for (const { at, level } of open) {
    if (level === depth || (level > 1 && rng.next() < 0.2)) {
      nodes[at].value = rng.normal();
      continue;
    }
    const left = nodes.length;
    const share = 0.1 + 0.8 * rng.next();
    Object.assign(nodes[at], {
      feature: rng.below(features),
      threshold: rng.normal(),
      missingLeft: rng.below(2),
      left,
    });
    for (const part of [share, 1 - share]) {
      open.push({ at: nodes.length, level: level + 1 });
      nodes.push({ feature: -1, threshold: 0, missingLeft: 0, left: 0, value: 0, cover: nodes[at].cover * part });
    }
  }
  return {
    treeStart: Int32Array.of(0, nodes.length),
    output: Int32Array.of(0),
    feature: Int32Array.from(nodes, node => node.feature),
    threshold: Float64Array.from(nodes, node => node.threshold),
    missingLeft: Uint8Array.from(nodes, node => node.missingLeft),
    left: Int32Array.from(nodes, node => node.left),
    value: Float64Array.from(nodes, node => node.value),
    cover: Float64Array.from(nodes, node => node.cover),
  };
}

/** Expected value when only the features of `known` are known: both branches by cover where one is not. */
function expectation(forest: Forest, row: readonly number[], known: number, node = 0): number {
  const feature = forest.feature[node];
  if (feature < 0) return forest.value[node];
  const left = forest.left[node];
  if ((known & (1 << feature)) !== 0) {
    const x = row[feature];
    const goesLeft = Number.isNaN(x) ? forest.missingLeft[node] === 1 : x <= forest.threshold[node];
    return expectation(forest, row, known, goesLeft ? left : left + 1);
  }
  const share = forest.cover[left] / forest.cover[node];
  return share * expectation(forest, row, known, left) + (1 - share) * expectation(forest, row, known, left + 1);
}

function shapley(forest: Forest, row: readonly number[], feature: number): number {
  const features = row.length;
  const factorial = [1, 1, 2, 6, 24, 120, 720, 5_040, 40_320];
  let sum = 0;
  for (let set = 0; set < 1 << features; set++) {
    if ((set & (1 << feature)) !== 0) continue;
    const size = Array.from({ length: features }, (_, f) => (set >> f) & 1).reduce((a, b) => a + b, 0);
    const weight = (factorial[size] * factorial[features - size - 1]) / factorial[features];
    sum += weight * (expectation(forest, row, set | (1 << feature)) - expectation(forest, row, set));
  }
  return sum;
}

test('contributions are the Shapley values over all subsets of features', () => {
  const rng = seededRng(1);
  for (let seed = 1; seed <= 60; seed++) {
    const forest = randomTree(seed, 1 + (seed % 6));
    const explainer = new TreeShap(forest, FEATURES, 0);
    for (let i = 0; i < 4; i++) {
      const row = Array.from({ length: FEATURES }, () => (rng.next() < 0.15 ? Number.NaN : rng.normal()));
      const out = row.map(() => new Float64Array(1));
      explainer.explain(
        row.map(x => Float64Array.of(x)),
        1,
        out,
      );
      for (let f = 0; f < FEATURES; f++) expect(out[f][0]).toBeCloseTo(shapley(forest, row, f), 10);
      expect(treeMean(forest, 0)).toBeCloseTo(expectation(forest, row, 0), 12);
    }
  }
});

test('paths of many features, and rows explained together, in blocks and alone', () => {
  const rng = seededRng(2);
  const features = 8;
  const forest = randomTree(5, 8, features);
  const explainer = new TreeShap(forest, features, 0);
  const rows = Array.from({ length: 130 }, () => Array.from({ length: features }, () => rng.normal()));
  const columns = Array.from({ length: features }, (_, f) => Float64Array.from(rows, row => row[f]));
  const out = columns.map(() => new Float64Array(rows.length));
  explainer.explain(columns, rows.length, out);
  for (const row of [0, 63, 64, 129]) {
    const alone = columns.map(() => new Float64Array(1));
    new TreeShap(forest, features, 0).explain(
      columns.map(values => values.subarray(row, row + 1)),
      1,
      alone,
    );
    for (let f = 0; f < features; f++) {
      expect(out[f][row]).toBe(alone[f][0]);
      expect(out[f][row]).toBeCloseTo(shapley(forest, rows[row], f), 10);
    }
  }
});
