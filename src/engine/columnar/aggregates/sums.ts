import { RowError, type RunningAggregate } from '../../contract/function.ts';
import { INT } from '../functions/define.ts';
import { isWhole, MAX_INT, overflowReason } from '../settle.ts';
import { NUMBERS, overColumn } from './define.ts';

/**
 * Floats are added one by one in row order, so a group's sum depends on the order of its rows and on nothing else: batch
 * sizes and the number of workers do not change a bit of it. NaN stands for null at the end.
 */
const summing: RunningAggregate = {
  slots: [{ name: 'sum', kind: 'f64', initial: 0 }],
  update([sum], keys, values, valid, rows) {
    if (values === null) return;
    for (let i = 0; i < rows; i++) if (valid === null || valid[i] === 1) sum[keys[i]] += values[i];
  },
  result: ([sum], key) => finite(sum[key]),
};

/** Ints are exact or refused: past ±(2^53 − 1) the sum stays Infinity, even if later values would bring it back. */
const summingInts: RunningAggregate = {
  slots: summing.slots,
  update([sum], keys, values, valid, rows) {
    if (values === null) return;
    for (let i = 0; i < rows; i++) {
      if (valid !== null && valid[i] === 0) continue;
      const total = sum[keys[i]] + values[i];
      sum[keys[i]] = total > MAX_INT || total < -MAX_INT ? Number.POSITIVE_INFINITY : total;
    }
  },
  result: ([sum], key) => {
    if (sum[key] === Number.POSITIVE_INFINITY) throw new RowError('R410', overflowReason('sum', INT));
    return sum[key] + 0;
  },
};

function finite(value: number): number {
  return Number.isFinite(value) ? value + 0 : Number.NaN;
}

export const sum = overColumn({
  name: 'sum',
  units: 'kept',
  summary: 'The sum, in row order; 0 of no values. A sum of ints beyond ±(2^53 − 1) is refused: R410.',
  examples: [{ call: 'sum(x)', of: [1, null, 3], gives: 4 }],
  kinds: [...NUMBERS, 'duration'],
  says: 'one column of numbers or durations',
  gives: ({ type }) => ({ type, nullable: false }),
  of: (values, _, type) => folded(isWhole(type) ? summingInts : summing, values as readonly number[]),
  running: summing,
  runningFor: ([type]) => (isWhole(type) ? summingInts : summing),
});

const averaging: RunningAggregate = {
  slots: [
    { name: 'sum', kind: 'f64', initial: 0 },
    { name: 'count', kind: 'f64', initial: 0 },
  ],
  update([total, count], keys, values, valid, rows) {
    if (values === null) return;
    for (let i = 0; i < rows; i++) {
      if (valid !== null && valid[i] === 0) continue;
      total[keys[i]] += values[i];
      count[keys[i]] += 1;
    }
  },
  result: ([total, count], key) => finite(total[key] / count[key]),
};

export const mean = overColumn({
  name: 'mean',
  units: 'kept',
  summary: 'The mean: the sum in row order by the number of values.',
  examples: [{ call: 'mean(x)', of: [1, null, 3], gives: 2 }],
  kinds: NUMBERS,
  says: 'one column of numbers',
  gives: ({ nullable }) => ({ type: { kind: 'float' }, nullable }),
  of: values => folded(averaging, values as readonly number[]),
  running: averaging,
});

/** Welford, Technometrics 4 (1962) 419: one pass, no large squares. */
const spreading: RunningAggregate = {
  slots: [
    { name: 'count', kind: 'f64', initial: 0 },
    { name: 'mean', kind: 'f64', initial: 0 },
    { name: 'squares', kind: 'f64', initial: 0 },
  ],
  update([count, average, squares], keys, values, valid, rows) {
    if (values === null) return;
    for (let i = 0; i < rows; i++) {
      if (valid !== null && valid[i] === 0) continue;
      const key = keys[i];
      count[key] += 1;
      const before = values[i] - average[key];
      average[key] += before / count[key];
      squares[key] += before * (values[i] - average[key]);
    }
  },
  result: ([count, , squares], key) =>
    count[key] < 2 ? Number.NaN : finite(Math.sqrt(squares[key] / (count[key] - 1))),
};

export const stddev = overColumn({
  name: 'stddev',
  units: 'kept',
  summary: 'The standard deviation of a sample (divided by n − 1); null of fewer than two values.',
  examples: [{ call: 'stddev(x)', of: [1, 2, 3], gives: 1 }],
  kinds: NUMBERS,
  says: 'one column of numbers',
  gives: () => ({ type: { kind: 'float' }, nullable: true }),
  of: values => folded(spreading, values as readonly number[]),
  running: spreading,
});

/** What the running form makes of one group's values. */
function folded(running: RunningAggregate, values: readonly number[]): number | null {
  const slots = running.slots.map(({ initial }) => Float64Array.of(initial ?? 0));
  running.update(slots, new Int32Array(values.length), Float64Array.from(values), null, values.length);
  const result = running.result(slots, 0);
  return Number.isNaN(result) ? null : result;
}
