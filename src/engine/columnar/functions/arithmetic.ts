import type { ArgumentType, FunctionDefinition, SignatureResult, Units } from '../../contract/function.ts';
import type { Type } from '../../contract/types.ts';
import { DURATION, FLOAT, INT, NUMBERS, TIMESTAMP } from './define.ts';

const DAY_MS = 86_400_000;
type Result = { readonly type: Type; readonly partial?: boolean } | null;

/** An operator over two values whose kinds decide the result's. */
function binary(
  name: string,
  sign: string,
  summary: string,
  examples: FunctionDefinition['examples'],
  typed: (a: ArgumentType, b: ArgumentType) => Result,
  evaluate: (a: number, b: number, kinds: string) => number,
  emit: (a: string, b: string, kinds: string) => string,
  units?: Units,
): FunctionDefinition {
  const signature = (args: readonly ArgumentType[]): SignatureResult => {
    if (args.length !== 2) return { argument: -1, expected: 'two values' };
    const [a, b] = args;
    const result = typed(a, b);
    if (result !== null) return { type: result.type, nullable: a.nullable || b.nullable || result.partial === true };
    const first = [...NUMBERS, 'timestamp', 'duration', 'date'].includes(a.type.kind) ? 1 : 0;
    return { argument: first, expected: expectedBeside(first === 1 ? a.type : b.type) };
  };
  const kindsOf = (args: readonly { readonly type: Type }[]): string => `${args[0].type.kind} ${args[1].type.kind}`;
  return Object.freeze({
    name,
    sign,
    summary,
    examples,
    signature,
    nulls: 'pass',
    propagatesNaN: true,
    ...(units === undefined ? {} : { units }),
    evaluate: (args, call) => evaluate(args[0] as number, args[1] as number, kindsOf(call.args)),
    emit: (args, call) => emit(args[0], args[1], kindsOf(call.args)),
  } satisfies FunctionDefinition);
}

function expectedBeside(other: Type): string {
  if (other.kind === 'timestamp' || other.kind === 'duration') return 'a duration';
  return 'a number';
}

function numbers(a: ArgumentType, b: ArgumentType): Type | null {
  if (!NUMBERS.includes(a.type.kind) || !NUMBERS.includes(b.type.kind)) return null;
  return a.type.kind === 'int' && b.type.kind === 'int' ? INT : FLOAT;
}

const either = (type: Type | null): Result => (type === null ? null : { type });
const zeroable = (b: ArgumentType): boolean => typeof b.literal !== 'number' || b.literal === 0;

export const add = binary(
  'add',
  'a + b',
  'The sum. A timestamp and a duration give a timestamp.',
  [{ call: '2 + 3', gives: 5 }],
  (a, b) => {
    const kinds = `${a.type.kind} ${b.type.kind}`;
    if (kinds === 'timestamp duration' || kinds === 'duration timestamp') return { type: TIMESTAMP };
    if (kinds === 'duration duration') return { type: DURATION };
    return either(numbers(a, b));
  },
  (a, b) => a + b,
  (a, b) => `${a} + ${b}`,
  'same',
);

export const sub = binary(
  'sub',
  'a - b',
  'The difference. Two timestamps or two dates give a duration.',
  [{ call: '2 - 3', gives: -1 }],
  (a, b) => {
    const kinds = `${a.type.kind} ${b.type.kind}`;
    if (kinds === 'timestamp timestamp' || kinds === 'date date' || kinds === 'duration duration')
      return { type: DURATION };
    if (kinds === 'timestamp duration') return { type: TIMESTAMP };
    return either(numbers(a, b));
  },
  (a, b, kinds) => (kinds === 'date date' ? (a - b) * DAY_MS : a - b),
  (a, b, kinds) => (kinds === 'date date' ? `(${a} - ${b}) * ${DAY_MS}` : `${a} - ${b}`),
  'same',
);

export const mul = binary(
  'mul',
  'a * b',
  'The product. A duration and an int give a duration.',
  [{ call: '2 * 3', gives: 6 }],
  (a, b) => {
    const kinds = `${a.type.kind} ${b.type.kind}`;
    if (kinds === 'duration int' || kinds === 'int duration') return { type: DURATION };
    return either(numbers(a, b));
  },
  (a, b) => a * b,
  (a, b) => `${a} * ${b}`,
);

export const div = binary(
  'div',
  'a / b',
  'The quotient, always a float; null where b is 0. Two durations give their ratio.',
  [
    { call: '1 / 2', gives: 0.5 },
    { call: '1 / 0', gives: null },
  ],
  (a, b) => {
    const durations = a.type.kind === 'duration' && b.type.kind === 'duration';
    return durations || numbers(a, b) !== null ? { type: FLOAT, partial: zeroable(b) } : null;
  },
  (a, b) => a / b,
  (a, b) => `${a} / ${b}`,
);

export const mod = binary(
  'mod',
  'a % b',
  'The remainder of the division cut towards 0, so with the sign of a; null where b is 0.',
  [
    { call: '7 % 3', gives: 1 },
    { call: '-7 % 3', gives: -1 },
  ],
  (a, b) => {
    if (a.type.kind === 'duration' && b.type.kind === 'duration') return { type: DURATION, partial: zeroable(b) };
    const type = numbers(a, b);
    return type === null ? null : { type, partial: zeroable(b) };
  },
  (a, b) => a % b,
  (a, b) => `${a} % ${b}`,
  'same',
);

export const neg: FunctionDefinition = Object.freeze({
  name: 'neg',
  sign: '-a',
  units: 'kept',
  summary: 'The number or duration with its sign turned.',
  examples: [{ call: '-(2)', gives: -2 }],
  signature: (args: readonly ArgumentType[]): SignatureResult => {
    if (args.length !== 1) return { argument: -1, expected: 'one value' };
    const { type, nullable } = args[0];
    return [...NUMBERS, 'duration'].includes(type.kind)
      ? { type, nullable }
      : { argument: 0, expected: 'a number or a duration' };
  },
  nulls: 'pass',
  propagatesNaN: true,
  evaluate: ([a]) => -(a as number),
  emit: ([a]) => `-${a}`,
} satisfies FunctionDefinition);
