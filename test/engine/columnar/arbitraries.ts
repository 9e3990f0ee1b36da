import fc from 'fast-check';
import { FIRST_DAY, FIRST_INSTANT, LAST_DAY, LAST_INSTANT } from '../../../src/engine/columnar/instants.ts';
import type { RowValue } from '../../../src/engine/contract/function.ts';
import type { Field, Schema, Type } from '../../../src/engine/contract/types.ts';

const MAX_INT = 2 ** 53 - 1;

export const intValue: fc.Arbitrary<number> = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -20, max: 20 }) },
  fc.maxSafeInteger(),
  fc.constantFrom(MAX_INT, -MAX_INT, MAX_INT - 1, 2 ** 31, -(2 ** 31), 94906267),
);
export const floatValue: fc.Arbitrary<number> = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer({ min: -20, max: 20 }).map(n => n / 4),
  fc.constantFrom(0, -0, 5e-324, 1.7976931348623157e308, 0.1, 1e21, 1e-7),
);
export const textValue: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'b',
    'abc',
    'A',
    ' x ',
    '12',
    '-3.5',
    '1e3',
    'true',
    '2024-02-29',
    'ß',
    'İ',
    '𝔘x',
    '￿',
    '𐀀',
    '\ufeffa',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
);

const DAY = 86_400_000;
export const timestampValue = fc.oneof(
  fc.integer({ min: (-60_000 * 365 * DAY) / 60_000, max: 100 * 365 * DAY }),
  fc.constantFrom(0, -1, 951_782_400_000, FIRST_INSTANT, LAST_INSTANT),
);
export const dateValue = fc.oneof(
  fc.integer({ min: -40_000, max: 40_000 }),
  fc.constantFrom(0, -1, 11_016, FIRST_DAY, LAST_DAY),
);

/** A value of the type, never null. */
export function valueOfType(type: Type): fc.Arbitrary<RowValue> {
  switch (type.kind) {
    case 'bool':
      return fc.boolean();
    case 'int':
      return intValue;
    case 'float':
      return floatValue;
    case 'timestamp':
      return timestampValue;
    case 'date':
      return dateValue;
    case 'duration':
      return fc.oneof(fc.integer({ min: -10 * DAY, max: 10 * DAY }), intValue);
    case 'enum':
      return fc.constantFrom(...type.values);
    case 'list':
      return fc.array(valueOfType(type.item), { maxLength: 4 });
    case 'record':
      return rowOf({ fields: type.fields });
    case 'features':
      return fc.record<Record<string, RowValue>>(
        Object.fromEntries(type.names.map(name => [name, fc.option(floatValue)])),
      );
    default:
      return textValue;
  }
}

export function rowOf(schema: Schema): fc.Arbitrary<Record<string, RowValue>> {
  const members = schema.fields.map(field => [
    field.name,
    field.nullable ? fc.option(valueOfType(field.type)) : valueOfType(field.type),
  ]);
  return fc.record(Object.fromEntries(members)) as fc.Arbitrary<Record<string, RowValue>>;
}

const scalarType: fc.Arbitrary<Type> = fc.constantFrom<Type>(
  { kind: 'bool' },
  { kind: 'int' },
  { kind: 'float' },
  { kind: 'string' },
  { kind: 'timestamp' },
  { kind: 'date' },
  { kind: 'duration' },
  { kind: 'enum', values: ['No', 'Ch', 'Σ'] },
);
/** Any type a column can hold, nested up to two deep. */
export const anyType: fc.Arbitrary<Type> = fc.oneof(
  { weight: 5, arbitrary: scalarType },
  scalarType.map((item): Type => ({ kind: 'list', item })),
  scalarType.map((item): Type => ({ kind: 'list', item: { kind: 'list', item } })),
  fc.array(fc.tuple(scalarType, fc.boolean()), { minLength: 1, maxLength: 3 }).map(
    (types): Type => ({
      kind: 'record',
      fields: types.map(([type, nullable], i) => ({ name: `m${i}`, type, nullable })),
    }),
  ),
  fc
    .integer({ min: 1, max: 3 })
    .map((n): Type => ({ kind: 'features', names: Array.from({ length: n }, (_, i) => `f=${i}`) })),
);
export const anySchema: fc.Arbitrary<Schema> = fc
  .array(fc.tuple(anyType, fc.boolean()), { minLength: 1, maxLength: 6 })
  .map(types => ({
    fields: types.map(
      ([type, nullable], i): Field => ({ name: `c${i}`, type, nullable: nullable && type.kind !== 'features' }),
    ),
  }));

export const anyRows = anySchema.chain(schema =>
  fc.record({ schema: fc.constant(schema), rows: fc.array(rowOf(schema), { maxLength: 24 }) }),
);
