import type { RegisteredSchema, SchemaType } from '../../engine/contract/registered-schema.ts';
import { avroFields } from './avro/avro-fields.ts';
import { parsedAvro, type Refer } from './avro/parsed-avro.ts';
import { jsonFields } from './json/json-fields.ts';
import { messagesOf } from './protobuf/descriptor.ts';
import { protoFields } from './protobuf/proto-fields.ts';
import type { SchemaText } from './registry-answers.ts';
import { SchemaDamage } from './unreadable-schema.ts';

/** What rows a registered schema is of. Throws SchemaDamage where none can be made of it. */
export async function registeredSchema(text: SchemaText, refer: Refer): Promise<RegisteredSchema> {
  const type = text.schemaType ?? 'AVRO';
  const fields = FIELDS[type as SchemaType];
  if (fields === undefined) throw new SchemaDamage(`its type ${JSON.stringify(type)} is not one that is read`);
  return { type: type as SchemaType, fields: await fields(text, refer) };
}

const FIELDS: Readonly<Record<SchemaType, (text: SchemaText, refer: Refer) => Promise<RegisteredSchema['fields']>>> =
  Object.freeze({
    AVRO: async (text: SchemaText, refer: Refer) => avroFields(await parsedAvro(text, refer)),
    JSON: async ({ schema }: SchemaText) => jsonFields(schema),
    PROTOBUF: async ({ schema }: SchemaText) => protoFields(messagesOf(schema)),
  });
