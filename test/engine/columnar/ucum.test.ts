import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conversion, converted, parseUnit } from '../../../src/engine/columnar/ucum.ts';

const inUnits = (x: number, from: string, to: string, molarMass: number | null = null): number | null => {
  const [a, b] = [parseUnit(from), parseUnit(to)];
  const how = a === null || b === null ? null : conversion(a, b, molarMass);
  return how === null ? null : converted(x, how);
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
  expect(inUnits(x, from, to, molarMass)).toBeCloseTo(wanted, 3);
});

/** Decimals a double can hold, to the last bit. */
test.each([
  [0, 'Cel', '[degF]', null, 32],
  [36.6, 'Cel', '[degF]', null, 97.88],
  [37, 'Cel', '[degF]', null, 98.6],
  [100, 'Cel', '[degF]', null, 212],
  [-40, '[degF]', 'Cel', null, -40],
  [98.6, '[degF]', 'Cel', null, 37],
  [0, 'Cel', 'K', null, 273.15],
  [32, '[degF]', 'K', null, 273.15],
  [0.7, 'mg', 'g', null, 0.0007],
  [1.1, 'g/dL', 'mg/dL', null, 1100],
  [1.005, 'g', 'mg', null, 1005],
  [1.2, 'mmol/L', 'mg/dL', 180.156, 21.61872],
  [3, 'U/L', 'nkat/L', null, 50],
  [1.7e308, 'm', 'm', null, 1.7e308],
  [1.5e308, '[in_i]', 'm', null, 1.5e308 * 0.0254],
])('%d %s is exactly so many %s', (x, from, to, molarMass, wanted) => {
  expect(inUnits(x, from, to, molarMass)).toBe(wanted);
});

test('tenths of a degree are what is written in a table', () => {
  for (let tenths = -500; tenths <= 1500; tenths++) {
    expect(inUnits(tenths / 10, 'Cel', '[degF]')).toBe((tenths * 18 + 3200) / 100);
    expect(inUnits(tenths / 10, 'Cel', 'K')).toBe((tenths * 10 + 27_315) / 100);
    expect(inUnits(tenths / 10, '[degF]', 'Cel')).toBe((tenths * 5 - 1600) / 90);
  }
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
  '10*99.'.repeat(30).slice(0, -1),
])('%j is no unit', text => expect(parseUnit(text)).toBeNull());

test('units of different things do not convert', () => {
  expect(inUnits(1, 'mg', 'mL')).toBeNull();
  expect(inUnits(1, 'mg/dL', 'mmol/L')).toBeNull();
  expect(inUnits(1, 'mg/dL', 'mmol', 180)).toBeNull();
});

test('there and back is where it was, and any text is a unit or not', () => {
  const units = fc.constantFrom('mg/dL', 'g/L', 'umol/L', 'mmol/L', 'ng/mL');
  fc.assert(
    fc.property(units, units, fc.double({ min: 0.001, max: 1e6, noNaN: true }), (from, to, x) => {
      const there = inUnits(x, from, to, 113.12) as number;
      expect((inUnits(there, to, from, 113.12) as number) / x).toBeCloseTo(1, 9);
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'mg/dL.10*{}[]-2 Celu'), maxLength: 12 }), text => {
      const unit = parseUnit(text);
      if (unit !== null) expect(unit.dimensions.every(Number.isInteger)).toBe(true);
    }),
  );
});
