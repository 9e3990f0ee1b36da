import { expect, it } from 'vitest';
import { refuseTooMany } from '../../../src/engine/runtime/poison-limit.ts';

it.each([
  { poisoned: 100, inARow: 100, rows: 100, tooMany: false },
  { poisoned: 101, inARow: 101, rows: 101, tooMany: true },
  { poisoned: 101, inARow: 1, rows: 10_100, tooMany: false },
  { poisoned: 101, inARow: 1, rows: 10_099, tooMany: true },
  { poisoned: 2_000, inARow: 999, rows: 1_000_000, tooMany: false },
  { poisoned: 2_000, inARow: 1_000, rows: 1_000_000, tooMany: true },
])('$poisoned of $rows rows, $inARow in a row: too many is $tooMany', ({ tooMany, ...seen }) => {
  const call = () => refuseTooMany('kept/op', seen);
  if (tooMany) expect(call).toThrow(expect.objectContaining({ code: 'R530', operator: 'kept/op' }));
  else expect(call).not.toThrow();
});
