import { defineFormat } from '../../../engine/contract/connector.ts';
import { SpanRecordDecoder } from '../../formats/records/span-record-decoder.ts';
import { Staging, stagedColumn } from '../../formats/records/staged-columns.ts';
import { RegisteredDecoder } from '../registered-decoder.ts';
import { SchemaRegistry } from '../registry-client.ts';
import { REGISTRY_OPTIONS } from '../registry-options.ts';
import { recordName, subjectOf } from '../subject.ts';
import { SchemaDamage } from '../unreadable-schema.ts';
import { AvroEncoder, avroSchemaOf } from './avro-encoder.ts';
import { AvroTokenizer } from './avro-tokenizer.ts';
import { parsedAvro } from './parsed-avro.ts';

export const avro = defineFormat({
  name: 'avro',
  summary: 'Avro with a schema registry: a record is the id of the writer’s schema and the binary encoding.',
  extensions: [],
  schemaType: 'AVRO',
  options: REGISTRY_OPTIONS,
  examples: [
    {
      title: 'What other services write',
      flow: 'topic("ehr.vitals") { format: avro, registry: "http://127.0.0.1:8081", schema: Vital, on_bad: dlq("vitals.bad") }',
    },
  ],
  accepts: ({ kind }) => !['tensor', 'secret', 'features'].includes(kind),
  records: {
    decoder(context) {
      const registry = new SchemaRegistry(context.options, context.world);
      const staging = new Staging(context.schema.fields);
      const tokenizer = new AvroTokenizer(context, staging);
      const decoder = new SpanRecordDecoder(context, tokenizer, (rules, slot) => stagedColumn(rules, slot, staging));
      return new RegisteredDecoder(decoder, context.world.clock, async id => {
        const text = await registry.byId(id);
        if (text === null) {
          tokenizer.learn(id, null);
          return false;
        }
        try {
          const type = await parsedAvro(text, (subject, version) => registry.version(subject, version));
          tokenizer.learn(id, { type, text: text.schema });
          return true;
        } catch (error) {
          if (!(error instanceof SchemaDamage)) throw error;
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
