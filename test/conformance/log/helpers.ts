import { expect } from 'vitest';
import { assert } from '../../../src/engine/base/assert.ts';
import type {
  Commit,
  CommitRecord,
  Log,
  LogErrorCode,
  LogReader,
  ReadFrame,
  TaskId,
  TaskLog,
  TopicPartition,
} from '../../../src/engine/contract/log.ts';
import type { LogWorld } from './driver.ts';

export const task = (partition: number, chain = 'chain'): TaskId => ({ flow: 'flow', chain, partition });
export const part = (topic: string, partition = 0): TopicPartition => ({ topic, partition });
export const record: Commit['record'] = {
  planHash: 'plan',
  positions: [],
  models: {},
  sinkTokens: [],
  snapshot: null,
  counts: {},
  ended: false,
};

/** A frame that says a number. */
export function frame(number: number, length = 8): Uint8Array {
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setFloat64(0, number);
  return bytes;
}
export function numberOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getFloat64(0);
}
/** A commit that writes `number` to each of the partitions, and as a delta. */
export function commitOf(number: number, to: readonly TopicPartition[], length = 8): Commit {
  return {
    record: {
      ...record,
      counts: { number },
      positions: [{ input: 'in', partition: 0, offset: BigInt(number), row: 0 }],
    },
    outputs: to.map(target => ({ to: target, frames: [frame(number, length)] })),
    deltas: [frame(number)],
  };
}

/** All committed frames of a partition from an offset on, read until the stable end. */
export async function readAll(log: LogReader, from: TopicPartition, offset?: bigint, bytes = 64): Promise<ReadFrame[]> {
  const info = await log.describe(from.topic);
  let at = { ...from, offset: offset ?? info.ends[from.partition].first };
  const frames: ReadFrame[] = [];
  for (let reads = 0; ; reads++) {
    const result = await log.read(at, { bytes, waitMs: 0 });
    frames.push(...result.frames);
    expect(result.next.offset, 'a reader never goes back').toBeGreaterThanOrEqual(at.offset);
    at = { ...from, offset: result.next.offset };
    if (at.offset >= result.stableEnd || (result.frames.length === 0 && reads > 10_000)) return frames;
  }
}
export async function numbers(log: LogReader, from: TopicPartition): Promise<number[]> {
  return (await readAll(log, from)).map(item => numberOf(item.body));
}
/** Rows may become readable a moment after their commit: reads until there are as many. */
export async function readOnce(log: Log, from: TopicPartition, count: number): Promise<ReadFrame[]> {
  for (let tries = 0; ; tries++) {
    const found = await readAll(log, from);
    if (found.length >= count || tries >= 500) return found;
    await new Promise(resolve => setTimeout(resolve, 2));
  }
}
export async function numbersOnce(log: Log, from: TopicPartition, count: number): Promise<number[]> {
  return (await readOnce(log, from, count)).map(item => numberOf(item.body));
}

export async function changelogOf(log: TaskLog, from = 0n): Promise<number[]> {
  const deltas: number[] = [];
  for await (const { delta } of log.changelog(from)) deltas.push(numberOf(delta));
  return deltas;
}

/** The same, of a task that is another's. */
export async function deltasOf(log: LogReader, of: TaskId, from = 0n): Promise<number[]> {
  const deltas: number[] = [];
  for await (const { delta } of log.changelog(of, from)) deltas.push(numberOf(delta));
  return deltas;
}

/** A commit may become readable a moment after it resolved: reads until there are as many. */
export async function deltasOnce(log: LogReader, of: TaskId, count: number, from = 0n): Promise<number[]> {
  for (let tries = 0; ; tries++) {
    const found = await deltasOf(log, of, from);
    if (found.length >= count || tries >= 500) return found;
    await new Promise(resolve => setTimeout(resolve, 2));
  }
}

/** The code of the LogError a promise rejects with. */
export async function codeOf(promise: Promise<unknown>): Promise<LogErrorCode | string> {
  try {
    await promise;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
  return 'resolved';
}
/** Leaves a commit open, of a world that can; gives the code of its end. */
export async function leaveOpen(
  world: LogWorld,
  owner: TaskLog,
  commit: Commit,
): Promise<{ readonly ended: Promise<LogErrorCode | string> }> {
  assert(world.hang !== undefined, 'a case says what it needs');
  const { ended } = await world.hang(owner, commit);
  return { ended: codeOf(ended) };
}
export function plain(last: CommitRecord | null): number | null {
  return last === null ? null : last.counts.number;
}
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
/** Lets what has been started get on, for as long as the condition does not hold (bounded). */
export async function eventually(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 1000; tries++) {
    if (holds()) return;
    await new Promise(resolve => setTimeout(resolve, 2));
  }
  expect.fail(`waited in vain for: ${what}`);
}
