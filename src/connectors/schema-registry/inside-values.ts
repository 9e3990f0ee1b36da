import type { RowValue } from '../../engine/contract/function.ts';
import type { Field, Type } from '../../engine/contract/types.ts';
import { BAD_ENUM, BAD_INSIDE, BAD_MISSING } from '../formats/spans/span-column.ts';

/** Something inside a list or record that the flow does not take; `state` is what becomes of the whole. */
export class BadInside extends Error {
  readonly state: number;
  constructor(state: number) {
    super('a value inside is bad');
    this.state = state;
  }
}

/** Numbers and bools there, as their field takes them. Throws BadInside. */
export function numberInside<R>(
  { type, nullable, range }: Field,
  read: (reader: R) => number,
): (reader: R) => RowValue {
  const { low = Number.NEGATIVE_INFINITY, high = Number.POSITIVE_INFINITY } = range ?? {};
  return reader => {
    const value = read(reader);
    if (type.kind === 'bool') return value === 1;
    if (type.kind === 'float' && !Number.isFinite(value)) {
      if (!nullable) throw new BadInside(BAD_MISSING);
      return null;
    }
    if (!(value >= low && value <= high)) throw new BadInside(BAD_INSIDE);
    return value;
  };
}

/** Texts there; a symbol that its schema does not have is null. Throws BadInside. */
export function textInside<R>(type: Type, read: (reader: R) => string | null): (reader: R) => RowValue {
  return reader => {
    const text = read(reader);
    if (text === null || (type.kind === 'enum' && !type.values.includes(text))) throw new BadInside(BAD_ENUM);
    return text;
  };
}
