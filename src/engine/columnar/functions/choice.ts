import type { ArgumentType, FunctionDefinition, RowValue, SignatureResult } from '../../contract/function.ts';
import { BOOL, unified } from './define.ts';

const ONE_TYPE = 'a value of the same type as the others';

function chosen(args: readonly ArgumentType[], values: readonly number[], always: boolean): SignatureResult {
  const type = unified(values.map(i => args[i]));
  if (type === null) return { argument: values.at(-1) ?? -1, expected: ONE_TYPE };
  return { type, nullable: !always || values.some(i => args[i].nullable) };
}

function conditionAt(args: readonly ArgumentType[], places: readonly number[]): SignatureResult | null {
  const wrong = places.find(i => args[i].type.kind !== 'bool');
  return wrong === undefined ? null : { argument: wrong, expected: 'a condition' };
}

/** Only the value that is chosen is evaluated. */
export const ifElse: FunctionDefinition = Object.freeze({
  name: 'if',
  units: 'same',
  summary: 'One value where the condition is true, the other where it is not.',
  examples: [{ call: 'if(2 > 1, "more", "less")', gives: 'more' }],
  signature: (args: readonly ArgumentType[]): SignatureResult => {
    if (args.length !== 3) return { argument: -1, expected: 'a condition and two values' };
    return conditionAt(args, [0]) ?? chosen(args, [1, 2], true);
  },
  nulls: 'own',
  parameters: ['condition', 'then', 'else'],
  evaluate: ([condition, then, otherwise]) => (condition === true ? then : otherwise),
} satisfies FunctionDefinition);

/** Conditions are tried in turn; only the value that is chosen is evaluated. */
export const caseOf: FunctionDefinition = Object.freeze({
  name: 'case',
  units: 'same',
  summary: 'The value after the first condition that is true, else the last value; the last may be `null`.',
  examples: [{ call: 'case(1 > 2, "a", 2 > 1, "b", "c")', gives: 'b' }],
  signature: (args: readonly ArgumentType[]): SignatureResult => {
    if (args.length < 2) return { argument: -1, expected: 'conditions, each with its value, and a last value' };
    const hasElse = args.length % 2 === 1;
    const places = Array.from({ length: Math.floor(args.length / 2) }, (_, i) => 2 * i);
    const values = [...places.map(i => i + 1), ...(hasElse ? [args.length - 1] : [])];
    return conditionAt(args, places) ?? chosen(args, values, hasElse);
  },
  nulls: 'own',
  evaluate: (args: readonly RowValue[]) => {
    for (let i = 0; i + 1 < args.length; i += 2) if (args[i] === true) return args[i + 1];
    return args.length % 2 === 1 ? args[args.length - 1] : null;
  },
} satisfies FunctionDefinition);

/** Values after the first that is not null are not evaluated. */
export const coalesce: FunctionDefinition = Object.freeze({
  name: 'coalesce',
  units: 'same',
  sign: 'a ?? b',
  summary: 'The first value that is not null.',
  examples: [{ call: 'int("x") ?? 7', gives: 7 }],
  signature: (args: readonly ArgumentType[]): SignatureResult => {
    if (args.length < 2) return { argument: -1, expected: 'two values or more' };
    const type = unified(args);
    if (type === null) return { argument: args.length - 1, expected: ONE_TYPE };
    return { type, nullable: args.every(argument => argument.nullable) };
  },
  nulls: 'own',
  evaluate: (args: readonly RowValue[]) => args.find(argument => argument !== null) ?? null,
} satisfies FunctionDefinition);

function nullTest(name: string, sign: string, wanted: boolean): FunctionDefinition {
  return Object.freeze({
    name,
    sign,
    summary: wanted ? 'Whether a is missing.' : 'Whether a is there.',
    examples: [{ call: `int("x") ${sign.slice(2)}`, gives: wanted }],
    signature: (args: readonly ArgumentType[]): SignatureResult =>
      args.length === 1 ? { type: BOOL, nullable: false } : { argument: -1, expected: 'one value' },
    nulls: 'own',
    evaluate: ([a]) => (a === null) === wanted,
  } satisfies FunctionDefinition);
}
export const isNull = nullTest('is_null', 'a == null', true);
export const isNotNull = nullTest('is_not_null', 'a != null', false);
