import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conversion, parseUnit } from '../../../src/engine/columnar/ucum.ts';

const converted = (x: number, from: string, to: string, molarMass: number | null = null): number | null => {
  const [a, b] = [parseUnit(from), parseUnit(to)];
  const how = a === null || b === null ? null : conversion(a, b, molarMass);
  return how === null ? null : (x + how.before) * how.factor - how.after;
};

/** Figures from laboratory conversion tables. */
test.each([
  [100, '[degF]', 'Cel', null, 37.7778],
  [37, 'Cel', 'K', null, 310.15],
  [120, 'mm[Hg]', 'kPa', null, 15.9986],
  [180, '[lb_av]', 'kg', null, 81.6466],
  [70, '[in_i]', 'cm', null, 177.8],
  [1, 'mg/dL', 'umol/L', 113.12, 88.4017],
  [100, 'mg/dL', 'mmol/L', 180.156, 5.5507],
  [5, 'mmol/L', 'mg/dL', 180.156, 90.078],
  [4.5, '10*9/L', '10*3/uL', null, 4.5],
  [1, 'U/L', 'nkat/L', null, 16.6667],
  [2, 'mg/kg/h', 'ug/kg/min', null, 33.3333],
  [60, '{beats}/min', 'Hz', null, 1],
  [0.5, 'g/g{creat}', '%', null, 50],
  [10, 'kg.m/s2', 'g.m.s-2', null, 10_000],
])('%d %s is so many %s', (x, from, to, molarMass, wanted) => {
  expect(converted(x, from, to, molarMass)).toBeCloseTo(wanted, 3);
});

test.each([
  '',
  'mgg',
  'mg//dL',
  '/',
  'mg/',
  'xyz',
  'kmin',
  'Cel/h',
  '10*',
  'm0',
  'constructor',
  'mconstructor',
])('%j is no unit', text => expect(parseUnit(text)).toBeNull());

test('units of different things do not convert', () => {
  expect(converted(1, 'mg', 'mL')).toBeNull();
  expect(converted(1, 'mg/dL', 'mmol/L')).toBeNull();
  expect(converted(1, 'mg/dL', 'mmol', 180)).toBeNull();
});

test('there and back is where it was, and any text is a unit or not', () => {
  const units = fc.constantFrom('mg/dL', 'g/L', 'umol/L', 'mmol/L', 'ng/mL');
  fc.assert(
    fc.property(units, units, fc.double({ min: 0.001, max: 1e6, noNaN: true }), (from, to, x) => {
      const there = converted(x, from, to, 113.12) as number;
      expect((converted(there, to, from, 113.12) as number) / x).toBeCloseTo(1, 9);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'mg/dL.10*{}[]-2 Celu'), maxLength: 12 }), text => {
      const unit = parseUnit(text);
      if (unit !== null) expect(unit.dimensions.every(Number.isInteger)).toBe(true);
    }),
  );
});
