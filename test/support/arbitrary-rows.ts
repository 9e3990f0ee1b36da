import fc from 'fast-check';
import type { Row } from '../../src/engine/columnar/rows.ts';
import type { RowValue } from '../../src/engine/contract/function.ts';
import type { Field, Schema, Type } from '../../src/engine/contract/types.ts';

/** Rows of a schema from few different values, so that keys meet; nulls wherever they may be. */
export function arbitraryRows(schema: Schema, maxLength = 20): fc.Arbitrary<Row[]> {
  const fields = Object.fromEntries(schema.fields.map(field => [field.name, arbitraryValue(field)]));
  return fc.array(fc.record(fields) as fc.Arbitrary<Row>, { maxLength });
}

function arbitraryValue(field: Field): fc.Arbitrary<RowValue> {
  const present = arbitraryOf(field.type);
  return field.nullable ? fc.option(present, { nil: null, freq: 3 }) : present;
}

function arbitraryOf(type: Type): fc.Arbitrary<RowValue> {
  switch (type.kind) {
    case 'bool':
      return fc.boolean();
    case 'int':
      return fc.constantFrom(-3, -1, 0, 1, 2, 7, 40);
    case 'float':
      return fc.constantFrom(-2.5, -0, 0, 0.25, 1, 3.75, 1e6);
    case 'timestamp':
    case 'duration':
      return fc.constantFrom(0, 1000, 86_400_000);
    case 'date':
      return fc.constantFrom(0, 1, 20_000);
    case 'string':
      return fc.constantFrom('', 'a', 'A', 'ä', '🩺', '\u{ffee}', 'ward b');
    case 'enum':
      return fc.constantFrom(...type.values);
    case 'list':
      return fc.array(arbitraryOf(type.item), { maxLength: 3 }) as fc.Arbitrary<RowValue>;
    default:
      throw new Error(`no arbitrary ${type.kind}`);
  }
}
