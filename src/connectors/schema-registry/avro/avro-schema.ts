import { SchemaDamage } from '../unreadable-schema.ts';

/** A schema of Avro, names resolved: a named type that holds itself is one object. */
export type Avro =
  | {
      readonly kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string';
      readonly logical: string | null;
      /** Of `decimal`. */
      readonly scale: number;
    }
  | { readonly kind: 'fixed'; readonly size: number; readonly logical: string | null; readonly scale: number }
  | { readonly kind: 'enum'; readonly symbols: readonly string[] }
  | { readonly kind: 'array' | 'map'; items: Avro }
  | { readonly kind: 'union'; readonly branches: readonly Avro[] }
  | { readonly kind: 'record'; readonly name: string; fields: readonly AvroField[] };
export interface AvroField {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly type: Avro;
}
export type AvroRecord = Extract<Avro, { kind: 'record' }>;

const PLAIN: ReadonlySet<string> = new Set(['null', 'boolean', 'int', 'long', 'float', 'double', 'bytes', 'string']);
/** So deep types of a schema may lie in one another. */
const MOST_DEEP = 64;

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type Members = { readonly [key: string]: Json };

/** Parses schemas one after another: later ones may refer to named types of earlier ones. */
export class AvroParser {
  readonly #named = new Map<string, Avro>();

  /** Throws SchemaDamage for what is no schema of Avro. */
  parse(text: string): Avro {
    let json: Json;
    try {
      json = JSON.parse(text) as Json;
    } catch {
      // A name alone need not be in quotes.
      json = text.trim();
    }
    return this.#type(json, '', 0);
  }

  #type(json: Json, space: string, depth: number): Avro {
    if (depth > MOST_DEEP) throw wrong(`types more than ${MOST_DEEP} deep`);
    if (typeof json === 'string') return this.#name(json, space);
    if (Array.isArray(json)) {
      return { kind: 'union', branches: json.map(branch => this.#type(branch as Json, space, depth + 1)) };
    }
    if (json === null || typeof json !== 'object') throw wrong('a type that is no text, list or object');
    const members = json as Members;
    const { type } = members;
    if (typeof type !== 'string') return this.#type(type ?? null, space, depth + 1);
    const logical = typeof members['logicalType'] === 'string' ? members['logicalType'] : null;
    const scale = typeof members['scale'] === 'number' ? members['scale'] : 0;
    if (PLAIN.has(type)) return { kind: type as 'null', logical, scale };
    switch (type) {
      case 'array':
        return { kind: 'array', items: this.#type(members['items'] ?? null, space, depth + 1) };
      case 'map':
        return { kind: 'map', items: this.#type(members['values'] ?? null, space, depth + 1) };
      case 'enum': {
        const symbols = members['symbols'];
        if (!Array.isArray(symbols)) throw wrong('an enum without symbols');
        return this.#define(members, space, { kind: 'enum', symbols: symbols.map(String) });
      }
      case 'fixed':
        return this.#define(members, space, { kind: 'fixed', size: Number(members['size']), logical, scale });
      case 'record':
      case 'error':
        return this.#record(members, space, depth);
      default:
        return this.#name(type, space);
    }
  }

  #record(members: Members, space: string, depth: number): Avro {
    const full = fullName(members, space);
    const record: AvroRecord = { kind: 'record', name: full, fields: [] };
    this.#named.set(full, record);
    const inner = full.includes('.') ? full.slice(0, full.lastIndexOf('.')) : '';
    const fields = members['fields'];
    if (!Array.isArray(fields)) throw wrong('a record without fields');
    record.fields = fields.map(json => {
      if (json === null || typeof json !== 'object') throw wrong('a field that is no object');
      const field = json as Members;
      const aliases = Array.isArray(field['aliases']) ? field['aliases'].map(String) : [];
      return { name: String(field['name']), aliases, type: this.#type(field['type'] ?? null, inner, depth + 1) };
    });
    return record;
  }

  #define(members: Members, space: string, type: Avro): Avro {
    this.#named.set(fullName(members, space), type);
    return type;
  }
  #name(name: string, space: string): Avro {
    if (PLAIN.has(name)) return { kind: name as 'null', logical: null, scale: 0 };
    const found = this.#named.get(name) ?? this.#named.get(`${space}.${name}`);
    if (found === undefined) throw wrong(`the name of a type that is not defined`);
    return found;
  }
}

function fullName(members: Members, space: string): string {
  const name = String(members['name']);
  const own = typeof members['namespace'] === 'string' ? members['namespace'] : space;
  return name.includes('.') || own === '' ? name : `${own}.${name}`;
}

function wrong(what: string): SchemaDamage {
  return new SchemaDamage(`it is not one of Avro: it has ${what}`);
}
