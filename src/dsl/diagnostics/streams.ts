import type { CatalogueEntry } from './entry.ts';

/** E4xx: streams, tables and state. */
export const STREAMS = {
  E401: {
    title: 'No event time',
    message: '{stage} needs event time, and these rows have none',
    hint: 'Name the field that says when it happened, at the source: `time: ts`.',
    explanation:
      'Windows and joins by time go by when things happened, not by when they arrived, so that a replay gives the same.',
    bad: 'source vitals = topic("v") { format: json, schema: Vital, on_bad: fail }',
    good: 'source vitals = topic("v") { format: json, schema: Vital, time: ts, on_bad: fail, on_late: drop }',
  },
  E402: {
    title: 'Not rows',
    message: '{stage} takes {expected}, and is given {found}',
    hint: '{hint}',
    defaults: { expected: 'rows', hint: '' },
    explanation: 'Some stages take rows, some a model, some a report. The stage before this one gives something else.',
    bad: 'let x = rows | train gbdt, label: soon | where age > 18',
    good: 'let x = rows | where age > 18 | train gbdt, label: soon',
  },
  E405: {
    title: 'State without a bound',
    message: '`{stage}` would have to keep all rows of a stream that never ends: {reason}',
    hint: '{hint}',
    defaults: { hint: 'Bound it: read a file or a table, or aggregate by a key.' },
    explanation:
      'What must see every row first can never begin on a stream without an end, and what must remember every row runs out of memory.',
    bad: 'let sorted = vitals | sort by: ts',
    good: 'let recent = file_of_vitals | sort by: ts',
  },
  E406: {
    title: 'An endless stream joined to one that ends',
    message: 'one of these streams ends and the other does not',
    hint: 'Join the rows of the one that ends by `join`, or read both from topics.',
    explanation: 'A union of the two would give first one and then the other or a mixture left to chance.',
    bad: 'let all = live | union history',
    good: 'let all = live | union other_live',
  },
  E407: {
    title: 'A time to live without a use',
    message: '`ttl:` bounds the groups of a stream, and {reason}',
    hint: 'Leave it out.',
    explanation:
      'Of rows that end every group gives its row at the end, and the order of rows in time is no matter of the clock: a time to live would make the result depend on when the flow was run. One group alone does not grow.',
    bad: 'let counts = file_of_visits | aggregate by: patient, ttl: 30d { n = count() }',
    good: 'let counts = live_visits | aggregate by: patient, ttl: 30d { n = count() }',
  },
  E410: {
    title: 'Nothing said about rows that cannot be read',
    message: 'the source `{name}` does not say what happens to {what}',
    hint: 'Add `{option}: fail` to stop, `{option}: drop` to leave them out, or `{option}: dlq("{name}.bad")` to keep them aside.',
    defaults: { what: 'rows that cannot be read', option: 'on_bad' },
    explanation:
      'Sooner or later a row is malformed. What then happens is a decision about patients, so the flow states it. They are counted in any case.',
    bad: 'source visits = file("visits.csv") { schema: Visit }',
    good: 'source visits = file("visits.csv") { schema: Visit, on_bad: fail }',
  },
  E411: {
    title: 'A source without a schema',
    message: 'the source `{name}` has no schema',
    hint: 'Declare one by a `schema` statement, and add `schema: NAME`.',
    explanation: 'Types, nulls and what is personal are declared, not guessed from the first rows.',
    bad: 'source visits = file("visits.csv") { on_bad: fail }',
    good: 'source visits = file("visits.csv") { schema: Visit, on_bad: fail }',
  },
  E412: {
    title: 'A format that cannot be told',
    message: 'the format of `{name}` cannot be told',
    hint: 'Add `format: csv`, `format: json` or `format: arrow`.',
    explanation: 'File names such as `.csv`, `.csv.gz` and `.ndjson` imply a format. Other names do not.',
    bad: 'source visits = file("visits") { schema: Visit, on_bad: fail }',
    good: 'source visits = file("visits") { format: json, schema: Visit, on_bad: fail }',
  },
  E413: {
    title: 'A table that never ends',
    message: '{of} needs all rows of `{name}`, which never ends',
    hint: 'Declare it as a `table` with a key, or read it from a file.',
    explanation: 'A side input is read whole before the first row is joined.',
    bad: 'let both = visits | join live_labs, on: id',
    good: 'let both = visits | join lab_table, on: id',
  },
  E414: {
    title: 'A format no record is in',
    message: 'records of a topic cannot be in the format `{format}`',
    hint: '{hint}',
    defaults: { hint: 'Use `format: json`.' },
    explanation:
      'Each record of a topic is one row. A format whose rows have a head in common, or lie together in columns, has no such rows.',
    bad: 'source visits = topic("visits") { format: csv, schema: Visit, on_bad: fail }',
    good: 'source visits = topic("visits") { format: json, schema: Visit, on_bad: fail }',
  },
  E415: {
    title: 'A part of a record where there is none',
    message: '`{part}` is a part of a record of a topic, and this source reads none',
    hint: 'Give the name of a column or path as a text, as in `id: "PATIENT_ID"`.',
    explanation:
      'The records of a topic have a key, a time and headers besides their value, from which `map:` may fill fields. Files have none.',
    bad: 'source visits = file("visits.csv") { schema: Visit, map: { id: key() }, on_bad: fail }',
    good: 'source visits = topic("visits") { format: json, schema: Visit, map: { id: key() }, on_bad: fail }',
  },
  E416: {
    title: 'A format of records alone',
    message: 'nothing but records of a topic can be in the format `{format}`',
    hint: '{hint}',
    defaults: { hint: 'Use `format: json`.' },
    explanation:
      'Each record begins with the id of a schema in a registry, and is a row by itself. Files say what they hold in other ways.',
    bad: 'source visits = file("visits.bin") { format: avro, schema: Visit, on_bad: fail }',
    good: 'source visits = topic("visits") { format: avro, schema: Visit, on_bad: fail }',
  },
} as const satisfies Record<string, CatalogueEntry>;
