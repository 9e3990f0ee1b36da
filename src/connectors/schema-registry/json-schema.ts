import { defineFormat, type EncodedValues } from '../../engine/contract/connector.ts';
import { required } from '../../engine/contract/parameter.ts';
import type { Field, Schema, Type } from '../../engine/contract/types.ts';
import { jsonColumn } from '../formats/json/json-columns.ts';
import { JsonEncoder, linesOf } from '../formats/json/json-encoder.ts';
import { type JsonTokenizer, recordTokenizer } from '../formats/json/json-tokenizer.ts';
import { type RecordTokenizer, SpanRecordDecoder } from '../formats/records/span-record-decoder.ts';
import type { SpanBlock } from '../formats/spans/span-block.ts';
import { SchemaRegistry } from './registry-client.ts';
import { REGISTRY_OPTIONS } from './registry-options.ts';
import { recordName, subjectOf } from './subject.ts';
import { HEADER_BYTES, putHeader, schemaIdIn } from './wire-format.ts';

export const jsonSchema = defineFormat({
  name: 'json_schema',
  summary:
    'JSON with a schema registry: a record is the id of a JSON Schema and a document, which is held against the flow’s schema.',
  extensions: [],
  schemaType: 'JSON',
  options: {
    ...REGISTRY_OPTIONS,
    max_record: required('bytes', 'A record longer than this is refused.', {
      default: 512 * 1024,
      min: 1024,
      max: 16 * 1024 * 1024,
    }),
  },
  examples: [
    {
      title: 'What other services write',
      flow: 'topic("ehr.vitals") { format: json_schema, schema: Vital, on_bad: dlq("vitals.bad") }',
    },
  ],
  accepts: ({ kind }) => !['tensor', 'secret', 'features'].includes(kind),
  records: {
    decoder(context) {
      const tokenizer = recordTokenizer(context, context.options.max_record);
      return new SpanRecordDecoder(context, behindId(tokenizer), jsonColumn);
    },
    async encoder({ options, schema, topic, world }) {
      const name = recordName(topic, options.record);
      const text = jsonSchemaOf(schema, name);
      const registry = new SchemaRegistry(options, world);
      const subject = subjectOf(options.subject, topic, name);
      const id = await registry.idOf(subject, { schema: text, schemaType: 'JSON' });
      const encoder = new JsonEncoder(schema);
      return { encode: batch => withIds(linesOf(encoder.encode(batch), batch.rows), id) };
    },
  },
});

/** The document says by itself what it is: the schema of its writer need not be known. */
function behindId(tokenizer: JsonTokenizer): RecordTokenizer {
  return {
    one(block: SpanBlock, from: number, to: number): boolean {
      return schemaIdIn(block, from, to) >= 0 && tokenizer.one(block, from + HEADER_BYTES, to);
    },
    finish: block => tokenizer.finish(block),
  };
}

function withIds({ bytes, starts, ends }: EncodedValues, id: number): EncodedValues {
  const rows = starts.length;
  const out = new Uint8Array(bytes.length + rows * HEADER_BYTES);
  const from = new Int32Array(rows);
  const to = new Int32Array(rows);
  for (let row = 0, at = 0; row < rows; row++) {
    from[row] = at;
    at = putHeader(out, at, id);
    out.set(bytes.subarray(starts[row], ends[row]), at);
    at += ends[row] - starts[row];
    to[row] = at;
  }
  return { bytes: out, starts: from, ends: to };
}

type Json = string | boolean | number | null | readonly Json[] | { readonly [key: string]: Json };

/** The JSON Schema (draft 7) of rows as they are written: all fields are there, null where they may be. */
export function jsonSchemaOf(schema: Schema, record: string): string {
  const $schema = 'http://json-schema.org/draft-07/schema#';
  return JSON.stringify({ $schema, title: record, ...(objectOf(schema.fields) as object) });
}
function objectOf(fields: readonly Field[]): Json {
  return {
    type: 'object',
    properties: Object.fromEntries(
      fields.map(field => {
        const type = typeOf(field.type);
        return [field.name, field.nullable ? { oneOf: [{ type: 'null' }, type] } : type];
      }),
    ),
    required: fields.filter(field => !field.nullable).map(field => field.name),
  };
}
function typeOf(type: Type): Json {
  switch (type.kind) {
    case 'bool':
      return { type: 'boolean' };
    case 'int':
      return { type: 'integer' };
    case 'float':
      return { type: 'number' };
    case 'timestamp':
      return { type: 'string', format: 'date-time' };
    case 'date':
      return { type: 'string', format: 'date' };
    case 'enum':
      return { type: 'string', enum: type.values };
    case 'list':
      return { type: 'array', items: typeOf(type.item) };
    case 'record':
      return objectOf(type.fields);
    default:
      return { type: 'string' };
  }
}
