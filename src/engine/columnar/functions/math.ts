import type { ArgumentType, FunctionDefinition, SignatureResult } from '../../contract/function.ts';
import type { TypeKind } from '../../contract/types.ts';
import { FLOAT, INT, int, NUMBERS, number, optional, passing, widest } from './define.ts';

const MEASURES: readonly TypeKind[] = [...NUMBERS, 'duration', 'timestamp', 'date'];

function extreme(name: 'min' | 'max', says: string, gives: number): FunctionDefinition {
  return Object.freeze({
    name,
    units: 'same',
    summary: `The ${says} of the values.`,
    examples: [{ call: `${name}(3, 1, 2)`, gives }],
    signature: (args: readonly ArgumentType[]): SignatureResult => {
      if (args.length < 2) return { argument: -1, expected: 'two values or more' };
      const wrong = args.findIndex(argument => !MEASURES.includes(argument.type.kind));
      if (wrong >= 0) return { argument: wrong, expected: 'a number, a duration, a date or a timestamp' };
      const { type } = args[0];
      const nullable = args.some(argument => argument.nullable);
      if (NUMBERS.includes(type.kind)) {
        const other = args.findIndex(argument => !NUMBERS.includes(argument.type.kind));
        return other >= 0 ? { argument: other, expected: 'a number' } : { type: widest(args), nullable };
      }
      const other = args.findIndex(argument => argument.type.kind !== type.kind);
      return other >= 0 ? { argument: other, expected: `a ${type.kind}` } : { type, nullable };
    },
    nulls: 'pass',
    propagatesNaN: true,
    evaluate: args => Math[name](...(args as readonly number[])),
    emit: args => `Math.${name}(${args.join(', ')})`,
  } satisfies FunctionDefinition);
}
export const min = extreme('min', 'least', 1);
export const max = extreme('max', 'greatest', 3);

export const abs = passing({
  name: 'abs',
  units: 'kept',
  summary: 'The size of a number or duration, without its sign.',
  args: [{ name: 'x', kinds: [...NUMBERS, 'duration'], says: 'a number or a duration' }],
  gives: args => args[0].type,
  examples: [{ call: 'abs(-2)', gives: 2 }],
  propagatesNaN: true,
  evaluate: ([x]) => Math.abs(x as number),
  emit: ([x]) => `Math.abs(${x})`,
});

/** Half away from zero. Adding 0.5 and cutting would round 0.49999999999999994 up. */
function nearest(size: number): number {
  const whole = Math.floor(size);
  return size - whole >= 0.5 ? whole + 1 : whole;
}

/** To decimals by way of the shortest decimal text, as a person rounds 1.005 to 1.01, which multiplying by 100 would not. */
function rounded(x: number, digits: number): number {
  const size = Math.abs(x);
  if (digits === 0 || !(size < 2 ** 52)) return Math.sign(x) * nearest(size);
  const [mantissa, exponent] = size.toString().split('e');
  const scaled = nearest(Number(`${mantissa}e${Number(exponent ?? 0) + digits}`));
  return Math.sign(x) * Number(`${scaled}e${-digits}`);
}

export const round = passing({
  name: 'round',
  units: 'kept',
  summary: 'The nearest whole number, halves away from 0; with a number of digits, the nearest decimal, as a float.',
  args: [number('x'), optional(int('digits'))],
  gives: args => (args.length === 2 ? FLOAT : INT),
  check: args => {
    const digits = args[1]?.literal;
    const fits = args.length < 2 || (typeof digits === 'number' && digits >= 0 && digits <= 15);
    return fits ? null : { argument: 1, expected: 'a literal from 0 to 15' };
  },
  examples: [
    { call: 'round(2.5)', gives: 3 },
    { call: 'round(3.14159, 2)', gives: 3.14 },
  ],
  evaluate: ([x, digits]) => rounded(x as number, (digits as number | undefined) ?? 0),
});

function towards(name: 'floor' | 'ceil', summary: string, gives: number): FunctionDefinition {
  return passing({
    name,
    units: 'kept',
    summary,
    args: [number('x')],
    gives: INT,
    examples: [{ call: `${name}(2.3)`, gives }],
    propagatesNaN: true,
    evaluate: ([x]) => Math[name](x as number),
    emit: ([x]) => `Math.${name}(${x})`,
  });
}
export const floor = towards('floor', 'The whole number at or below.', 2);
export const ceil = towards('ceil', 'The whole number at or above.', 3);

const least = (literal: ArgumentType['literal'], low: number): boolean => typeof literal === 'number' && literal >= low;

export const sqrt = passing({
  name: 'sqrt',
  summary: 'The square root; null below 0.',
  args: [number('x')],
  gives: FLOAT,
  partial: args => !least(args[0].literal, 0),
  examples: [{ call: 'sqrt(9)', gives: 3 }],
  propagatesNaN: true,
  evaluate: ([x]) => Math.sqrt(x as number),
  emit: ([x]) => `Math.sqrt(${x})`,
});

export const exp = passing({
  name: 'exp',
  summary: 'e to the power of x.',
  args: [number('x')],
  gives: FLOAT,
  examples: [{ call: 'exp(0)', gives: 1 }],
  propagatesNaN: true,
  evaluate: ([x]) => Math.exp(x as number),
  emit: ([x]) => `Math.exp(${x})`,
});

export const log = passing({
  name: 'log',
  summary: 'The natural logarithm; null at and below 0.',
  args: [number('x')],
  gives: FLOAT,
  partial: args => !least(args[0].literal, Number.MIN_VALUE),
  examples: [{ call: 'log(1)', gives: 0 }],
  propagatesNaN: true,
  evaluate: ([x]) => Math.log(x as number),
  emit: ([x]) => `Math.log(${x})`,
});

export const pow = passing({
  name: 'pow',
  summary: 'x to the power of y, a float; null where there is no real one.',
  args: [number('x'), number('y')],
  gives: FLOAT,
  partial: args => !(least(args[0].literal, Number.MIN_VALUE) || least(args[1].literal, 0)),
  examples: [{ call: 'pow(2, 10)', gives: 1024 }],
  evaluate: ([x, y]) => (x as number) ** (y as number),
  emit: ([x, y]) => `Math.pow(${x}, ${y})`,
});
