import { expect, it } from 'vitest';
import type { Field, Type } from '../../../src/engine/contract/types.ts';
import { fieldText, isReadAs, takes } from '../../../src/engine/runtime/field-fit.ts';

const field = (type: Type, more: Partial<Field> = {}): Field => ({ name: 'x', type, nullable: false, ...more });
const int: Type = { kind: 'int' };
const list = (item: Type): Type => ({ kind: 'list', item });
const oneOf = (...values: string[]): Type => ({ kind: 'enum', values });
const record = (...fields: Field[]): Type => ({ kind: 'record', fields });
const range = (low?: number, high?: number) => ({ range: { low, high } as Field['range'] });

/** What is wanted, what is given, and which way round one takes the other. */
const CASES: readonly (readonly [Field, Field, '=' | '>' | '≠'])[] = [
  [field(int), field(int), '='],
  [field(int), field({ kind: 'float' }), '≠'],
  [field(int, { nullable: true }), field(int), '>'],
  [field(oneOf('A', 'B')), field(oneOf('B')), '>'],
  [field(oneOf('A', 'B')), field(oneOf('B', 'A')), '='],
  [field(oneOf('A', 'B')), field(oneOf('B', 'C')), '≠'],
  [field(oneOf('A')), field({ kind: 'string' }), '≠'],
  [field(int), field(int, range(0, 10)), '>'],
  [field(int, range(0, 10)), field(int, range(1, 10)), '>'],
  [field(int, range(0)), field(int, range(undefined, 5)), '≠'],
  [field(list(int)), field(list({ kind: 'string' })), '≠'],
  [field(list(oneOf('A', 'B'))), field(list(oneOf('A'))), '>'],
  [field(record(field(int, { nullable: true }))), field(record(field(int))), '>'],
  [field(record(field(int), { ...field(int), name: 'y' })), field(record(field(int))), '≠'],
];

it.each(CASES)('%j and %j: %s', (wanted, given, how) => {
  expect([takes(wanted, given), takes(given, wanted)]).toEqual([how !== '≠', how === '=']);
});

it.each<[Partial<Field>, Partial<Field>, '=' | '>' | '≠']>([
  [{ phi: true }, {}, '>'],
  [{ unit: 'd' }, {}, '>'],
  [{ unit: 'd' }, { unit: 'h' }, '≠'],
  [{ entity: true, id: true }, { label: true }, '='],
])('%j is read as %j: %s', (declared, held, how) => {
  const [a, b] = [field(int, declared), field(int, held)];
  expect([isReadAs(a, b), isReadAs(b, a)]).toEqual([how !== '≠', how === '=']);
});

it('is told as it is declared', () => {
  expect(fieldText(field(int, { ...range(1, 30), nullable: true, phi: true, unit: 'd' }))).toBe(
    'x: int? in 1..30 @unit("d") @phi',
  );
});
