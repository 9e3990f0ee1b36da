import { type ParamsOf, required } from '../../engine/contract/parameter.ts';

export const gbdtParameters = {
  trees: required('int', 'Boosting rounds at most.', { default: 400, min: 1, max: 10_000 }),
  depth: required('int', 'Levels of a tree.', { default: 6, min: 1, max: 10 }),
  rate: required('float', 'Learning rate: how much of each tree counts.', { default: 0.05, min: 1e-6, max: 1 }),
  lambda: required('float', 'L2 penalty of the leaf values.', { default: 5, min: 0 }),
  min_gain: required('float', 'A split must lower the loss by more than this.', { default: 0, min: 0 }),
  min_child_weight: required('float', 'Least sum of hessians (p·(1−p)·weight) on each side of a split.', {
    default: 5,
    min: 0,
  }),
  row_fraction: required('float', 'Share of the rows each tree learns from, drawn by the seed.', {
    default: 0.8,
    min: 0.01,
    max: 1,
  }),
  feature_fraction: required('float', 'Share of the features each tree may use, drawn by the seed.', {
    default: 0.5,
    min: 0.01,
    max: 1,
  }),
  max_bins: required('int', 'Bins a feature is cut into at most.', { default: 255, min: 2, max: 255 }),
  positive_weight: required(
    'float',
    'Weight of the rows of the last of two classes; other than 1 it shifts probabilities.',
    {
      default: 1,
      min: 1e-6,
    },
  ),
  categories: required(
    'strings',
    'Features that are codes of categories (from `ordinal`): each is read as the label rate of its category, learned on other folds than the row’s own.',
    { default: [] },
  ),
  smooth: required('float', 'Rows’ worth of the overall rate mixed into each category’s.', { default: 50, min: 0 }),
  folds: required('int', 'Folds the rates of `categories` are learned over.', { default: 5, min: 2, max: 20 }),
  stop_metric: required('choice', 'What early stopping watches; several classes always use `logloss`.', {
    default: 'logloss',
    choices: ['auroc', 'logloss'],
  }),
  patience: required('int', 'Rounds without a better early-stopping metric before the end.', { default: 60, min: 1 }),
  bags: required('int', 'Models averaged, each with its own samples.', { default: 1, min: 1, max: 20 }),
} as const;

export type GbdtParameters = ParamsOf<typeof gbdtParameters>;
