import type { LabelSummary } from '../support/training-labels.ts';
import type { CategorySums, FoldedEncoding } from './category-encoding.ts';
import type { ColumnSummary } from './column-summary.ts';
import type { SlotLayout } from './slot-layout.ts';

/**
 * What goes round between `train_merge` (Order) and `train_step` (Answer). Per tree: `tree` or `finish` → root histogram,
 * then a `split` per level → histograms of the smaller children. A `finish` closes one tree and opens the next.
 */
export type Order =
  | {
      readonly kind: 'bin';
      readonly edges: readonly Float64Array[];
      readonly usualBin: Int32Array;
      readonly candidates: Int32Array;
      readonly encodings: readonly FoldedEncoding[];
    }
  | {
      readonly kind: 'start';
      readonly layout: SlotLayout;
      readonly quantum: number;
      readonly base: Float64Array;
      readonly tree: TreeStart;
    }
  | { readonly kind: 'tree'; readonly tree: TreeStart }
  | { readonly kind: 'split'; readonly splits: readonly SplitOrder[] }
  | {
      readonly kind: 'finish';
      readonly splits: readonly SplitOrder[];
      /** Added to the margin of the rows in each node; 0 for inner nodes. */
      readonly values: Float64Array;
      /** The next tree, begun at once; null when the rounds are over. */
      readonly next: TreeStart | null;
    };

export interface TreeStart {
  readonly bag: number;
  readonly round: number;
  /** Which margin the tree adds to: 0, or the class of a multiclass model. */
  readonly output: number;
  /** Columns with a feature this tree may use. */
  readonly columns: Int32Array;
}

export interface SplitOrder {
  readonly node: number;
  readonly feature: number;
  /** Bins up to this one go left. */
  readonly bin: number;
  readonly missingLeft: boolean;
  /** Id of the left child; the right one's is the next. */
  readonly left: number;
  /** The child to build a histogram of; -1 for none. */
  readonly build: number;
}

export type Answer =
  | {
      readonly kind: 'summary';
      readonly labels: LabelSummary;
      readonly columns: readonly ColumnSummary[];
      readonly categories: readonly CategorySums[];
      /** Null where no early-stopping rows were given. */
      readonly validationRows: number | null;
    }
  | { readonly kind: 'conflicts'; readonly matrix: Uint8Array }
  | {
      readonly kind: 'histograms';
      /** Gradient and hessian sums, `[node][slot][2]`. The buffer is reused by the next answer. */
      readonly sums: Float64Array;
      readonly validation: ValidationSums | null;
    };

/** Sums over a partition's early-stopping rows. */
export interface ValidationSums {
  readonly loss: number;
  readonly weight: number;
  /** Weight by margin bin and class, `[bin][2]`; empty where the metric does not need it. */
  readonly byMargin: Float64Array;
}
