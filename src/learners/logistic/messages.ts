import type { LabelSummary } from '../support/training-labels.ts';
import type { LossSums } from './partition-sums.ts';

export type Order = {
  /** Training means, given with the first order only: they stand for missing values. */
  readonly means: Float64Array | null;
  readonly coefficients: Float64Array;
  readonly wantsHessian: boolean;
};
export type Answer =
  | {
      readonly kind: 'summary';
      readonly labels: LabelSummary;
      /** By feature: weight of the rows with a value, sum of weight · value, sum of weight · value². */
      readonly moments: Float64Array;
    }
  | ({ readonly kind: 'sums' } & LossSums);
