import type {
  AggregateDefinition,
  ArgumentType,
  RowValue,
  RunningAggregate,
  SignatureResult,
} from '../../contract/function.ts';
import type { Type, TypeKind } from '../../contract/types.ts';
import { overColumn } from './define.ts';

const INT: Type = { kind: 'int' };
const PLAIN: readonly TypeKind[] = ['bool', 'int', 'float', 'string', 'enum', 'timestamp', 'date', 'duration'];

const counting: RunningAggregate = {
  slots: [{ name: 'count', kind: 'f64', initial: 0 }],
  update([count], keys, _, valid, rows) {
    for (let i = 0; i < rows; i++) if (valid === null || valid[i] === 1) count[keys[i]] += 1;
  },
  result: ([count], key) => count[key],
};

export const count: AggregateDefinition = Object.freeze({
  name: 'count',
  counts: true,
  summary: 'The number of rows, or of rows where a value is there.',
  examples: [
    { call: 'count()', of: [1, null, 3], gives: 3 },
    { call: 'count(x)', of: [1, null, 3], gives: 2 },
  ],
  signature: (args: readonly ArgumentType[]): SignatureResult =>
    args.length <= 1 ? { type: INT, nullable: false } : { argument: -1, expected: 'nothing, or one value' },
  evaluate: (rows: readonly (readonly RowValue[])[]) => rows.filter(row => row[0] !== null).length,
  running: counting,
} satisfies AggregateDefinition);

export const countDistinct = overColumn({
  name: 'count_distinct',
  counts: true,
  summary: 'The number of different values.',
  examples: [{ call: 'count_distinct(x)', of: ['a', 'b', null, 'a'], gives: 2 }],
  kinds: PLAIN,
  says: 'one column of plain values',
  gives: () => ({ type: INT, nullable: false }),
  // A Set takes 0 and −0 for one value.
  of: values => new Set(values).size,
});

export const missingRate = overColumn({
  name: 'missing_rate',
  counts: true,
  summary: 'The share of rows where a value is missing.',
  examples: [{ call: 'missing_rate(x)', of: [1, null, 3, null], gives: 0.5 }],
  kinds: [...PLAIN, 'list', 'record'],
  says: 'one column',
  gives: () => ({ type: { kind: 'float' }, nullable: false }),
  of: (values, rows) => (rows === 0 ? null : (rows - values.length) / rows),
  running: {
    slots: [
      { name: 'rows', kind: 'f64', initial: 0 },
      { name: 'missing', kind: 'f64', initial: 0 },
    ],
    update([total, missing], keys, _, valid, rows) {
      for (let i = 0; i < rows; i++) {
        total[keys[i]] += 1;
        if (valid !== null && valid[i] === 0) missing[keys[i]] += 1;
      }
    },
    result: ([total, missing], key) => missing[key] / total[key],
  },
});

function conditions(name: 'any' | 'all', summary: string, start: 0 | 1): AggregateDefinition {
  return overColumn({
    name,
    summary,
    examples: [{ call: `${name}(x)`, of: [true, null, false], gives: start === 0 }],
    kinds: ['bool'],
    says: 'one condition',
    gives: ({ nullable }) => ({ type: { kind: 'bool' }, nullable }),
    of: values => (values.length === 0 ? null : start === 0 ? values.includes(true) : !values.includes(false)),
    running: {
      slots: [
        { name: 'holds', kind: 'f64', initial: start },
        { name: 'count', kind: 'f64', initial: 0 },
      ],
      update([holds, known], keys, values, valid, rows) {
        if (values === null) return;
        for (let i = 0; i < rows; i++) {
          if (valid !== null && valid[i] === 0) continue;
          known[keys[i]] += 1;
          if (values[i] !== start) holds[keys[i]] = values[i];
        }
      },
      result: ([holds, known], key) => (known[key] === 0 ? Number.NaN : holds[key]),
    },
  });
}
export const any = conditions('any', 'Whether the condition is true in a row.', 0);
export const all = conditions('all', 'Whether the condition is true in every row where it is known.', 1);
