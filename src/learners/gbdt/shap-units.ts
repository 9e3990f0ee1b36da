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
  /** Its leaves in the tables, `[firstLeaf, endLeaf)`. */
  readonly firstLeaf: number;
  readonly endLeaf: number;
}
/**
 * The leaves of all units: a forest has tens of thousands, and objects of their own would be marked again by every collection.
 * A leaf's path has each feature once, as elements `[starts[leaf], starts[leaf + 1])`: the row passes element e where
 * `(pattern ^ passing[e]) & tested[e]` is 0.
 */
export interface LeafTables {
  readonly starts: Int32Array;
  readonly values: Float64Array;
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

/** The trees from `roots` on, and the leaves of all of them. */
export function shapTrees(
  forest: Forest,
  roots: readonly number[],
): { readonly trees: readonly ShapTree[]; readonly leaves: LeafTables } {
  const starts = [0];
  const values: number[] = [];
  const places: number[] = [];
  const elements: Element[] = [];
  const keep: KeepLeaf = (value, path, features) => {
    for (const element of path) {
      places.push(features.indexOf(element.feature));
      elements.push(element);
    }
    values.push(value);
    return starts.push(elements.length) - 1;
  };
  const trees = roots.map(root => shapTree(forest, root, values, keep));
  const leaves = {
    starts: Int32Array.from(starts),
    values: Float64Array.from(values),
    places: Int32Array.from(places),
    tested: Int32Array.from(elements, one => one.tested),
    passing: Int32Array.from(elements, one => one.passing),
    shares: Float64Array.from(elements, one => one.share),
  };
  return { trees, leaves };
}

/** Puts a leaf down behind those before it; how many there are then. */
type KeepLeaf = (value: number, path: readonly Element[], features: readonly number[]) => number;

function shapTree(forest: Forest, root: number, kept: readonly number[], keep: KeepLeaf): ShapTree {
  const splits: ShapSplit[] = [];
  const units: ShapUnit[] = [];
  let slots = 1;
  const open: { node: number; slot: number; path: readonly Element[] }[] = [{ node: 0, slot: 0, path: [] }];
  for (const { node, slot, path } of open) {
    const inner = innerNodes(forest, root, node);
    if (inner.length === 0 || path.length + inner.length <= MAX_BITS) {
      units.push(unitOf(forest, root, node, slot, path, inner, kept.length, keep));
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
  firstLeaf: number,
  keep: KeepLeaf,
): ShapUnit {
  const features = [...new Set([...path.map(one => one.feature), ...inner.map(one => forest.feature[root + one])])];
  let endLeaf = firstLeaf;
  const visit = (at: number, above: readonly Element[]): void => {
    const feature = forest.feature[root + at];
    if (feature < 0) {
      endLeaf = keep(forest.value[root + at], above, features);
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
    firstLeaf,
    endLeaf,
  };
}
