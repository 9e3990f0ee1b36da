import type { SchemaText } from '../registry-answers.ts';
import { type Avro, AvroParser } from './avro-schema.ts';

/** References of a schema may lie in one another so deep. */
const MOST_DEEP = 16;
/** The schema that a reference is to; null: the registry does not know it. */
export type Refer = (subject: string, version: number) => Promise<SchemaText | null>;

/** A schema of Avro with the types of others that it refers to. */
export async function parsedAvro(text: SchemaText, refer: Refer): Promise<Avro> {
  const parser = new AvroParser();
  const add = async ({ references = [] }: SchemaText, depth: number): Promise<void> => {
    for (const { subject, version } of references) {
      const found = depth > MOST_DEEP ? null : await refer(subject, version);
      if (found === null) continue;
      await add(found, depth + 1);
      parser.parse(found.schema);
    }
  };
  await add(text, 0);
  return parser.parse(text.schema);
}
