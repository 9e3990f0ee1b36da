/** What other systems call a stage. Only ever a hint, and only where the catalogue has the stage. */
const WORDS: Readonly<Record<string, string>> = {
  filter: 'where',
  having: 'where',
  keep: 'where',
  map: 'derive',
  mutate: 'derive',
  assign: 'derive',
  extend: 'derive',
  compute: 'derive',
  with_columns: 'derive',
  project: 'select',
  rename: 'select',
  columns: 'select',
  remove: 'drop',
  head: 'limit',
  take: 'limit',
  top: 'limit',
  order: 'sort',
  order_by: 'sort',
  orderby: 'sort',
  group: 'aggregate',
  group_by: 'aggregate',
  groupby: 'aggregate',
  summarise: 'aggregate',
  summarize: 'aggregate',
  reduce: 'aggregate',
  concat: 'union',
  append: 'union',
  merge: 'join',
  left: 'join',
  inner: 'join',
  outer: 'join',
  right: 'join',
  lookup: 'join',
  partition: 'split',
  transform: 'apply',
  learn: 'train',
  predict: 'score',
  infer: 'score',
  measure: 'evaluate',
  test: 'evaluate',
  scale: 'normalize',
  standardize: 'normalize',
  fillna: 'impute',
  onehot: 'encode',
  assert: 'require',
  release: 'publish',
};

/** What other systems call a function, and how it is written here; a name alone must be one of the catalogue. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  now: 'Time is data: compare with a field of the rows. A flow gives the same whenever it runs.',
  today: 'Time is data: compare with a field of the rows. A flow gives the same whenever it runs.',
  isnull: 'Write `x == null`.',
  isna: 'Write `x == null`.',
  notnull: 'Write `x != null`.',
  isnotnull: 'Write `x != null`.',
  ifnull: 'Write `x ?? default`.',
  nvl: 'Write `x ?? default`.',
  fillna: 'Write `x ?? default`.',
  iff: '`if`',
  iif: '`if`',
  when: '`case`',
  switch: '`case`',
  avg: '`mean`',
  average: '`mean`',
  std: '`stddev`',
  stdev: '`stddev`',
  nunique: '`count_distinct`',
  count_if: 'Write `sum(if(condition, 1, 0))`.',
  countif: 'Write `sum(if(condition, 1, 0))`.',
  len: '`length`',
  tolower: '`lower`',
  lowercase: '`lower`',
  regex: '`match`',
  regexp: '`match`',
  extract: '`match`',
  cast: 'Write the type as a function: `int(x)`, `float(x)`, `string(x)`.',
  str: '`string`',
  to_string: '`string`',
  to_int: '`int`',
  to_float: '`float`',
  number: '`float`',
  ln: '`log`',
  power: '`pow`',
  between: 'Write `x in low..high`.',
};

/** What a choice is called elsewhere. */
const CHOICES: Readonly<Record<string, string>> = {
  auc: 'auroc',
  roc_auc: 'auroc',
  rocauc: 'auroc',
  auc_roc: 'auroc',
  pr_auc: 'auprc',
  average_precision: 'auprc',
  logloss: 'log_loss',
  acc: 'accuracy',
  sensitivity: 'recall',
  ppv: 'precision',
  ascending: 'asc',
  descending: 'desc',
};

export function otherChoice(name: string, known: readonly string[]): string | null {
  const word = Object.hasOwn(CHOICES, name.toLowerCase()) ? CHOICES[name.toLowerCase()] : undefined;
  return word !== undefined && known.includes(word) ? word : null;
}

/** What a learner is called elsewhere, or something like it. */
const LEARNERS: Readonly<Record<string, string>> = {
  xgboost: 'gbdt',
  xgb: 'gbdt',
  lightgbm: 'gbdt',
  catboost: 'gbdt',
  gbm: 'gbdt',
  boosting: 'gbdt',
  random_forest: 'gbdt',
  logreg: 'logistic',
  logistic_regression: 'logistic',
  linear: 'logistic',
};

export function otherLearner(name: string, known: readonly string[]): string | null {
  const word = Object.hasOwn(LEARNERS, name.toLowerCase()) ? LEARNERS[name.toLowerCase()] : undefined;
  return word !== undefined && known.includes(word) ? word : null;
}

/** What other languages call a plain value. */
const VALUES: Readonly<Record<string, string>> = {
  none: 'null',
  nil: 'null',
  null: 'null',
  undefined: 'null',
  nan: 'null',
  na: 'null',
  true: 'true',
  false: 'false',
};

/** A sentence for a value that is written otherwise elsewhere. */
export function otherValue(name: string): string | null {
  const word = Object.hasOwn(VALUES, name.toLowerCase()) ? VALUES[name.toLowerCase()] : undefined;
  return word === undefined ? null : `Here that is \`${word}\`.`;
}

/** A sentence for a function that goes by another name elsewhere. */
export function otherFunction(name: string, known: readonly string[]): string | null {
  const word = Object.hasOwn(FUNCTIONS, name.toLowerCase()) ? FUNCTIONS[name.toLowerCase()] : undefined;
  if (word === undefined) return null;
  const bare = /^`(\w+)`$/.exec(word)?.[1];
  if (bare === undefined) return word;
  return known.includes(bare) || bare === 'if' || bare === 'case' ? `Here that is ${word}.` : null;
}

export function otherWord(name: string, known: readonly string[]): string | null {
  const word = Object.hasOwn(WORDS, name.toLowerCase()) ? WORDS[name.toLowerCase()] : undefined;
  return word !== undefined && known.includes(word) ? word : null;
}
