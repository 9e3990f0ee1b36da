/**
 * What the language has words for and this version cannot run yet. Each use is one diagnostic that says so, instead of a
 * suggestion to mistake it for something else. A definition in the catalogue always comes first.
 */
const STAGES: Readonly<Record<string, string>> = {
  window: 'the stage `window` (event time)',
  alert: 'the stage `alert` (event time)',
  sequence: 'the stage `sequence` (event time)',
  fill: 'the stage `fill` (event time)',
  changes: 'the stage `changes` (event time)',
  dedupe: 'the stage `dedupe` (event time)',
  explode: 'the stage `explode`',
  tune: 'the stage `tune`',
  cross_validate: 'the stage `cross_validate`',
  calibrate: 'the stage `calibrate`',
  threshold: 'the stage `threshold`',
  monitor: 'the stage `monitor`',
  profile: 'the stage `profile`',
  similar: 'the stage `similar`',
  pick: 'the stage `pick`',
  resize: 'the stage `resize` (images)',
  tile: 'the stage `tile` (images)',
  augment: 'the stage `augment` (images)',
};
const FUNCTIONS: Readonly<Record<string, string>> = {
  run_time: 'the function `run_time`',
  slope: 'the aggregate `slope` (event time)',
  ewma: 'the aggregate `ewma` (event time)',
  delta: 'the aggregate `delta` (event time)',
  since_last: 'the aggregate `since_last` (event time)',
};
const CONNECTORS: Readonly<Record<string, string>> = Object.fromEntries(
  ['kafka', 'hdfs', 'http', 'mllp', 'fhir', 'mail', 'metrics', 'dlq'].map(name => [name, `the connector \`${name}\``]),
);
const FORMATS: Readonly<Record<string, string>> = Object.fromEntries(
  ['parquet', 'hl7', 'fhir', 'image', 'dicom'].map(name => [name, `the format \`${name}\``]),
);
const LEARNERS: Readonly<Record<string, string>> = Object.fromEntries(
  ['cnn', 'mlp', 'forest'].map(name => [name, `the learner \`${name}\``]),
);
/** Options and arguments, by whose they are: of a `source`, a `model`, a stage. */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  source: {
    time: 'event time (`time:`)',
    known: 'event time (`known:`)',
    lateness: 'event time (`lateness:`)',
    idle: 'event time (`idle:`)',
    on_late: 'event time (`on_late:`)',
    history: 'event time (`history:`)',
    each: '`each:` (message formats)',
    site: '`site:` (sites)',
    members: '`members:` (sites)',
  },
  model: { shadow: '`shadow:` (shadow models)', max_age: '`max_age:`' },
  join: { asof: '`asof:` (event time)', within: '`within:` (event time)', wait: '`wait:` (event time)' },
  split: { order: '`order:` (event time)' },
  evaluate: { every: '`every:` (event time)', min_group: '`min_group:` (sites)' },
};
/** Parts of bindings. */
const PARTS: Readonly<Record<string, string>> = {
  late: 'the part `.late` (event time)',
  shadow: 'the part `.shadow` (shadow models)',
  training_stats: 'the part `.training_stats` (monitoring)',
  transform: 'the part `.transform`',
  age: 'the part `.age`',
};

function word(words: Readonly<Record<string, string>> | undefined, name: string): string | null {
  return words !== undefined && Object.hasOwn(words, name) ? (words[name] ?? null) : null;
}
/** All of them, by kind: tests hold them against the catalogue. */
export const LATER = { STAGES, FUNCTIONS, CONNECTORS, FORMATS, LEARNERS, OPTIONS, PARTS } as const;
/** Names of later stages, which a misspelt one may have been meant to be. */
export const LATER_STAGES: readonly string[] = Object.keys(STAGES);
export const laterStage = (name: string): string | null => word(STAGES, name);
export const laterFunction = (name: string): string | null => word(FUNCTIONS, name);
export const laterConnector = (name: string): string | null => word(CONNECTORS, name);
export const laterFormat = (name: string): string | null => word(FORMATS, name);
export const laterLearner = (name: string): string | null => word(LEARNERS, name);
export const laterOption = (name: string, owner: string | undefined): string | null =>
  owner === undefined ? null : word(OPTIONS[owner], name);
export const laterPart = (name: string): string | null => word(PARTS, name);
