import { type Schema, typeText } from '../../engine/contract/types.ts';

/** What a text that is no schema of its format is found by; the message says what it has. */
export class SchemaDamage extends Error {}

/** Of a schema's text as much is shown. */
const MOST_SHOWN = 4_000;

/** Why rows of a writer's schema are bad: with both schemas. */
export function unreadableSchema(id: number, why: string, text: string, { fields }: Schema): string {
  const flow = fields.map(field => `${field.name}: ${typeText(field.type, field.nullable)}`).join(', ');
  const shown = text.slice(0, MOST_SHOWN);
  return `it was written by a schema the flow cannot read: ${why}. Schema ${id}: ${shown} The flow: ${flow}`;
}
export function unknownSchema(id: number): string {
  return `the schema registry knows no schema ${id}`;
}
