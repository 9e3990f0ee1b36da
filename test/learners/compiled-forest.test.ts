import { expect, test } from 'vitest';
import { seededRng } from '../../src/engine/base/rng.ts';
import { codedForest } from '../../src/learners/gbdt/coded-forest.ts';
import { CompiledForest } from '../../src/learners/gbdt/compiled-forest.ts';
import type { Forest } from '../../src/learners/gbdt/forest.ts';
import { wideForest } from '../../src/learners/gbdt/wide-forest.ts';
import { forestOf, randomRow, randomTree } from './random-forest.ts';

const BASE = [0.25, -1];

function walked(forest: Forest, row: readonly number[], output: number): number {
  let margin = BASE[output];
  forest.output.forEach((own, tree) => {
    if (own !== output) return;
    const root = forest.treeStart[tree];
    let node = 0;
    for (let feature = forest.feature[root]; feature >= 0; feature = forest.feature[root + node]) {
      const x = row[feature];
      const goesLeft = Number.isNaN(x) ? forest.missingLeft[root + node] === 1 : x <= forest.threshold[root + node];
      node = forest.left[root + node] + (goesLeft ? 0 : 1);
    }
    margin += forest.value[root + node];
  });
  return margin;
}

test.each([
  { depth: 3, features: 3, rows: 15 },
  { depth: 6, features: 9, rows: 16 },
  { depth: 7, features: 9, rows: 700 },
])('margins are those of a walk to the bit, compiled or not: $depth levels, $rows rows', ({
  depth,
  features,
  rows,
}) => {
  const rng = seededRng(rows);
  const trees = Array.from({ length: 8 }, (_, tree) => randomTree(tree + 1, tree === 2 ? 0 : depth, features));
  const forest = forestOf(
    trees,
    trees.map((_, tree) => tree % 2),
  );
  const values = Array.from({ length: rows }, () => randomRow(rng, features));
  const columns = Array.from({ length: features }, (_, f) => Float64Array.from(values, row => row[f]));
  for (const compiled of [true, false]) {
    const out = BASE.map(() => new Float64Array(rows));
    new CompiledForest(forest, codedForest(forest, features), BASE, compiled).margins(columns, rows, out);
    out.forEach((margins, output) => {
      expect(margins).toEqual(Float64Array.from(values, row => walked(forest, row, output)));
    });
  }
});

test('a tree with more leaves than a byte counts is walked', () => {
  const forest = randomTree(1, 11, 40);
  expect(forest.feature.filter(feature => feature < 0).length).toBeGreaterThan(256);
  const coded = codedForest(forest, 40);
  expect(wideForest(forest, coded, 1)).toBeNull();
  const rng = seededRng(4);
  const values = Array.from({ length: 50 }, () => randomRow(rng, 40));
  const columns = Array.from({ length: 40 }, (_, f) => Float64Array.from(values, row => row[f]));
  const out = [new Float64Array(50)];
  new CompiledForest(forest, coded, BASE.slice(0, 1)).margins(columns, 50, out);
  expect(out[0]).toEqual(Float64Array.from(values, row => walked(forest, row, 0)));
});
