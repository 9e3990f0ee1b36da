import { canonicalJson } from '../engine/base/json.ts';
import type { Field, Schema, Type } from '../engine/contract/types.ts';
import { typeText } from '../engine/contract/types.ts';

/** The type of what could not be checked: one mistake has been reported, and nothing that touches this reports another. */
export const UNKNOWN_TYPE: Type = Object.freeze({ kind: 'record', fields: Object.freeze([]) as readonly Field[] });
/** The type of a bare `null`, until its place gives it one. */
export const NULL_TYPE: Type = Object.freeze({ kind: 'record', fields: Object.freeze([]) as readonly Field[] });

export const BOOL: Type = Object.freeze({ kind: 'bool' });
export const INT: Type = Object.freeze({ kind: 'int' });
export const FLOAT: Type = Object.freeze({ kind: 'float' });
export const STRING: Type = Object.freeze({ kind: 'string' });

export function isNumber(type: Type): boolean {
  return type.kind === 'int' || type.kind === 'float';
}

function sameType(a: Type, b: Type): boolean {
  return a === b || (a !== NULL_TYPE && b !== NULL_TYPE && canonicalJson(a) === canonicalJson(b));
}

/** The one type that holds both, or null: int in float, enums in their union, enum in string. */
export function joinTypes(a: Type, b: Type): Type | null {
  if (a === NULL_TYPE) return b;
  if (b === NULL_TYPE || sameType(a, b)) return a;
  if (isNumber(a) && isNumber(b)) return FLOAT;
  if (a.kind === 'enum' && b.kind === 'enum') {
    return { kind: 'enum', values: [...new Set([...a.values, ...b.values])] };
  }
  if ((a.kind === 'enum' && b.kind === 'string') || (a.kind === 'string' && b.kind === 'enum')) return STRING;
  if (a.kind === 'list' && b.kind === 'list') {
    const item = joinTypes(a.item, b.item);
    return item === null ? null : { kind: 'list', item };
  }
  return null;
}

/** Whether a value of `from` may stand where `to` is wanted, perhaps after a widening. */
export function assignable(from: Type, to: Type): boolean {
  if (from === UNKNOWN_TYPE || to === UNKNOWN_TYPE || from === NULL_TYPE || sameType(from, to)) return true;
  if (from.kind === 'int' && to.kind === 'float') return true;
  if (from.kind === 'enum' && to.kind === 'string') return true;
  if (from.kind === 'enum' && to.kind === 'enum') return from.values.every(value => to.values.includes(value));
  if (from.kind === 'list' && to.kind === 'list') return assignable(from.item, to.item);
  if (from.kind === 'tensor' && to.kind === 'tensor') {
    return (
      from.shape.length === to.shape.length &&
      from.shape.every(
        (size, at) => typeof size === 'string' || typeof to.shape[at] === 'string' || size === to.shape[at],
      )
    );
  }
  return false;
}

/** A type for a message: as a user writes it, long enums cut. */
export function describeType(type: Type, nullable = false): string {
  if (type === NULL_TYPE) return 'null';
  if (type.kind === 'enum' && type.values.length > 4) {
    const shown = type.values.slice(0, 3).map(value => JSON.stringify(value));
    return `enum(${shown.join(', ')}, … ${type.values.length} values)${nullable ? '?' : ''}`;
  }
  if (type.kind === 'record') return `record${nullable ? '?' : ''}`;
  return typeText(type, nullable);
}

/** The fields a person sees: hidden ones are there for stages, not for `*`. */
export function visibleFields(schema: Schema): readonly Field[] {
  return schema.fields.filter(field => field.hidden !== true);
}

/** The neutral value of a type: what a test row holds for a field it does not name. */
export function neutralValue(field: Pick<Field, 'type' | 'range'>): boolean | number | string | readonly never[] {
  switch (field.type.kind) {
    case 'bool':
      return false;
    case 'int':
    case 'float': {
      const { low, high } = field.range ?? {};
      if (low !== undefined && low > 0) return low;
      return high !== undefined && high < 0 ? high : 0;
    }
    case 'timestamp':
    case 'date':
    case 'duration':
      return 0;
    case 'enum':
      return field.type.values[0] ?? '';
    case 'list':
      return [];
    default:
      return '';
  }
}
