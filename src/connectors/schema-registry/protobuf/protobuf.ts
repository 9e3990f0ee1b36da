import { defineFormat } from '../../../engine/contract/connector.ts';
import { SpanRecordDecoder } from '../../formats/records/span-record-decoder.ts';
import { Staging, stagedColumn } from '../../formats/records/staged-columns.ts';
import { RegisteredDecoder } from '../registered-decoder.ts';
import { SchemaRegistry } from '../registry-client.ts';
import { REGISTRY_OPTIONS } from '../registry-options.ts';
import { recordName, subjectOf } from '../subject.ts';
import { SchemaDamage } from '../unreadable-schema.ts';
import { messagesOf } from './descriptor.ts';
import { isWritable, ProtoEncoder, protoSchemaOf } from './proto-encoder.ts';
import { ProtoTokenizer } from './proto-tokenizer.ts';

/** As a registry is asked for a schema's descriptor instead of its text. */
const SERIALIZED = 'serialized';

export const protobuf = defineFormat({
  name: 'protobuf',
  summary:
    'Protobuf with a schema registry: a record is the id of the writer’s schema, which of its messages it is, and the binary encoding.',
  extensions: [],
  schemaType: 'PROTOBUF',
  options: REGISTRY_OPTIONS,
  examples: [
    {
      title: 'What other services write',
      flow: 'topic("ehr.vitals") { format: protobuf, schema: Vital, on_bad: dlq("vitals.bad") }',
    },
  ],
  accepts: isWritable,
  records: {
    decoder(context) {
      const registry = new SchemaRegistry(context.options, context.world);
      const staging = new Staging(context.schema.fields);
      const tokenizer = new ProtoTokenizer(context, staging);
      const decoder = new SpanRecordDecoder(context, tokenizer, (rules, slot) => stagedColumn(rules, slot, staging));
      return new RegisteredDecoder(decoder, context.world.clock, async id => {
        const descriptor = await registry.byId(id, SERIALIZED);
        if (descriptor === null) {
          tokenizer.learn(id, null);
          return false;
        }
        try {
          const messages = messagesOf(descriptor.schema);
          tokenizer.learn(id, { messages, text: messages.map(({ name }) => name).join(', ') });
        } catch (error) {
          if (!(error instanceof SchemaDamage)) throw error;
          tokenizer.refuse(id, error.message, descriptor.schema);
        }
        return true;
      });
    },
    async encoder({ options, schema, topic, world }) {
      const name = recordName(topic, options.record);
      const registry = new SchemaRegistry(options, world);
      const subject = subjectOf(options.subject, topic, name);
      const id = await registry.idOf(subject, { schema: protoSchemaOf(schema, name), schemaType: 'PROTOBUF' });
      return new ProtoEncoder(id);
    },
  },
});
