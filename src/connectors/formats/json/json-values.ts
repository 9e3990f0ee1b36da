import type { RowValue } from '../../../engine/contract/function.ts';
import type { Field, Type } from '../../../engine/contract/types.ts';
import type { RowErrorCode } from '../../row-errors.ts';
import {
  BAD_ENUM,
  BAD_MISSING,
  BAD_RANGE,
  BAD_TYPE,
  BAD_UTF8,
  explainState,
  type FieldRules,
} from '../spans/span-column.ts';
import { trimBlanks } from '../text/blanks.ts';
import { floatOfText, intOfText } from '../text/decimal.ts';
import { durationOfText } from '../text/duration.ts';
import { dateOfBytes, timestampOfBytes } from '../text/iso-time.ts';

/** A value inside a list or record that is refused. */
export class ValueError extends Error {
  readonly code: RowErrorCode;
  constructor(field: Field, state: number) {
    const { code, reason } = explainState(field, state);
    super(reason);
    this.code = code;
  }
}

/** A number as it was written: integers are read from that exactly. */
class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Parsed = null | boolean | string | NumberText | Parsed[] | { readonly [key: string]: Parsed };

/** Reads lists and records, well-formed JSON text each. The rules are those of top-level fields. */
export class JsonValueReader {
  readonly #rules: FieldRules;

  constructor(rules: FieldRules) {
    this.#rules = rules;
  }

  /** Throws ValueError for what does not fit. */
  read(text: string): RowValue {
    const keepNumbers = (_key: string, value: unknown, context?: { source?: string }): unknown =>
      typeof value === 'number' ? new NumberText(context?.source ?? String(value)) : value;
    return this.#value(JSON.parse(text, keepNumbers) as Parsed, this.#rules.field);
  }

  #value(value: Parsed, field: Field): RowValue {
    const read = this.#present(value, field);
    if (read === null && !field.nullable) throw new ValueError(field, BAD_MISSING);
    return read;
  }

  #present(value: Parsed, field: Field): RowValue {
    const { type } = field;
    if (value === null || (typeof value === 'string' && this.#rules.nulls.includes(value))) return null;
    switch (type.kind) {
      case 'list': {
        if (!Array.isArray(value)) throw new ValueError(field, BAD_TYPE);
        const item: Field = { name: `${field.name}[]`, type: type.item, nullable: false };
        return value.map(one => this.#value(one, item));
      }
      case 'record': {
        if (typeof value !== 'object' || Array.isArray(value) || value instanceof NumberText) {
          throw new ValueError(field, BAD_TYPE);
        }
        const members = type.fields.map(inner => {
          const named = { ...inner, name: `${field.name}.${inner.name}` };
          return [inner.name, this.#value(Object.hasOwn(value, inner.name) ? value[inner.name] : null, named)];
        });
        return Object.fromEntries(members) as RowValue;
      }
      case 'bool':
        if (typeof value !== 'boolean') throw new ValueError(field, BAD_TYPE);
        return value;
      case 'int':
      case 'float':
        if (!(value instanceof NumberText)) throw new ValueError(field, BAD_TYPE);
        return this.#number(type.kind === 'int' ? intOfText(value.text) : floatOfText(value.text), field);
      default:
        if (typeof value !== 'string') throw new ValueError(field, BAD_TYPE);
        return this.#text(value, field, type);
    }
  }

  #text(text: string, field: Field, type: Type): RowValue {
    if (!text.isWellFormed()) throw new ValueError(field, BAD_UTF8);
    if (type.kind === 'string' || type.kind === 'secret') return text;
    if (type.kind === 'enum') {
      if (type.values.includes(text)) return text;
      if (text === '') return null;
      throw new ValueError(field, BAD_ENUM);
    }
    const trimmed = trimBlanks(text);
    if (trimmed === '') return null;
    if (type.kind === 'duration') return this.#number(durationOfText(trimmed), field);
    const bytes = new TextEncoder().encode(trimmed);
    const read =
      type.kind === 'date'
        ? dateOfBytes(bytes, 0, bytes.length)
        : timestampOfBytes(bytes, 0, bytes.length, this.#rules.zone);
    return this.#number(read, field);
  }

  #number(value: number, field: Field): RowValue {
    if (Number.isNaN(value)) throw new ValueError(field, BAD_TYPE);
    const { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY } = field.range ?? {};
    if (!Number.isFinite(value) && field.type.kind === 'float') return null;
    if (Number.isFinite(value) && value >= low && value <= high) return value;
    if (this.#rules.onRange === 'null') return null;
    throw new ValueError(field, BAD_RANGE);
  }
}
