import { defineLearner } from '../../engine/contract/learner.ts';
import { required } from '../../engine/contract/parameter.ts';
import { LinearScorer } from './linear-scorer.ts';
import { LogisticMerge } from './merge-side.ts';
import { LogisticStep } from './step-side.ts';

export const logistic = defineLearner({
  name: 'logistic',
  summary: 'Logistic regression with an L2 penalty; softmax for several classes.',
  details:
    'Minimises the mean weighted log loss plus l2/2 times the sum of squared weights; intercepts are not penalised. The penalty is on the weights of the features as they come, so `normalize` them first. The optimum is found by Newton steps over sums of all partitions (L-BFGS above 1,000 coefficients). A missing value is read as the feature’s training mean. Contributions are weight · (value − training mean), in log-odds. `early_stop` rows are not used.',
  params: {
    l2: required('float', 'Penalty of the squared weights.', { default: 1e-4, min: 0 }),
    epochs: required('int', 'Passes over the rows at most.', { default: 200, min: 1, max: 100_000 }),
    tolerance: required('float', 'Ends when no coefficient’s gradient, in units of its curvature, is above this.', {
      default: 1e-9,
      min: 0,
    }),
  },
  examples: [
    { title: 'With a light penalty', flow: 'train logistic, label: soon, l2: 1e-4' },
    { title: 'With row weights', flow: 'train logistic, label: soon, weight: importance' },
  ],
  multiclass: true,
  step: (_params, task, partition) => new LogisticStep(task, partition),
  merge: (params, task) => new LogisticMerge(params, task),
  scorer: model => new LinearScorer(model),
});
