import { defineOperator } from '../engine/contract/operator.ts';
import { checkRules } from './support/fitted-stage.ts';
import { clipQuantiles, clipRange } from './support/rules/clip.ts';

const RULES = [clipQuantiles, clipRange];

export const clip = defineOperator({
  name: 'clip',
  summary: 'Pulls extreme values in to a limit.',
  details:
    'Learned from training rows and applied unchanged ever after: stands in a pipeline that `fit` or `features:` learns. The columns named become features.',
  params: {},
  block: { kind: 'rules', doc: 'A rule for each column; `*` is every unannotated column left that the rule takes.' },
  examples: [{ title: 'The upper tail cut', flow: 'clip { [meds, stay] = quantiles(0.0, 0.99) }' }],
  rules: RULES,
  check: context => checkRules(context, RULES),
  execution: { mode: 'fitted' },
});
