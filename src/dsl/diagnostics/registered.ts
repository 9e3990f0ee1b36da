import type { CatalogueEntry } from './entry.ts';

/** E71x: schemas that are read from a registry. */
export const REGISTERED = {
  E710: {
    title: 'A schema registry that is not to be had',
    message: '{why}',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation:
      'A `schema … from registry(…)` is read before anything else of the flow is looked at, and again at every start. A registry that does not answer is asked again for 10 s. The exit code is 4, as for all that is wrong with the world and not with the flow.',
    bad: 'schema Visit from registry("ehr.visits-value", version: 3, url: "http://127.0.0.1:1")',
    good: 'schema Visit from registry("ehr.visits-value", version: 3, url: "http://127.0.0.1:8081")',
  },
  E711: {
    title: 'A schema the registry does not have',
    message: '{what} has no {lacks}',
    hint: '{hint}',
    explanation:
      'A subject is mostly the name of a topic with `-value` behind it; its versions are counted from 1. One that was deleted is not there any more.',
    bad: 'schema Visit from registry("ehr.visits-value", version: 30)',
    good: 'schema Visit from registry("ehr.visits-value", version: 3)',
  },
  E712: {
    title: 'A schema registry that refuses',
    message: '{why}',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation:
      'The registry wants to know who asks, or does not let them see the subject. User and password come from the environment, never from the text of a flow. The exit code is 4.',
    bad: 'schema Visit from registry("ehr.visits-value", version: 3)',
    good: 'schema Visit from registry("ehr.visits-value", version: 3, user: env("REGISTRY_USER"), password: env("REGISTRY_PASSWORD"))',
  },
  E713: {
    title: 'A registered schema without a version',
    message: 'the version of `{subject}` has to be a number that is written here',
    hint: '{hint}',
    explanation:
      'The same text has to give the same plan on every machine and at every start. With the latest version a flow would change whenever somebody registers another schema, and processes of one stream would disagree.',
    bad: 'schema Visit from registry("ehr.visits-value")',
    good: 'schema Visit from registry("ehr.visits-value", version: 3)',
  },
  E714: {
    title: 'A registered schema that cannot be read',
    message: '{subject} is no schema of rows: {why}',
    hint: 'Look at it in the registry; it has to be a record of Avro, a message of Protobuf, or a JSON Schema of objects with properties.',
    explanation:
      'Rows have fields. A schema of a plain value, or one that is damaged or of a kind that is not known, has none.',
    bad: 'schema Count from registry("counts-value", version: 1) // "long"',
    good: 'schema Count { n: int }',
  },
  E715: {
    title: 'A field the registered schema lacks',
    message: '{subject} has no field `{field}`',
    hint: '{hint}',
    explanation:
      'Fields in braces are held against the registered schema. Those that are filled from a record’s key, time or headers are no part of it: put them into a schema that takes this one over.',
    bad: 'schema Visit from registry("ehr.visits-value", version: 3) { patient: string, wards: string }',
    good: 'schema Visit from registry("ehr.visits-value", version: 3) { patient: string, ward: string }',
  },
  E716: {
    title: 'A type the registered one is not read as',
    message: '{subject} does not fit: {why}',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation:
      'Every row would be bad (R414, R426). What is read as what is in `docs/topics.md`; a value that may be null there may be refused here, then rows without it are bad.',
    bad: 'schema Visit from registry("ehr.visits-value", version: 3) { patient: int }',
    good: 'schema Visit from registry("ehr.visits-value", version: 3) { patient: string }',
  },
  E717: {
    title: 'A registered field without a type',
    message: '`{field}` of {subject} is {told} there, {why}',
    hint: '{hint}',
    defaults: { hint: '', why: 'which no type here holds' },
    explanation:
      'Without braces, or with `..` in them, a schema has all fields of the registered one, so each needs a type here. Maps, bytes, unions of several types, lists with nulls in them and types that hold themselves have none. Name in braces what the flow wants; what is not named is passed over.',
    bad: 'schema Visit from registry("ehr.visits-value", version: 3)',
    good: 'schema Visit from registry("ehr.visits-value", version: 3) { patient: string, at: timestamp }',
  },
  E718: {
    title: 'A format of another kind than the schema',
    message: 'records in `{format}` are not those of {subject}, which is a schema of {type}',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation: 'Every record would be bad. A file may be in any format: nobody has registered what it holds.',
    bad: 'source visits = topic("ehr.visits") { format: avro, schema: Visit, on_bad: fail } // Visit is registered as Protobuf',
    good: 'source visits = topic("ehr.visits") { format: protobuf, schema: Visit, on_bad: fail }',
  },
} as const satisfies Record<string, CatalogueEntry>;
