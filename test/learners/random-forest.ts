import { seededRng } from '../../src/engine/base/rng.ts';
import type { Forest } from '../../src/learners/gbdt/forest.ts';

/** A random tree in which features repeat on a path. */
export function randomTree(seed: number, depth: number, features: number): Forest {
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

export function randomRow(rng: { next(): number; normal(): number }, features: number): number[] {
  return Array.from({ length: features }, () => (rng.next() < 0.15 ? Number.NaN : rng.normal()));
}

/** Trees of the same features, one after another. */
export function forestOf(trees: readonly Forest[], output: readonly number[]): Forest {
  const all = <A extends Int32Array | Float64Array | Uint8Array>(part: (tree: Forest) => A): number[] =>
    trees.flatMap(tree => [...part(tree)]);
  let nodes = 0;
  return {
    treeStart: Int32Array.of(0, ...trees.map(tree => (nodes += tree.feature.length))),
    output: Int32Array.from(output),
    feature: Int32Array.from(all(tree => tree.feature)),
    threshold: Float64Array.from(all(tree => tree.threshold)),
    missingLeft: Uint8Array.from(all(tree => tree.missingLeft)),
    left: Int32Array.from(all(tree => tree.left)),
    value: Float64Array.from(all(tree => tree.value)),
    cover: Float64Array.from(all(tree => tree.cover)),
  };
}
