import type { Forest } from './forest.ts';

/** Conditions a row's pattern in a unit may have, unless a leaf's path alone has more. */
const MAX_BITS = 8;

/**
 * A part of a tree whose leaves' contributions are looked up together: a subtree small enough that a row's answers to its
 * tests, and to the path above it, make a pattern of few bits. Bit i < `pathBits` says that the row fails a test of the i-th
 * feature on the path; the bits behind say that it goes right at a node of the unit.
 */
export interface ShapUnit {
  readonly pathBits: number;
  /** Where the row's path bits are kept while a tree is worked on. */
  readonly slot: number;
  /** Nodes tested within the unit, in the order of their bits. */
  readonly inner: Int32Array;
  readonly patterns: number;
  /** Features on any path to its leaves, in the order of the parts looked up. */
  readonly features: Int32Array;
  readonly leaves: readonly UnitLeaf[];
}
/** A leaf's path, each feature once: the row passes element i where `(pattern ^ passing[i]) & tested[i]` is 0. */
export interface UnitLeaf {
  readonly value: number;
  /** Place of each element's feature among the unit's. */
  readonly places: Int32Array;
  readonly tested: Int32Array;
  readonly passing: Int32Array;
  /** Part of the training rows, by cover, that the feature's tests let through. */
  readonly shares: Float64Array;
}
/** A test above the units, and where the path bits of its children go. */
export interface ShapSplit {
  readonly node: number;
  readonly bit: number;
  readonly slot: number;
  readonly left: number;
  readonly right: number;
}
export interface ShapTree {
  /** Parents before children. Slot 0 is the root's. */
  readonly splits: readonly ShapSplit[];
  readonly units: readonly ShapUnit[];
  readonly slots: number;
}

/** A feature on the way to a node: its tests as bits of a pattern, and the share of rows that passes them. */
interface Element {
  readonly feature: number;
  readonly tested: number;
  readonly passing: number;
  readonly share: number;
}

export function shapTree(forest: Forest, root: number): ShapTree {
  const splits: ShapSplit[] = [];
  const units: ShapUnit[] = [];
  let slots = 1;
  const open: { node: number; slot: number; path: readonly Element[] }[] = [{ node: 0, slot: 0, path: [] }];
  for (const { node, slot, path } of open) {
    const inner = innerNodes(forest, root, node);
    if (inner.length === 0 || path.length + inner.length <= MAX_BITS) {
      units.push(unitOf(forest, root, node, slot, path, inner));
      continue;
    }
    const now = root + node;
    const known = path.findIndex(element => element.feature === forest.feature[now]);
    const bit = 1 << (known < 0 ? path.length : known);
    const left = leftShare(forest, root, node);
    splits.push({ node: now, bit, slot, left: slots, right: slots + 1 });
    const child = forest.left[now];
    // The bit of a feature already on the path stays: it says that any of its tests failed.
    open.push({ node: child, slot: slots, path: extended(path, forest.feature[now], bit, 0, left) });
    open.push({ node: child + 1, slot: slots + 1, path: extended(path, forest.feature[now], bit, 0, 1 - left) });
    slots += 2;
  }
  return { splits, units, slots };
}

/** The part of an inner node's training rows that goes left. */
export function leftShare(forest: Forest, root: number, node: number): number {
  const cover = forest.cover[root + node];
  return cover > 0 ? forest.cover[root + forest.left[root + node]] / cover : 0.5;
}

/** Inner nodes at and below a node, breadth first. */
function innerNodes(forest: Forest, root: number, node: number): number[] {
  const nodes = forest.feature[root + node] < 0 ? [] : [node];
  for (const one of nodes) {
    const left = forest.left[root + one];
    for (const child of [left, left + 1]) if (forest.feature[root + child] >= 0) nodes.push(child);
  }
  return nodes;
}

function extended(path: readonly Element[], feature: number, bit: number, passing: number, share: number): Element[] {
  const known = path.findIndex(element => element.feature === feature);
  if (known < 0) return [...path, { feature, tested: bit, passing, share }];
  return path.map((element, at) =>
    at === known
      ? {
          feature,
          tested: element.tested | bit,
          passing: element.passing | passing,
          share: element.share * share,
        }
      : element,
  );
}

function unitOf(
  forest: Forest,
  root: number,
  node: number,
  slot: number,
  path: readonly Element[],
  inner: readonly number[],
): ShapUnit {
  const features = [...new Set([...path.map(one => one.feature), ...inner.map(one => forest.feature[root + one])])];
  const leaves: UnitLeaf[] = [];
  const visit = (at: number, above: readonly Element[]): void => {
    const feature = forest.feature[root + at];
    if (feature < 0) {
      leaves.push({
        value: forest.value[root + at],
        places: Int32Array.from(above, one => features.indexOf(one.feature)),
        tested: Int32Array.from(above, one => one.tested),
        passing: Int32Array.from(above, one => one.passing),
        shares: Float64Array.from(above, one => one.share),
      });
      return;
    }
    const bit = 1 << (path.length + inner.indexOf(at));
    const left = leftShare(forest, root, at);
    visit(forest.left[root + at], extended(above, feature, bit, 0, left));
    visit(forest.left[root + at] + 1, extended(above, feature, bit, bit, 1 - left));
  };
  visit(node, path);
  return {
    pathBits: path.length,
    slot,
    inner: Int32Array.from(inner, one => root + one),
    patterns: 1 << (path.length + inner.length),
    features: Int32Array.from(features),
    leaves,
  };
}
