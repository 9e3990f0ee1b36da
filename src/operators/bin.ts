import { defineOperator } from '../engine/contract/operator.ts';
import { checkRules } from './support/fitted-stage.ts';
import { binEdges, binQuantile, binWidth } from './support/rules/bin.ts';

const RULES = [binEdges, binQuantile, binWidth];

export const bin = defineOperator({
  name: 'bin',
  summary: 'Turns amounts into the number of the bin they are in.',
  details:
    'Learned from training rows and applied unchanged ever after: stands in a pipeline that `fit` or `features:` learns. The columns named become features.',
  params: {},
  block: { kind: 'rules', doc: 'A rule for each column; `*` is every unannotated column left that the rule takes.' },
  examples: [{ title: 'Quarters', flow: 'bin { age = quantile(4) }' }],
  rules: RULES,
  check: context => checkRules(context, RULES),
  execution: { mode: 'fitted' },
});
