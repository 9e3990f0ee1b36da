import type { ArgumentType, FunctionDefinition, RowValue, SignatureResult } from '../../contract/function.ts';
import type { Type } from '../../contract/types.ts';
import { BOOL, INT, int, passing } from './define.ts';

const list = { name: 'list', kinds: ['list'], says: 'a list' } as const;

/**
 * A function with a body that is evaluated for each element, as `it`. The evaluators hand over the list and the body's
 * results, one per element, in the body's place.
 */
function withBody(
  name: string,
  summary: string,
  examples: FunctionDefinition['examples'],
  gives: (list: Type & { kind: 'list' }, body: ArgumentType) => Type,
  wantsCondition: boolean,
  fold: (items: readonly RowValue[], results: readonly RowValue[]) => RowValue,
): FunctionDefinition {
  return Object.freeze({
    name,
    summary,
    examples,
    signature: (args: readonly ArgumentType[]): SignatureResult => {
      if (args.length !== 2) return { argument: -1, expected: 'a list and an expression of it' };
      const [of, body] = args;
      if (of.type.kind !== 'list') return { argument: 0, expected: 'a list' };
      if (wantsCondition && body.type.kind !== 'bool') return { argument: 1, expected: 'a condition' };
      return { type: gives(of.type, body), nullable: of.nullable };
    },
    nulls: 'pass',
    bodies: [1],
    parameters: ['list', 'body'],
    evaluate: ([items, results]) => fold(items as readonly RowValue[], results as readonly RowValue[]),
  } satisfies FunctionDefinition);
}

export const any = withBody(
  'any',
  'Whether the condition is true for an element.',
  [{ call: 'any([1, 2], it > 1)', gives: true }],
  () => BOOL,
  true,
  (_, results) => results.includes(true),
);
export const all = withBody(
  'all',
  'Whether the condition is true for every element.',
  [{ call: 'all([1, 2], it > 1)', gives: false }],
  () => BOOL,
  true,
  (_, results) => results.every(result => result === true),
);
export const map = withBody(
  'map',
  'The value of an expression for each element.',
  [{ call: 'map([1, 2], it * 10)', gives: [10, 20] }],
  (_, body) => ({ kind: 'list', item: body.type }),
  false,
  (_, results) => results,
);
export const filter = withBody(
  'filter',
  'The elements for which the condition is true.',
  [{ call: 'filter([1, 2], it > 1)', gives: [2] }],
  of => of,
  true,
  (items, results) => items.filter((_, i) => results[i] === true),
);

export const get = passing({
  name: 'get',
  summary: 'The element at a place (0 is the first); null where there is none.',
  args: [list, int('place')],
  gives: args => (args[0].type.kind === 'list' ? args[0].type.item : args[0].type),
  partial: true,
  examples: [
    { call: 'get([5, 6], 1)', gives: 6 },
    { call: 'get([5, 6], 2)', gives: null },
  ],
  evaluate: ([items, place]) => (items as readonly RowValue[])[place as number] ?? null,
});

export const size = passing({
  name: 'size',
  summary: 'The number of elements.',
  args: [list],
  gives: INT,
  examples: [{ call: 'size([5, 6])', gives: 2 }],
  evaluate: ([items]) => (items as readonly RowValue[]).length,
});
