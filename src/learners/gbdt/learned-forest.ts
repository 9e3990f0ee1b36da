import type { Json } from '../../engine/base/json.ts';
import { bytesOf } from '../support/float-bytes.ts';
import type { CategoryEncoding } from './category-encoding.ts';
import { forestBytes, forestOf, type GrownTree } from './forest.ts';

/** What a model of `gbdt` holds, besides the forest and the categories' rates in `bytes`. */
export interface GbdtLearned {
  /** Margin before any tree: log-odds of the training rows, or each class's. */
  readonly base: readonly number[];
  /** Trees kept, by bag. */
  readonly rounds: readonly number[];
  readonly trees: number;
  /** Share of the whole gain, by feature; zeros left out. */
  readonly importance: Readonly<Record<string, number>>;
  /** Features read as their category's label rate: `keys.<feature>` and `rates.<feature>` in `bytes`. */
  readonly categories: readonly { readonly feature: number; readonly prior: number }[];
}

export function learnedForest(source: {
  readonly trees: readonly GrownTree[];
  readonly edges: readonly Float64Array[];
  readonly encodings: readonly CategoryEncoding[];
  readonly base: Float64Array;
  readonly bags: number;
  readonly featureNames: readonly string[];
  readonly rounds: readonly number[];
}): { learned: Json; bytes: Record<string, Uint8Array> } {
  const bytes = forestBytes(forestOf(source.trees, source.edges, 1 / source.bags));
  for (const encoding of source.encodings) {
    bytes[`keys.${encoding.feature}`] = bytesOf(encoding.keys);
    bytes[`rates.${encoding.feature}`] = bytesOf(encoding.rates);
  }
  const learned: GbdtLearned = {
    base: Array.from(source.base),
    rounds: source.rounds,
    trees: source.trees.length,
    importance: importance(source.trees, source.featureNames),
    categories: source.encodings.map(({ feature, prior }) => ({ feature, prior })),
  };
  return { learned: learned as unknown as Json, bytes };
}

function importance(trees: readonly GrownTree[], names: readonly string[]): Record<string, number> {
  const gains = new Float64Array(names.length);
  for (const tree of trees) for (const node of tree.nodes) if (node.feature >= 0) gains[node.feature] += node.gain;
  const total = gains.reduce((sum, gain) => sum + gain, 0);
  const shares: Record<string, number> = {};
  names.forEach((name, feature) => {
    if (gains[feature] > 0) shares[name] = gains[feature] / total;
  });
  return shares;
}
