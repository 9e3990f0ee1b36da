import { type Conversion, conversion, converted, parseUnit } from '../ucum.ts';
import { FLOAT, number, optional, passing, text } from './define.ts';

/** Only remembers what the units' texts say. */
const conversions = new Map<string, Conversion | null>();

function conversionOf(from: string, to: string, molarMass: number | null): Conversion | null {
  const key = `${from}\u0000${to}\u0000${molarMass}`;
  let found = conversions.get(key);
  if (found === undefined) {
    const [a, b] = [parseUnit(from), parseUnit(to)];
    found = a === null || b === null ? null : conversion(a, b, molarMass);
    if (conversions.size > 1000) conversions.clear();
    conversions.set(key, found);
  }
  return found;
}

export const convert = passing({
  name: 'convert',
  summary:
    'A number in another unit (UCUM codes); null where the units measure different things. A molar mass in g/mol joins mass and amount.',
  args: [number('x'), text('from'), text('to'), optional(number('molar_mass'))],
  gives: FLOAT,
  partial: true,
  check: args => {
    const wrong = [1, 2].find(
      i => typeof args[i].literal === 'string' && parseUnit(args[i].literal as string) === null,
    );
    return wrong === undefined ? null : { argument: wrong, expected: 'a unit in UCUM code, like "mg/dL"' };
  },
  examples: [
    { call: 'convert(98.6, "[degF]", "Cel")', gives: 37 },
    { call: 'round(convert(1.2, "mg/dL", "umol/L", 113.12) ?? 0.0, 2)', gives: 106.08 },
    { call: 'convert(1.0, "mg", "mL")', gives: null },
  ],
  evaluate: ([x, from, to, molarMass]) => {
    const how = conversionOf(from as string, to as string, (molarMass as number | undefined) ?? null);
    return how === null ? null : converted(x as number, how);
  },
});
