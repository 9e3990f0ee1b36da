import type { ArgumentType, FunctionDefinition, RowValue, SignatureResult } from '../../contract/function.ts';
import { BOOL } from './define.ts';

function conditions(least: number) {
  return (args: readonly ArgumentType[]): SignatureResult => {
    if (args.length < least) return { argument: -1, expected: 'two conditions or more' };
    const wrong = args.findIndex(argument => argument.type.kind !== 'bool');
    if (wrong >= 0) return { argument: wrong, expected: 'a condition' };
    return { type: BOOL, nullable: args.some(argument => argument.nullable) };
  };
}

/** Arguments are evaluated from the left, and none after the one that decides. */
export const and: FunctionDefinition = Object.freeze({
  name: 'and',
  sign: 'a and b',
  summary: 'The first condition that is not true, else true.',
  examples: [{ call: 'true and false', gives: false }],
  signature: conditions(2),
  nulls: 'own',
  evaluate: (args: readonly RowValue[]) =>
    args.find(argument => argument !== true) ?? (args.every(a => a === true) ? true : null),
} satisfies FunctionDefinition);

export const or: FunctionDefinition = Object.freeze({
  name: 'or',
  sign: 'a or b',
  summary: 'True if one of the conditions is, else null if one is null, else false.',
  examples: [{ call: 'true or false', gives: true }],
  signature: conditions(2),
  nulls: 'own',
  evaluate: (args: readonly RowValue[]) => (args.includes(true) ? true : args.includes(null) ? null : false),
} satisfies FunctionDefinition);

export const not: FunctionDefinition = Object.freeze({
  name: 'not',
  sign: 'not a',
  summary: 'The opposite of a condition.',
  examples: [{ call: 'not true', gives: false }],
  signature: (args: readonly ArgumentType[]): SignatureResult =>
    args.length === 1 ? conditions(1)(args) : { argument: -1, expected: 'one condition' },
  nulls: 'pass',
  evaluate: ([a]) => a !== true,
  emit: ([a]) => `!${a}`,
} satisfies FunctionDefinition);
