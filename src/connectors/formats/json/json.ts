import { defineFormat } from '../../../engine/contract/connector.ts';
import { required } from '../../../engine/contract/parameter.ts';
import { SpanRecordDecoder } from '../records/span-record-decoder.ts';
import { SpanDecoder } from '../spans/span-decoder.ts';
import { jsonColumn } from './json-columns.ts';
import { JsonEncoder, linesOf } from './json-encoder.ts';
import { JsonTokenizer, recordTokenizer } from './json-tokenizer.ts';

export const json = defineFormat({
  name: 'json',
  summary: 'JSON lines: one object a line, UTF-8; surplus keys are passed over.',
  extensions: ['.ndjson', '.jsonl', '.json'],
  schemaType: 'JSON',
  options: {
    max_record: required('bytes', 'A record longer than this is refused.', {
      default: 512 * 1024,
      min: 1024,
      max: 16 * 1024 * 1024,
    }),
  },
  examples: [
    {
      title: 'Fields out of nested objects',
      flow: 'file("vitals.ndjson") { format: json, schema: Vital, map: { age: "patient.age" }, on_bad: dlq("vitals.bad") }',
    },
  ],
  accepts: ({ kind }, use) => !['tensor', 'secret'].includes(kind) && !(kind === 'features' && use === 'read'),
  files: {
    decoder(context) {
      const tokenizer = new JsonTokenizer({
        split: context.split,
        schema: context.schema,
        names: context.names,
        nulls: context.nulls,
        maxRecordBytes: context.options.max_record,
        skipRecords: context.skipRecords,
      });
      return new SpanDecoder(context, tokenizer, jsonColumn);
    },
    encoder: ({ schema }) => new JsonEncoder(schema),
  },
  records: {
    decoder(context) {
      const tokenizer = recordTokenizer(context, context.options.max_record);
      return new SpanRecordDecoder(context, tokenizer, jsonColumn);
    },
    encoder({ schema }) {
      const encoder = new JsonEncoder(schema);
      return { encode: batch => linesOf(encoder.encode(batch), batch.rows) };
    },
  },
});
