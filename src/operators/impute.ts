import { defineOperator } from '../engine/contract/operator.ts';
import { checkRules } from './support/fitted-stage.ts';
import { imputeMean, imputeMedian, imputeMode, imputeValue } from './support/rules/impute.ts';

const RULES = [imputeMean, imputeMedian, imputeMode, imputeValue];

export const impute = defineOperator({
  name: 'impute',
  summary: 'Fills nulls with what the training rows say.',
  details:
    'Learned from training rows and applied unchanged ever after: stands in a pipeline that `fit` or `features:` learns. The columns named become features.',
  params: {},
  block: { kind: 'rules', doc: 'A rule for each column; `*` is every unannotated column left that the rule takes.' },
  examples: [
    { title: 'Nulls filled by median, one by a value', flow: 'impute { [hr_mean, creat] = median, spo2_min = 97.0 }' },
  ],
  rules: RULES,
  check: context => checkRules(context, RULES),
  execution: { mode: 'fitted' },
});
