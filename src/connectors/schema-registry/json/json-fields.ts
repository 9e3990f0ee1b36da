import type { Held, RegisteredField } from '../../../engine/contract/registered-schema.ts';
import { type Field, type Type, typeText } from '../../../engine/contract/types.ts';
import { SchemaDamage } from '../unreadable-schema.ts';
import { type JsonSchema, type JsonSchemaField, JsonSchemas } from './json-schema-text.ts';

/** Lists and objects may lie in one another so deep. */
const MOST_DEEP = 64;

/** The fields of the objects a JSON Schema is of. Throws SchemaDamage where it is of something else. */
export function jsonFields(text: string): readonly RegisteredField[] {
  const schemas = JsonSchemas.of(text);
  const whole = schemas.resolved(schemas.whole);
  if (whole.kind !== 'object') throw new SchemaDamage(`it is of ${whole.told}, no object with properties`);
  const types = new JsonTypes(schemas);
  return whole.fields.map(({ name, schema, isRequired }) => {
    const found = schemas.resolved(schema);
    return {
      name,
      aliases: [],
      told: found.told,
      holds: nullableUnless(isRequired, types.held(found, name, [whole.fields])),
      unreadable: wanted => unreadable(found, wanted, name, schemas),
    };
  });
}

const nullableUnless = (isRequired: boolean, held: Held): Held =>
  'why' in held || isRequired ? held : { ...held, nullable: true };

/** The types of a schema's places. What is referred to twice is one type, however often it is written out. */
class JsonTypes {
  readonly #schemas: JsonSchemas;
  readonly #records = new Map<readonly JsonSchemaField[], Type>();

  constructor(schemas: JsonSchemas) {
    this.#schemas = schemas;
  }

  /** `around`: the fields and items it is in, for what holds itself has no type. */
  held(schema: JsonSchema, place: string, around: readonly unknown[]): Held {
    const { isNullable: nullable } = schema;
    const none: Held = { why: { place, told: schema.told } };
    switch (schema.kind) {
      case 'boolean':
        return { type: { kind: 'bool' }, nullable };
      case 'integer':
        return { type: { kind: 'int' }, nullable };
      case 'number':
        return { type: { kind: 'float' }, nullable };
      case 'string':
        if (schema.values !== null) return { type: { kind: 'enum', values: schema.values }, nullable };
        return { type: { kind: TIMES[schema.format] ?? 'string' }, nullable };
      case 'array': {
        if (around.length >= MOST_DEEP || around.includes(schema.items)) return none;
        const item = this.#schemas.resolved(schema.items);
        const held = this.held(item, `${place}[]`, [...around, schema.items]);
        if ('why' in held) return held;
        // A list has no nulls in it.
        if (held.nullable) return { why: { place: `${place}[]`, told: `${item.told} or null` } };
        return { type: { kind: 'list', item: held.type }, nullable };
      }
      case 'object': {
        const known = this.#records.get(schema.fields);
        if (known !== undefined) return { type: known, nullable };
        if (around.length >= MOST_DEEP || around.includes(schema.fields)) return none;
        const fields: Field[] = [];
        for (const { name, schema: inner, isRequired } of schema.fields) {
          const found = this.held(this.#schemas.resolved(inner), `${place}.${name}`, [...around, schema.fields]);
          const held = nullableUnless(isRequired, found);
          if ('why' in held) return held;
          fields.push({ name, ...held });
        }
        const type: Type = { kind: 'record', fields };
        this.#records.set(schema.fields, type);
        return { type, nullable };
      }
      default:
        return none;
    }
  }
}

const TIMES: Readonly<Record<string, 'timestamp' | 'date'>> = { 'date-time': 'timestamp', date: 'date' };

/** Why documents of the schema have no value of the flow's type there, as they are decoded; null: they may. */
function unreadable(schema: JsonSchema, type: Type, name: string, schemas: JsonSchemas): string | null {
  if (type.kind === 'list' && schema.kind === 'array') {
    return unreadable(schemas.resolved(schema.items), type.item, `${name}[]`, schemas);
  }
  if (type.kind === 'record' && schema.kind === 'object') {
    for (const field of type.fields) {
      const found = schema.fields.find(one => one.name === field.name);
      if (found === undefined && !field.nullable) return `\`${name}\` has no field \`${field.name}\``;
      if (found === undefined) continue;
      const why = unreadable(schemas.resolved(found.schema), field.type, `${name}.${field.name}`, schemas);
      if (why !== null) return why;
    }
    return null;
  }
  return fits(schema, type) ? null : `\`${name}\` is ${schema.told} there and ${typeText(type)} in the flow`;
}

function fits(schema: JsonSchema, { kind }: Type): boolean {
  switch (kind) {
    case 'bool':
      return schema.kind === 'boolean';
    case 'int':
      return schema.kind === 'integer';
    case 'float':
      return schema.kind === 'integer' || schema.kind === 'number';
    case 'string':
    case 'enum':
      return schema.kind === 'string';
    case 'timestamp':
    case 'date':
    case 'duration':
      // Times mostly go as texts of which their schema says no more.
      if (schema.kind !== 'string' || schema.values !== null) return false;
      return schema.format === '' || (TIMES[schema.format] ?? schema.format) === kind;
    default:
      return false;
  }
}
