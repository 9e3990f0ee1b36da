import { assert } from '../../../engine/base/assert.ts';
import { defineFormat } from '../../../engine/contract/connector.ts';
import { SpanRecordDecoder } from '../../formats/records/span-record-decoder.ts';
import { Staging, stagedColumn } from '../../formats/records/staged-columns.ts';
import { RegisteredDecoder } from '../registered-decoder.ts';
import { SchemaRegistry, type SchemaText } from '../registry-client.ts';
import { REGISTRY_OPTIONS } from '../registry-options.ts';
import { recordName, subjectOf } from '../subject.ts';
import { SchemaDamage } from '../unreadable-schema.ts';
import { AvroEncoder, avroSchemaOf } from './avro-encoder.ts';
import { type Avro, AvroParser } from './avro-schema.ts';
import { AvroTokenizer } from './avro-tokenizer.ts';

/** References of a schema may lie in one another so deep. */
const MOST_DEEP = 16;

export const avro = defineFormat({
  name: 'avro',
  summary: 'Avro with a schema registry: a record is the id of the writer’s schema and the binary encoding.',
  extensions: [],
  recordsOnly: true,
  options: REGISTRY_OPTIONS,
  examples: [
    {
      title: 'What other services write',
      flow: 'topic("ehr.vitals") { format: avro, registry: "http://127.0.0.1:8081", schema: Vital, on_bad: dlq("vitals.bad") }',
    },
  ],
  accepts: ({ kind }) => !['tensor', 'secret', 'features'].includes(kind),
  decoder: () => assert(false, 'files are in other formats') as never,
  encoder: () => assert(false, 'files are in other formats') as never,
  records: {
    decoder(context) {
      const registry = new SchemaRegistry(context.options, context.world);
      const staging = new Staging(context.schema.fields);
      const tokenizer = new AvroTokenizer(context, staging);
      const decoder = new SpanRecordDecoder(context, tokenizer, (rules, slot) => stagedColumn(rules, slot, staging));
      return new RegisteredDecoder(decoder, context.world.clock, async id => {
        const text = await registry.byId(id);
        try {
          tokenizer.learn(id, text === null ? null : { type: await parsed(registry, text), text: text.schema });
          return text !== null;
        } catch (error) {
          if (text === null || !(error instanceof SchemaDamage)) throw error;
          tokenizer.refuse(id, error.message, text.schema);
          // A schema it refers to may be what the registry does not have yet.
          return false;
        }
      });
    },
    async encoder({ options, schema, topic, world }) {
      const name = recordName(topic, options.record);
      const text = avroSchemaOf(schema, name);
      const registry = new SchemaRegistry(options, world);
      return new AvroEncoder(await registry.idOf(subjectOf(options.subject, topic, name), { schema: text }));
    },
  },
});

/** With the types of other schemas that it refers to. */
async function parsed(registry: SchemaRegistry, text: SchemaText): Promise<Avro> {
  const parser = new AvroParser();
  const refer = async ({ references = [] }: SchemaText, depth: number): Promise<void> => {
    for (const { subject, version } of references) {
      const found = depth > MOST_DEEP ? null : await registry.version(subject, version);
      if (found === null) continue;
      await refer(found, depth + 1);
      parser.parse(found.schema);
    }
  };
  await refer(text, 0);
  return parser.parse(text.schema);
}
