import type { OperationalEntry } from './entry.ts';

/** R4xx: rows and values; most refuse one row, to `on_bad`. */
export const ROWS = {
  R401: {
    title: 'A null where none may be',
    cause: 'A row has no value in a field that is not nullable.',
    hint: 'Declare the field with `?`, or repair the rows.',
  },
  R402: {
    title: 'A value of another type',
    cause: 'A value given for a field has another type than the field.',
    hint: 'Give it in the type of the schema.',
  },
  R403: {
    title: 'A type that cannot be held yet',
    cause: 'Columns of this type, tensors, come with a later version.',
    hint: 'Leave the field out of the schema.',
  },
  R404: {
    title: 'A row that is too large',
    cause: 'One row, or the state of one key, is larger than a frame may be.',
    hint: 'Leave long texts out by `drop`.',
  },
  R405: {
    title: 'A damaged frame',
    cause: 'A frame of columns is damaged, or was written with another schema.',
    hint: 'Raise the version in the flow line, if the schema has changed.',
  },
  R407: {
    title: 'Not Arrow data',
    cause: 'The bytes are no Arrow stream or file, or hold a text that is not UTF-8.',
    hint: 'Check what wrote them; make them again.',
  },
  R408: {
    title: 'An Arrow type without a counterpart',
    cause: 'A column has a type of Arrow that no field can have.',
    hint: 'Leave the column out, or write it as another type.',
  },
  R410: {
    title: 'A number beyond the exact ones',
    cause:
      'A sum or a product left the whole numbers kept exactly (±(2^53 − 1)), or a time the years 0000 to 9999. Nothing is rounded: the row is refused, and on a stream its group stays as it was. An `aggregate` of rows that end stops the run instead, for no one row is at fault.',
    hint: 'Compute in `float`, if that is precise enough: `sum(float(x))`.',
  },
  R411: {
    title: 'Another number of fields',
    cause: 'The record has more or fewer fields than the header.',
    hint: 'Often a delimiter inside an unquoted text. The raw record is kept by `on_bad: dlq(…)`.',
  },
  R412: {
    title: 'A stray quote',
    cause: 'A quote stands where none may, or is never closed.',
    hint: 'A quote inside a quoted field is doubled.',
  },
  R413: { title: 'Not UTF-8', cause: 'The bytes of a text are not valid UTF-8.', hint: 'Save the file as UTF-8.' },
  R414: {
    title: "Not of the field's type",
    cause: 'The text or value cannot be read as the type of the field.',
    hint: 'Declare it as `string` and convert, or name its markers of missing values by `nulls:`.',
  },
  R415: {
    title: 'Outside the range',
    cause: 'The number is outside the range of its field, or beyond the whole numbers kept exactly.',
    hint: '`on_range: null` takes such values as missing.',
  },
  R416: {
    title: 'A missing value',
    cause: 'A value is missing in a field that is not nullable.',
    hint: 'Declare the field with `?`, if it may be missing.',
  },
  R417: {
    title: 'Not a value of the enum',
    cause: 'The text is none of the values declared.',
    hint: 'Add it to the enum, or declare the field as `string`.',
  },
  R418: {
    title: 'A record that is too long',
    cause: 'The record is longer than the limit; often a quote was never closed.',
    hint: 'Check the quotes near its beginning.',
  },
  R419: {
    title: 'Not a JSON object',
    cause: 'The line is not one JSON object.',
    hint: 'Each line holds one object: JSON lines, not a JSON array.',
  },
  R420: {
    title: 'Nested too deeply',
    cause: 'The record is nested deeper than the limit.',
    hint: 'Flatten it before it comes here, or send the part that is wanted alone.',
  },
  R421: {
    title: 'A record that cannot be read, under `on_bad: fail`',
    cause: 'The flow asks to stop at the first record that cannot be read. Nothing after the last commit was written.',
    hint: 'Repair the record, or keep such records aside: `on_bad: dlq("…")`.',
  },
  R422: {
    title: 'A row refused by a stage, under `on_bad: fail`',
    cause: 'A stage refused a row, for instance since a number would overflow, and the flow asks to stop.',
    hint: 'Keep such rows aside: `on_bad: dlq("…")`.',
  },
  R423: {
    title: 'Too much cannot be read',
    cause: 'Very many records in a row cannot be read: the source is most likely not what the flow says.',
    hint: 'Check `format:`, `delimiter:` and the schema against the first lines.',
  },
  R424: {
    title: 'A record without a value',
    cause:
      'The record of a topic has a key and no value: a tombstone, by which a compacted topic tells that the key is gone.',
    hint: 'Where they are to be expected, pass over them by `tombstones: skip`.',
  },
  R425: {
    title: 'A record without the id of a schema',
    cause:
      'Records of this format begin with a zero and the id of their writer’s schema in a registry. This one does not.',
    hint: 'See how the topic is written: plain JSON is `format: json`.',
  },
  R426: {
    title: 'A schema the flow cannot read',
    cause:
      'The record was written by a schema that lacks a field the flow needs, or has it with a type the flow’s cannot be read from; or the schema is of another format, or the registry does not know it (an unknown one is asked again after 10 s). The reason shows both.',
    hint: 'Change the flow’s schema to fit, as by making a field nullable; or keep such records aside by `on_bad: dlq("…")`.',
  },
  R427: {
    title: 'A record that is not what its schema says',
    cause: 'The bytes of the record end too early, or go on behind it, by the schema whose id they begin with.',
    hint: 'See whether the topic’s writers and the flow use one registry.',
  },
  R428: {
    title: 'A time the topic does not take',
    cause:
      'A sink gives its records a time by `timestamp:`, and that of the row is further from now than the topic takes; the brokers would refuse the whole commit. The reason names the setting of the topic.',
    hint: 'Such times are mostly wrong ones: keep the rows aside by `on_bad: dlq("…")` of the source, or leave out `timestamp:`. Where they are right, have the setting raised: `message.timestamp.after.max.ms` is an hour unless set.',
  },
  R430: {
    title: 'A null among the training values',
    cause: 'A column that learning needs whole has nulls.',
    hint: 'Leave such rows out: `where x != null`.',
  },
  R431: {
    title: 'A rule without a label',
    cause: 'A rule of the pipeline learns from the label (`target`), and `fit` was not told which column that is.',
    hint: 'Write `fit prep, label: soon`.',
  },
  R432: {
    title: 'A row without a probability',
    cause: 'The probability to be evaluated is null in a row.',
    hint: 'Keep the rows that have one: `where p != null`.',
  },
  R433: {
    title: 'Nothing to choose by',
    cause: 'There is no validation row.',
    hint: 'Look at the shares of the split, and at the stages before `choose`.',
  },
  R434: {
    title: 'No probability',
    cause: 'What is to be evaluated as a probability lies outside 0 to 1 in a row.',
    hint: 'Give `evaluate` what `score` gives, or keep the rows that have a probability: `where p >= 0.0 and p <= 1.0`.',
  },
  R435: {
    title: 'No model can be chosen',
    cause:
      'The metric to choose by is undefined on the validation rows for every model: most often they hold one class only.',
    hint: 'Choose by `log_loss` or `brier`, or give validation a larger share.',
  },
  R440: {
    title: 'A key that is twice in a joined table',
    cause: 'Two rows of the table on the right of a `join` have the same key, so it cannot be said which one is meant.',
    hint: 'Make the key unique first, by `aggregate`, or write `match: many` for a row per match.',
  },
} as const satisfies Record<string, OperationalEntry>;
