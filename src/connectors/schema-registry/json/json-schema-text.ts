import type { Json } from '../../../engine/base/json.ts';
import { SchemaDamage } from '../unreadable-schema.ts';

/** One place of a JSON Schema, as far as the documents' types go: limits on their values are not looked at. */
export type JsonSchema = {
  /** As a message tells it: `string (date-time)`. */
  readonly told: string;
  readonly isNullable: boolean;
} & (
  | { readonly kind: 'boolean' | 'integer' | 'number' | 'other' }
  | { readonly kind: 'string'; readonly format: string; readonly values: readonly string[] | null }
  | { readonly kind: 'array'; readonly items: Json }
  | { readonly kind: 'object'; readonly fields: readonly JsonSchemaField[] }
);
export interface JsonSchemaField {
  readonly name: string;
  readonly schema: Json;
  readonly isRequired: boolean;
}

type Members = { readonly [key: string]: Json };

/** References and unions of one may lead to another so often. */
const MOST_STEPS = 64;
const OTHER = 'other' as const;

/** The text of a JSON Schema, its places found by reference. References to other documents are not followed. */
export class JsonSchemas {
  readonly whole: Json;
  readonly #resolved = new Map<Json, JsonSchema>();
  readonly #plain = new Map<Json, JsonSchema>();

  private constructor(whole: Json) {
    this.whole = whole;
  }
  /** Throws SchemaDamage for what is no JSON. */
  static of(text: string): JsonSchemas {
    try {
      return new JsonSchemas(JSON.parse(text) as Json);
    } catch (cause) {
      throw new SchemaDamage('it is not one of JSON', { cause });
    }
  }

  /** Fields of the same place are the same list, so that an object that holds itself is noticed. */
  resolved(schema: Json): JsonSchema {
    const known = this.#resolved.get(schema);
    if (known !== undefined) return known;
    const found = this.#followed(schema, false, 0);
    if (isMembers(schema)) this.#resolved.set(schema, found);
    return found;
  }

  #followed(schema: Json, isNullable: boolean, steps: number): JsonSchema {
    const other = (told: string): JsonSchema => ({ kind: OTHER, told, isNullable });
    if (steps > MOST_STEPS) return other('a reference in a circle');
    if (!isMembers(schema)) return other('anything');
    const { $ref, allOf } = schema;
    if (typeof $ref === 'string') {
      const found = this.#at($ref);
      return found === undefined ? other(`a reference to ${$ref}`) : this.#followed(found, isNullable, steps + 1);
    }
    if (Array.isArray(allOf) && allOf.length === 1 && schema['type'] === undefined) {
      return this.#followed(allOf[0], isNullable, steps + 1);
    }
    const union = schema['oneOf'] ?? schema['anyOf'];
    if (Array.isArray(union)) {
      const branches = union.filter(branch => !isNull(branch));
      const hasNull = branches.length < union.length;
      if (branches.length === 1) return this.#followed(branches[0], isNullable || hasNull, steps + 1);
      return other(`one of ${branches.length} schemas`);
    }
    const found = this.#plain.get(schema) ?? plain(schema);
    this.#plain.set(schema, found);
    return isNullable ? { ...found, isNullable } : found;
  }

  /** By a pointer into this document. */
  #at(reference: string): Json | undefined {
    if (reference !== '#' && !reference.startsWith('#/')) return undefined;
    let found: Json | undefined = this.whole;
    for (const step of reference.split('/').slice(1)) {
      const name = decoded(step).replaceAll('~1', '/').replaceAll('~0', '~');
      found = isMembers(found) && Object.hasOwn(found, name) ? found[name] : undefined;
    }
    return found;
  }
}

function plain(schema: Members): JsonSchema {
  const values = valuesOf(schema);
  const types = typesOf(schema, values);
  const named = types.filter(type => type !== 'null');
  const isNullable = named.length < types.length && (values?.includes(null) ?? true);
  const [type] = named;
  if (type === undefined || named.length > 1) {
    return { kind: OTHER, told: type === undefined ? 'anything' : named.join(' or '), isNullable };
  }
  const base = { told: type, isNullable };
  switch (type) {
    case 'boolean':
    case 'integer':
    case 'number':
      return { kind: type, ...base };
    case 'string': {
      const format = typeof schema['format'] === 'string' ? schema['format'] : '';
      const texts = [...new Set(values?.filter(value => typeof value === 'string'))];
      if (texts.length > 0) return { kind: type, format, values: texts, ...base, told: 'enum' };
      return { kind: type, format, values: null, ...base, told: format === '' ? type : `${type} (${format})` };
    }
    case 'array': {
      const { items } = schema;
      return isMembers(items) ? { kind: type, items, ...base } : { kind: OTHER, ...base };
    }
    case 'object': {
      const { properties, required } = schema;
      if (!isMembers(properties)) return { kind: OTHER, ...base, told: 'object without properties' };
      const needed = new Set(Array.isArray(required) ? required : []);
      const fields = Object.entries(properties).map(([name, inner]) => ({
        name,
        schema: inner,
        isRequired: needed.has(name),
      }));
      return { kind: type, fields, ...base };
    }
    default:
      return { kind: OTHER, ...base };
  }
}

function valuesOf(schema: Members): readonly Json[] | null {
  if (Array.isArray(schema['enum'])) return schema['enum'];
  return Object.hasOwn(schema, 'const') ? [schema['const']] : null;
}

/** What it says, or else what its values are, or what it has to say of them. */
function typesOf(schema: Members, values: readonly Json[] | null): readonly string[] {
  const { type } = schema;
  if (typeof type === 'string') return [type];
  if (Array.isArray(type)) return [...new Set(type.map(String))];
  if (values !== null) return [...new Set(values.map(typeOfValue))];
  if (schema['properties'] !== undefined) return ['object'];
  return schema['items'] === undefined ? [] : ['array'];
}
function typeOfValue(value: Json): string {
  if (value === null) return 'null';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return Array.isArray(value) ? 'array' : typeof value;
}

const isNull = (schema: Json): boolean => isMembers(schema) && (schema['type'] === 'null' || schema['const'] === null);

function isMembers(json: Json | undefined): json is Members {
  return typeof json === 'object' && json !== null && !Array.isArray(json);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
