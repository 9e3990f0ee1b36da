import type { Forest } from './forest.ts';

/** Entries kept of contributions worked out, 8 bytes each; leaves beyond them are worked out for each row. */
const MAX_KEPT = 4 * 1024 * 1024;
/** Leaves with more features on their path than this have too many masks for any to come again soon. */
const MAX_MASKED = 6;

/**
 * What TreeSHAP needs of the way to each leaf: the features tested on it, each once, and for each the share of the training
 * rows (by cover) that its tests let through. By node, tree after tree, for the trees of one output.
 */
export interface LeafPaths {
  /** For an inner node the bit its feature has in the masks of the leaves below it. */
  readonly bit: Int32Array;
  /** For a leaf: where its path elements begin, and how many there are. */
  readonly start: Int32Array;
  readonly count: Int32Array;
  readonly feature: Int32Array;
  readonly share: Float64Array;
  /** For a leaf: where what it gives for a mask is kept (`keptAt + mask · count`), and whether it is (`maskAt + mask`); -1: not. */
  readonly keptAt: Int32Array;
  readonly maskAt: Int32Array;
  readonly kept: Float64Array;
  readonly isKept: Uint8Array;
  /** Longest path. */
  readonly longest: number;
}

export function leafPaths(forest: Forest, output: number): LeafPaths {
  const nodes = forest.feature.length;
  const bit = new Int32Array(nodes);
  const start = new Int32Array(nodes);
  const count = new Int32Array(nodes);
  const feature: number[] = [];
  const share: number[] = [];
  const keptAt = new Int32Array(nodes).fill(-1);
  const maskAt = new Int32Array(nodes).fill(-1);
  let kept = 0;
  let masks = 0;
  let longest = 0;

  const leaf = (now: number, features: readonly number[], shares: readonly number[]): void => {
    start[now] = feature.length;
    count[now] = features.length;
    longest = Math.max(longest, features.length);
    feature.push(...features);
    share.push(...shares);
    const entries = features.length << features.length;
    if (features.length > MAX_MASKED || kept + entries > MAX_KEPT) return;
    keptAt[now] = kept;
    maskAt[now] = masks;
    kept += entries;
    masks += 1 << features.length;
  };
  const visit = (root: number, node: number, features: readonly number[], shares: readonly number[]): void => {
    const now = root + node;
    const split = forest.feature[now];
    if (split < 0) {
      leaf(now, features, shares);
      return;
    }
    const known = features.indexOf(split);
    const slot = known < 0 ? features.length : known;
    const before = known < 0 ? 1 : shares[known];
    bit[now] = 1 << slot;
    const below = known < 0 ? [...features, split] : features;
    const left = leftShare(forest, root, node);
    visit(root, forest.left[now], below, replaced(shares, slot, before * left));
    visit(root, forest.left[now] + 1, below, replaced(shares, slot, before * (1 - left)));
  };
  for (let tree = 0; tree + 1 < forest.treeStart.length; tree++) {
    if (forest.output[tree] === output) visit(forest.treeStart[tree], 0, [], []);
  }
  return {
    bit,
    start,
    count,
    feature: Int32Array.from(feature),
    share: Float64Array.from(share),
    keptAt,
    maskAt,
    kept: new Float64Array(kept),
    isKept: new Uint8Array(masks),
    longest,
  };
}

/** The part of an inner node's training rows that goes left. */
export function leftShare(forest: Forest, root: number, node: number): number {
  const cover = forest.cover[root + node];
  return cover > 0 ? forest.cover[root + forest.left[root + node]] / cover : 0.5;
}

function replaced(shares: readonly number[], slot: number, share: number): readonly number[] {
  const all = [...shares];
  all[slot] = share;
  return all;
}
