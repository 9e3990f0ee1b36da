import { describe, expect, it } from 'vitest';
import { AssertionError } from '../../../src/engine/base/assert.ts';
import type { Clock } from '../../../src/engine/base/clock.ts';
import { OperationalError } from '../../../src/engine/base/operational-error.ts';
import { LogError } from '../../../src/engine/contract/log.ts';
import { ProgressMeter } from '../../../src/engine/observe/progress-meter.ts';
import { errorFrom, safeError } from '../../../src/engine/observe/redact.ts';
import { StageCounts } from '../../../src/engine/observe/stage-counts.ts';

describe('counts', () => {
  it('come back from the numbers of a commit record, whatever else is in it', () => {
    const counts = new StageCounts();
    counts.add('a/b', 3, 2, 1);
    counts.add('c', 5, 5, 0);
    const back = StageCounts.fromNumbers({ ...counts.toNumbers(), 'turn:x': 4, poisoned: 1 });
    expect(back.list()).toEqual(counts.list());
  });
  it('move as a whole', () => {
    const total = new StageCounts();
    total.add('a', 1, 1, 0);
    const batch = new StageCounts();
    batch.add('a', 2, 1, 1);
    batch.moveTo(total);
    expect(total.list()).toEqual([{ name: 'a', rowsIn: 3, rowsOut: 2, rejected: 1 }]);
    expect(batch.list()).toEqual([]);
  });
});

it('tells a rate over the last moments, and the time left of bounded input', () => {
  let now = 0;
  const clock: Clock = { now: () => now, elapsed: () => now, sleep: async () => undefined };
  const meter = new ProgressMeter(clock);
  const at = (rows: number, done: number | null) =>
    meter.event({ name: 's', rowsIn: rows, rowsOut: rows, rejected: 0 }, { done, lag: null });
  expect(at(0, 0)).toMatchObject({ rowsPerSecond: 0, etaSeconds: null });
  now = 1_000;
  expect(at(500, 0.25)).toMatchObject({ rowsPerSecond: 500, etaSeconds: 3 });
  now = 2_000;
  expect(at(2_000, 0.5)).toMatchObject({ rowsPerSecond: 1_000, etaSeconds: 2 });
  now = 4_000;
  // The first two seconds are forgotten.
  expect(at(8_000, null)).toMatchObject({ rowsPerSecond: 3_000, etaSeconds: null });
  now = 5_000;
  // A task has started again from its last commit.
  expect(at(1_000, null)).toMatchObject({ rowsPerSecond: 0 });
  now = 6_000;
  expect(at(1_500, null)).toMatchObject({ rowsPerSecond: 500 });
});

describe('errors that leave a task', () => {
  it('keep what was written for people', () => {
    const error = new OperationalError('R421', 'record 3 of x.csv', { operator: 'visits', hint: 'mend it' });
    expect(errorFrom(safeError(error))).toMatchObject({ code: 'R421', message: 'record 3 of x.csv', hint: 'mend it' });
    expect(safeError(new LogError('full', 'no space'))).toMatchObject({ code: 'R103', retriable: false });
    expect(safeError(new LogError('unknown', 'answer lost'))).toMatchObject({ code: 'R102', retriable: true });
    expect(safeError(new AssertionError('seq goes back'))).toMatchObject({
      kind: 'assertion',
      message: 'seq goes back',
    });
    expect(safeError(new DOMException('aborted', 'AbortError'))).toMatchObject({ code: 'R511' });
  });
  it('of the log always say what to do', () => {
    for (const code of ['gap', 'refused', 'oversized', 'dead', 'no-topic', 'corrupt'] as const) {
      expect(safeError(new LogError(code, 'It is so.')).hint).toMatch(/^\w.*\w$/);
    }
    expect(safeError(new LogError('denied', 'No.')).hint).toContain('weir explain-error R119');
    const hint = 'give it a key';
    expect(safeError(new LogError('refused', 'No.', { hint }))).toMatchObject({ code: 'R142', hint });
  });
  it('lose what may quote a value, and keep the place', () => {
    const safe = safeError(new TypeError('cannot read "Mrs Smith"'), 'scored');
    expect(JSON.stringify(safe)).not.toContain('Smith');
    expect(safe).toMatchObject({ kind: 'assertion', message: 'TypeError in scored' });
    expect(safe.stack).toContain('observe.test.ts');
  });
});
