import type { FakeSubjects } from './fake-schema-registry.ts';

const record = (name: string, fields: readonly object[]) => ({ type: 'record', name, fields });
const avro = (name: string, fields: readonly object[]) => ({ schema: JSON.stringify(record(name, fields)) });

/** What a registry knows in tests: a subject of each kind, and some that are of no use. */
export const SUBJECTS: FakeSubjects = {
  'ehr.visits-value': [
    avro('ehr.Visit', [{ name: 'patient', type: 'string' }]),
    avro('ehr.Visit', [
      { name: 'patient', type: 'string' },
      { name: 'admitted', type: { type: 'long', logicalType: 'timestamp-millis' } },
      { name: 'born', type: { type: 'int', logicalType: 'date' } },
      { name: 'ward', type: { type: 'enum', name: 'ehr.Ward', symbols: ['A', 'B'] } },
      { name: 'hr', type: ['null', 'double'], default: null, aliases: ['heart_rate'] },
      { name: 'codes', type: { type: 'array', items: 'string' } },
    ]),
    avro('ehr.Visit', [
      { name: 'patient', type: 'string' },
      { name: 'tags', type: { type: 'map', values: 'string' } },
      { name: 'who', type: ['string', 'long'] },
      { name: 'labs', type: { type: 'array', items: record('ehr.Lab', [{ name: 'raw', type: 'bytes' }]) } },
      { name: 'notes', type: { type: 'array', items: ['null', 'string'] } },
      { name: 'in', type: 'int' },
    ]),
  ],
  'lab.results-value': [
    {
      schemaType: 'PROTOBUF',
      schema: `syntax = "proto3"; package lab; import "google/protobuf/timestamp.proto";
        message Result { string patient = 1; google.protobuf.Timestamp at = 2; optional double value = 3; repeated int64 flags = 4; }`,
    },
  ],
  'ward.notes-value': [
    {
      schemaType: 'JSON',
      schema: JSON.stringify({
        type: 'object',
        properties: {
          patient: { type: 'string' },
          at: { type: 'string', format: 'date-time' },
          beds: { type: ['null', 'integer'] },
          author: { $ref: '#/definitions/person' },
        },
        required: ['patient', 'at', 'author'],
        definitions: { person: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] } },
      }),
    },
  ],
  'counts-value': [{ schema: '"long"' }, { schema: '{' }, { schemaType: 'PROTOBUF', schema: 'syntax = "proto3";' }],
  'hidden-value': 401,
  'broken-value': 500,
};
