import { defineOperator } from '../engine/contract/operator.ts';
import { checkRules } from './support/fitted-stage.ts';
import { encodeFlag } from './support/rules/encode-flag.ts';
import { encodeHashing } from './support/rules/encode-hashing.ts';
import { encodeOnehot } from './support/rules/encode-onehot.ts';
import { encodeOrdinal } from './support/rules/encode-ordinal.ts';
import { encodeTarget } from './support/rules/encode-target.ts';

const RULES = [encodeOnehot, encodeOrdinal, encodeFlag, encodeHashing, encodeTarget];

export const encode = defineOperator({
  name: 'encode',
  summary: 'Turns categories into numbers.',
  details:
    'Learned from training rows and applied unchanged ever after: stands in a pipeline that `fit` or `features:` learns. The columns named become features.',
  params: {},
  block: { kind: 'rules', doc: 'A rule for each column; `*` is every unannotated column left that the rule takes.' },
  examples: [
    { title: 'Three kinds of category', flow: 'encode { [sex, ward] = onehot, a1c = ordinal, treated = flag }' },
  ],
  rules: RULES,
  check: context => checkRules(context, RULES),
  execution: { mode: 'fitted' },
});
