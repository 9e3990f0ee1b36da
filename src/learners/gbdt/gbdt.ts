import { defineLearner } from '../../engine/contract/learner.ts';
import { ForestScorer } from './forest-scorer.ts';
import { GbdtMerge } from './merge-side.ts';
import { gbdtParameters } from './parameters.ts';
import { GbdtStep } from './step-side.ts';

export const gbdt = defineLearner({
  name: 'gbdt',
  summary: 'Gradient-boosted decision trees over histograms, with early stopping and exact reasons.',
  details:
    'Second-order boosting of the log loss (softmax for several classes): each partition sums gradients and hessians by bin, the merge adds them and picks the splits, level by level. Missing values go the way that lowers the loss. `early_stop: PART` ends training when `stop_metric` has not improved for `patience` rounds and keeps the best round. Contributions are exact path-dependent TreeSHAP values in log-odds.',
  params: gbdtParameters,
  examples: [
    {
      title: 'With early stopping',
      flow: 'train gbdt, label: soon, trees: 400, depth: 5, rate: 0.05, early_stop: parts.val',
    },
    {
      title: 'With category codes',
      flow: 'train gbdt, label: soon, categories: ["discharge", "specialty"], smooth: 50.0',
    },
  ],
  multiclass: true,
  step: (params, task, partition, validation) => new GbdtStep(params, task, partition, validation),
  merge: (params, task) => new GbdtMerge(params, task),
  scorer: (model, bytes) => new ForestScorer(model, bytes),
});
