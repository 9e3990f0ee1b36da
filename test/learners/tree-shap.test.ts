import { expect, test } from 'vitest';
import { seededRng } from '../../src/engine/base/rng.ts';
import { codedForest } from '../../src/learners/gbdt/coded-forest.ts';
import type { Forest } from '../../src/learners/gbdt/forest.ts';
import { TreeShap, treeMean } from '../../src/learners/gbdt/tree-shap.ts';
import { forestOf, randomRow, randomTree } from './random-forest.ts';

const FEATURES = 4;

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
  const n = row.length;
  const factorial = Array.from({ length: n + 1 }, () => 1);
  for (let k = 2; k <= n; k++) factorial[k] = factorial[k - 1] * k;
  let sum = 0;
  for (let set = 0; set < 1 << n; set++) {
    if ((set & (1 << feature)) !== 0) continue;
    const size = row.reduce((count, _, f) => count + ((set >> f) & 1), 0);
    const weight = (factorial[size] * factorial[n - size - 1]) / factorial[n];
    sum += weight * (expectation(forest, row, set | (1 << feature)) - expectation(forest, row, set));
  }
  return sum;
}

function explainRows(explainer: TreeShap, rows: readonly number[][]): Float64Array[] {
  const columns = rows[0].map((_, f) => Float64Array.from(rows, row => row[f]));
  const out = columns.map(() => new Float64Array(rows.length).fill(Number.NaN));
  explainer.explain(columns, rows.length, out);
  return out;
}

test('contributions are the Shapley values over all subsets of features', () => {
  const rng = seededRng(1);
  for (let seed = 1; seed <= 60; seed++) {
    const forest = randomTree(seed, 1 + (seed % 6), FEATURES);
    const explainer = new TreeShap(forest, codedForest(forest, FEATURES), 0);
    for (let i = 0; i < 4; i++) {
      const row = randomRow(rng, FEATURES);
      const out = explainRows(explainer, [row]);
      for (let f = 0; f < FEATURES; f++) expect(out[f][0]).toBeCloseTo(shapley(forest, row, f), 10);
      expect(treeMean(forest, 0)).toBeCloseTo(expectation(forest, row, 0), 12);
    }
  }
});

test('contributions of deep trees, whose paths hold more features than a pattern', () => {
  const rng = seededRng(2);
  let longest = 0;
  for (let seed = 1; seed <= 4; seed++) {
    const forest = randomTree(seed, 11, 10);
    const explainer = new TreeShap(forest, codedForest(forest, 10), 0);
    longest = Math.max(longest, distinctOnPath(forest, 0, []));
    const row = randomRow(rng, 10);
    const out = explainRows(explainer, [row]);
    for (let f = 0; f < 10; f++) expect(out[f][0]).toBeCloseTo(shapley(forest, row, f), 10);
  }
  expect(longest).toBeGreaterThan(8);
});

function distinctOnPath(forest: Forest, node: number, above: readonly number[]): number {
  if (forest.feature[node] < 0) return new Set(above).size;
  const path = [...above, forest.feature[node]];
  const left = forest.left[node];
  return Math.max(distinctOnPath(forest, left, path), distinctOnPath(forest, left + 1, path));
}

test('contributions are the same for any cut of the rows, order of calls and memory', () => {
  const rng = seededRng(3);
  const forest = forestOf(
    Array.from({ length: 9 }, (_, tree) => randomTree(tree + 1, tree % 8, 6)),
    [0, 1, 0, 0, 1, 1, 0, 1, 0],
  );
  const coded = codedForest(forest, 7);
  const rows = Array.from({ length: 2500 }, () => randomRow(rng, 7));
  const whole = explainRows(new TreeShap(forest, coded, 1), rows);
  const explainer = new TreeShap(forest, coded, 1);
  const scant = new TreeShap(forest, coded, 1, 100);
  for (let from = rows.length; from > 0; ) {
    const to = from;
    from = Math.max(0, from - (1 + rng.below(400)));
    const part = rows.slice(from, to);
    for (const out of [explainRows(explainer, part), explainRows(scant, part)]) {
      out.forEach((own, f) => {
        expect(own).toEqual(whole[f].slice(from, to));
      });
    }
  }
  expect(whole[6].every(value => value === 0)).toBe(true);
  const first = treesOf(forest, 1).reduce((sum, tree) => sum + shapley(tree, rows[0], 2), 0);
  expect(whole[2][0]).toBeCloseTo(first, 9);
});

function treesOf(forest: Forest, output: number): Forest[] {
  return [...forest.output].flatMap((own, t): Forest[] => {
    if (own !== output) return [];
    const [from, to] = [forest.treeStart[t], forest.treeStart[t + 1]];
    return [
      {
        treeStart: Int32Array.of(0, to - from),
        output: Int32Array.of(0),
        feature: forest.feature.slice(from, to),
        threshold: forest.threshold.slice(from, to),
        missingLeft: forest.missingLeft.slice(from, to),
        left: forest.left.slice(from, to),
        value: forest.value.slice(from, to),
        cover: forest.cover.slice(from, to),
      },
    ];
  });
}
