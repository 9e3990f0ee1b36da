import type {
  AggregateDefinition,
  ArgumentType,
  RowValue,
  RunningAggregate,
  SignatureResult,
} from '../../contract/function.ts';
import type { Type, TypeKind } from '../../contract/types.ts';
import { MEASURES, NUMBERS, overColumn } from './define.ts';

function extreme(name: 'min' | 'max', says: string, gives: number): AggregateDefinition {
  const worst = name === 'min' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  return overColumn({
    name,
    units: 'kept',
    summary: `The ${says} value.`,
    examples: [{ call: `${name}(x)`, of: [2, null, 3], gives }],
    kinds: MEASURES,
    says: 'one column of numbers, dates, timestamps or durations',
    gives: ({ type, nullable }) => ({ type, nullable }),
    of: values => {
      const found = (values as readonly number[]).reduce((a, b) => Math[name](a, b), worst);
      return Number.isFinite(found) ? found + 0 : null;
    },
    running: {
      slots: [{ name, kind: 'f64', initial: worst }],
      update([best], keys, values, valid, rows) {
        if (values === null) return;
        for (let i = 0; i < rows; i++) {
          if (valid === null || valid[i] === 1) best[keys[i]] = Math[name](best[keys[i]], values[i]);
        }
      },
      result: ([best], key) => (Number.isFinite(best[key]) ? best[key] + 0 : Number.NaN),
    },
  });
}
export const min = extreme('min', 'least', 2);
export const max = extreme('max', 'greatest', 3);

const PLAIN: readonly TypeKind[] = ['bool', ...MEASURES, 'string', 'enum'];

function end(name: 'first' | 'last', gives: number): AggregateDefinition {
  const keeping = (kind: 'f64' | 'text', none: number): RunningAggregate => ({
    slots: [
      { name: 'value', kind, ...(kind === 'f64' ? { initial: 0 } : {}) },
      { name: 'known', kind: 'f64', initial: 0 },
    ],
    update([value, known], keys, values, valid, rows) {
      if (values === null) return;
      for (let i = 0; i < rows; i++) {
        if ((valid !== null && valid[i] === 0) || (name === 'first' && known[keys[i]] === 1)) continue;
        value[keys[i]] = values[i];
        known[keys[i]] = 1;
      }
    },
    result: ([value, known], key) => (known[key] === 1 ? value[key] : none),
  });
  const numbers = keeping('f64', Number.NaN);
  const texts = keeping('text', -1);
  return overColumn({
    name,
    units: 'kept',
    summary: `The ${name} value that is there, in row order.`,
    examples: [{ call: `${name}(x)`, of: [null, 1, 2, null], gives }],
    kinds: PLAIN,
    says: 'one column of plain values',
    gives: ({ type, nullable }) => ({ type, nullable }),
    of: values => values.at(name === 'first' ? 0 : -1) ?? null,
    running: numbers,
    runningFor: ([type]) => (type.kind === 'string' || type.kind === 'enum' ? texts : numbers),
  });
}
export const first = end('first', 1);
export const last = end('last', 2);

/** Hyndman and Fan's type 7 (linear between order statistics), as R and NumPy have it. */
export function quantileOf(values: readonly number[], q: number): number | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const place = (sorted.length - 1) * q;
  const below = Math.floor(place);
  const above = Math.min(below + 1, sorted.length - 1);
  const value = sorted[below] + (place - below) * (sorted[above] - sorted[below]);
  return Number.isFinite(value) ? value + 0 : null;
}

export const median = overColumn({
  name: 'median',
  units: 'kept',
  summary: 'The middle value, or the mean of the two in the middle. Bounded rows only.',
  examples: [{ call: 'median(x)', of: [3, null, 1, 2, 10], gives: 2.5 }],
  kinds: NUMBERS,
  says: 'one column of numbers',
  gives: ({ nullable }) => ({ type: { kind: 'float' }, nullable }),
  of: values => quantileOf(values as readonly number[], 0.5),
});

export const quantile: AggregateDefinition = Object.freeze({
  name: 'quantile',
  units: 'kept',
  summary: 'The value below which a share of the values lies, linear between two of them (type 7). Bounded rows only.',
  examples: [{ call: 'quantile(x, 0.25)', of: [1, 2, 3, 4, 5], gives: 2 }],
  signature: (args: readonly ArgumentType[]): SignatureResult => {
    if (args.length !== 2) return { argument: -1, expected: 'a column of numbers and a share' };
    const [value, share] = args;
    if (!NUMBERS.includes(value.type.kind)) return { argument: 0, expected: 'a column of numbers' };
    const fits = typeof share.literal === 'number' && share.literal >= 0 && share.literal <= 1;
    if (!fits) return { argument: 1, expected: 'a literal from 0.0 to 1.0' };
    return { type: { kind: 'float' } satisfies Type, nullable: value.nullable };
  },
  evaluate: (rows: readonly (readonly RowValue[])[]) => {
    const values = rows.map(([value]) => value).filter(value => typeof value === 'number');
    return quantileOf(values, (rows[0]?.[1] as number | undefined) ?? 0.5);
  },
} satisfies AggregateDefinition);
