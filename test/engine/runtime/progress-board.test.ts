import { expect, it } from 'vitest';
import type { Clock } from '../../../src/engine/base/clock.ts';
import type { RunEvent } from '../../../src/engine/contract/progress.ts';
import { ProgressBoard } from '../../../src/engine/runtime/progress-board.ts';

it('adds up tasks, a lost one replaced by its next life, and tells it a few times a second', () => {
  let now = 0;
  const clock: Clock = { now: () => now, elapsed: () => now, sleep: async () => undefined };
  const told: RunEvent[] = [];
  const board = new ProgressBoard(clock, event => told.push(event));
  const note = (task: string, rows: number, done: number | null) =>
    board.note(
      'job',
      task,
      { kind: 'counts', counts: [{ name: 'a', rowsIn: rows, rowsOut: rows, rejected: 0 }], done, lag: null },
      4,
    );
  note('0', 100, 0.5);
  note('1', 300, 1);
  expect(told).toHaveLength(1);
  expect(told[0]).toMatchObject({ stage: 'a', rowsIn: 100, done: 0.125 });
  now = 1_000;
  note('0', 40, 0.2);
  expect(told).toHaveLength(2);
  // Of four tasks two have begun.
  expect(told[1]).toMatchObject({ stage: 'a', rowsIn: 340, done: 0.3 });
});
