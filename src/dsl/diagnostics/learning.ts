import type { CatalogueEntry } from './entry.ts';

/** E5xx: learning. Mostly mistakes that give good numbers and bad models. */
export const LEARNING = {
  E501: {
    title: 'A split that tears patients apart',
    message: 'these rows are about `{entity}`, and the split does not keep its rows together',
    hint: 'Write `group: {entity}`; {otherwise}',
    defaults: { otherwise: 'or `group: none` if each row is someone else.' },
    explanation:
      'If rows of one patient lie in training and in test, the model recognises the patient and looks better than it is. A field marked `@entity` says whom a row is about; a split keeps all their rows in one part. It takes the columns marked `@entity` for that, since nothing else says that a column keeps people whole.',
    bad: 'let parts = rows | split train: 0.8, test: 0.2, seed: 1',
    good: 'let parts = rows | split train: 0.8, test: 0.2, group: patient_nbr, seed: 1',
  },
  E502: {
    title: 'An identifier or the label among the features',
    message: '`{field}` {what} and cannot be a feature',
    hint: 'Leave it out of the feature pipeline: features are the fields its stages assign.{more}',
    defaults: { what: 'is marked `@id` or `@label`', more: '' },
    explanation:
      'A model that sees the label has nothing to learn, and one that sees identifiers learns its training rows by heart. What a label was made of tells it as well as the label itself: where no column of it is marked `@label`, none of them may be a feature, nor what is computed from one. Where the column that holds the outcome is marked, the others are taken to be known beforehand.',
    bad: 'let prep = pipeline(rows: Visit) { | normalize { encounter_id = zscore } }',
    good: 'let prep = pipeline(rows: Visit) { | normalize { age = zscore } }',
  },
  E503: {
    title: 'Rows of the wrong role',
    message: '{stage} takes {expected} rows, and these are {found}',
    hint: '{hint}',
    defaults: { hint: 'Take the part of the split that is meant for it.' },
    explanation:
      'What is learned is learned on `train`; choices (early stopping, `choose`, `calibrate`, `threshold`) are made on `val`; the final figure comes from `test`, which nothing else has seen. Rows that were learned from before they were split, or by another split of the same rows, have been seen too.',
    bad: 'let model = parts.test | train gbdt, label: soon',
    good: 'let model = parts.train | train gbdt, label: soon',
  },
  E504: {
    title: 'A model with other features',
    message: 'the model `{name}` does not fit what the flow declares: {what}',
    hint: '{hint}',
    defaults: { hint: 'Train it again with this feature pipeline, or score with the one it was trained with.' },
    explanation:
      'The names, order and types of the features, the classes predicted and the transform itself must be those the flow is compiled against; otherwise every score would be wrong without a sign. It is checked when compiling, where the registry is at hand, and again when the model is loaded.',
    bad: 'model risk = registry("readmission") { serve: champion, features: other_features, predicts: bool, fallback: skip }',
    good: 'model risk = registry("readmission") { serve: champion, features: visit_features, predicts: bool, fallback: skip }',
  },
  E505: {
    title: 'History joined by what was not yet known',
    message: '`asof` on these rows needs `known:`, when each value became known',
    hint: 'Name the field at the source: `known: received_at`.',
    explanation:
      'A laboratory value of noon that arrived in the evening was not known at one. Joined by its own time it would leak the future into the features.',
    bad: 'table labs = file("labs.csv") { schema: Lab, key: patient_id, time: ts, on_bad: fail }',
    good: 'table labs = file("labs.csv") { schema: Lab, key: patient_id, time: ts, known: known, on_bad: fail }',
  },
  E506: {
    title: 'No features',
    message: '{of} has no features to learn from',
    hint: 'Assign fields in the feature pipeline; `derive { age }` passes one as it is.',
    explanation: 'Features are the fields that the stages of a feature pipeline assign, in order of first mention.',
    bad: 'let prep = pipeline(rows: Visit) { | where age > 18 }',
    good: 'let prep = pipeline(rows: Visit) { | where age > 18 | normalize { age = zscore } }',
  },
  E507: {
    title: 'A feature that is no number',
    message: 'the feature `{field}` is {found}, and learners take numbers',
    hint: 'Encode it, as in `encode { {field} = onehot }`.',
    explanation: 'Texts, enums and times become numbers by a rule that is learned on the training rows.',
    bad: 'let prep = pipeline(rows: Visit) { | derive { race } }',
    good: 'let prep = pipeline(rows: Visit) { | encode { race = onehot } }',
  },
  E508: {
    title: 'A label that cannot be learned',
    message: 'the label `{field}` is {found}, and {of} learns {expected}',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation: 'A classifier learns a `bool` or an `enum`; make one by a comparison, as in `soon = days < 30`.',
    bad: 'let model = parts.train | train logistic, label: days',
    good: 'let model = parts.train | derive { soon = days < 30 } | train logistic, label: soon',
  },
  E509: {
    title: 'A label that may be null',
    message: 'the label `{field}` may be null',
    hint: 'Keep the rows whose label is known: `where {field} != null`.',
    explanation:
      'A row without a label teaches nothing; whether to drop it or to count it as negative is a decision of the flow.',
    bad: 'let model = parts.train | train logistic, label: soon',
    good: 'let model = parts.train | where soon != null | train logistic, label: soon',
  },
  E510: {
    title: 'Features fitted twice or not at all',
    message: '{of} {what}',
    hint: '{hint}',
    defaults: { hint: 'Either `apply` a fitted transform before `train`, or give `features: pipeline`.' },
    explanation:
      '`train` learns from the column `features` that `apply` adds, and from nothing else; or it is given a pipeline and fits it itself.',
    bad: 'let model = parts.train | train gbdt, label: soon',
    good: 'let model = parts.train | apply prep | train gbdt, label: soon',
  },
  E511: {
    title: 'A class the model does not predict',
    message: 'the model predicts {classes}, not {found}',
    hint: null,
    explanation: '`probability(x)` names one of the values of the label.',
    bad: 'let s = rows | score risk { p = probability("yes") }',
    good: 'let s = rows | score risk { p = probability(true) }',
  },
  E512: {
    title: 'A metric that is not computed',
    message: '`{name}` is not among the metrics of the report',
    hint: '{hint}',
    defaults: { hint: 'Add it to `metrics:` of `evaluate`.' },
    explanation: 'A report holds the metrics it was asked for.',
    bad: 'let card = parts.test | evaluate p, label: soon, metrics: [auroc]\nsink m = best | require card.ece <= 0.05 | publish registry("r"), tag: challenger',
    good: 'let card = parts.test | evaluate p, label: soon, metrics: [auroc, ece]\nsink m = best | require card.ece <= 0.05 | publish registry("r"), tag: challenger',
  },
  E513: {
    title: 'Shares that do not add up',
    message: 'the parts of the split add up to {sum}, not to 1',
    hint: 'Change a share, or add a part for the rest.',
    explanation: 'Every row goes to exactly one part.',
    bad: 'let parts = rows | split train: 0.7, test: 0.2, group: none, seed: 1',
    good: 'let parts = rows | split train: 0.8, test: 0.2, group: none, seed: 1',
  },
  E514: {
    title: 'A split without a seed',
    message: 'the split has no `seed:`',
    hint: 'Add one, such as `seed: 1`; any number will do, and it makes the split repeatable.',
    explanation: 'The parts must be the same in every run, or training rows of today become test rows of tomorrow.',
    bad: 'let parts = rows | split train: 0.8, test: 0.2, group: none',
    good: 'let parts = rows | split train: 0.8, test: 0.2, group: none, seed: 1',
  },
  E515: {
    title: 'A stage that learns outside `fit`',
    message: '`{stage}` learns from rows and stands outside of a fitted pipeline',
    hint: 'Put it into a `pipeline`, `fit` that on the training rows, and `apply` the result.',
    explanation:
      'A mean or a list of categories learned on all rows has seen the test rows. `fit` learns on training rows only, and scoring uses the very same values.',
    bad: 'let ready = visits | normalize { age = zscore }',
    good: 'let prep = pipeline(rows: Visit) { | normalize { age = zscore } }\nlet fitted = parts.train | fit prep',
  },
  E516: {
    title: 'A rule that does not take this type',
    message: 'the rule `{rule}` does not take `{field}`, which is {type}',
    hint: '{hint}',
    defaults: { hint: 'Choose another rule, or convert the field first.' },
    explanation:
      'Each rule of `impute`, `clip`, `normalize`, `bin` and `encode` takes certain types; the reference lists them.',
    bad: 'let prep = pipeline(rows: Visit) { | normalize { race = zscore } }',
    good: 'let prep = pipeline(rows: Visit) { | encode { race = onehot } }',
  },
  E518: {
    title: 'A stage that cannot be fitted',
    message: '{what} cannot stand in a pipeline that is fitted',
    hint: 'Put it before the fitting: a fitted pipeline has stages that make one row of one, such as `derive`, `impute` and `encode`.',
    explanation:
      'What `fit` learns is run again on every single row that is scored. So its stages may compute and encode, but not drop, join, sort or aggregate rows: that belongs before it, in a pipeline that is applied.',
    bad: 'let prep = pipeline {\n  | where age >= 18\n  | normalize { age = zscore }\n}\nlet fitted = parts.train | fit prep',
    good: 'let prep = pipeline {\n  | normalize { age = zscore }\n}\nlet fitted = parts.train | where age >= 18 | fit prep',
  },
  E519: {
    title: 'A figure that is not defined',
    message: '`{figure}` is not defined {why}',
    hint: '{hint}',
    explanation:
      'Some figures are of two classes only, and those at a capacity want a capacity. A figure that does not exist decides nothing: not which model is chosen, nor whether a gate opens.',
    bad: 'let card = scored | evaluate p, label: soon, metrics: [precision_at_capacity]',
    good: 'let card = scored | evaluate p, label: soon, metrics: [precision_at_capacity], capacity: 0.05',
  },
} as const satisfies Record<string, CatalogueEntry>;
