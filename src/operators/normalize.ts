import { defineOperator } from '../engine/contract/operator.ts';
import { checkRules } from './support/fitted-stage.ts';
import { normalizeLog1p, normalizeMinmax, normalizeRobust, normalizeZscore } from './support/rules/normalize.ts';

const RULES = [normalizeLog1p, normalizeMinmax, normalizeRobust, normalizeZscore];

export const normalize = defineOperator({
  name: 'normalize',
  summary: 'Brings columns to a common scale.',
  details:
    'Learned from training rows and applied unchanged ever after: stands in a pipeline that `fit` or `features:` learns. The columns named become features.',
  params: {},
  block: { kind: 'rules', doc: 'A rule for each column; `*` is every unannotated column left that the rule takes.' },
  examples: [
    { title: 'Two columns by mean, one by median', flow: 'normalize { [age, stay] = zscore, creat = robust }' },
  ],
  rules: RULES,
  check: context => checkRules(context, RULES),
  execution: { mode: 'fitted' },
});
