import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FramePacker } from '../../../src/engine/log/frame-transfer.ts';
import { connectLog } from '../../../src/engine/log/log-client.ts';
import { startLogThread } from '../../../src/engine/log/log-thread.ts';
import { codeOf, commitOf, frame, numbers, part, readAll, record, task, upTo } from '../../conformance/log/helpers.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'weir-log-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));
const OUT = part('out');

test('whole buffers are handed over, views are packed, and one frame may go to many places', async () => {
  const thread = await startLogThread({ dir });
  const { log } = thread;
  await log.ensureTopics([{ name: 'out', partitions: 3 }]);
  const owner = await log.open(task(0));
  const whole = frame(1, 5000);
  const pool = new Uint8Array(1000);
  pool.set(frame(2), 100);
  pool.set(frame(3), 300);
  const control = pool.subarray(300, 308);
  await owner.commit({
    record,
    outputs: [
      { to: part('out', 0), frames: [whole, pool.subarray(100, 108), control] },
      { to: part('out', 1), frames: [control, new Uint8Array(0), whole] },
    ],
    deltas: [control],
  });
  expect(whole.length).toBe(0);
  expect(pool.length).toBe(1000);
  expect(await numbers(log, part('out', 0))).toEqual([1, 2, 3]);
  expect((await readAll(log, part('out', 1))).map(f => f.body.length)).toEqual([8, 0, 5000]);
  await thread.stop();
});

test('a packer transfers every buffer once', () => {
  const whole = frame(1, 100);
  const other = new Uint8Array(64);
  const packer = new FramePacker([whole, other.subarray(0, 8), whole, other.subarray(8, 20)]);
  expect(packer.transfer.map(buffer => buffer.byteLength)).toEqual([100, 20]);
});

test('a thread that is stopped ends its clients; one that cannot start says why', async () => {
  const thread = await startLogThread({ dir });
  const client = connectLog(thread.connect());
  await client.ensureTopics([{ name: 'out', partitions: 1 }]);
  await client.append(OUT, [frame(1)]);
  const refused = await startLogThread({ dir }).catch((error: Error) => error);
  expect(refused).toMatchObject({ name: 'LogError', code: 'locked' });
  expect((refused as Error).message).toContain(`process ${process.pid} on `);
  const waiting = codeOf(client.read({ ...OUT, offset: 1n }, { bytes: 10, waitMs: 60_000 }));
  await thread.stop();
  expect(await waiting).toMatch(/dead|closed/);
  expect(await codeOf(client.topics())).toBe('dead');
  expect(await codeOf(thread.log.topics())).toBe('closed');
  const again = await startLogThread({ dir });
  expect(await numbers(again.log, OUT)).toEqual([1]);
  await again.stop();
});

test('a changelog larger than one message comes whole and in order', async () => {
  const thread = await startLogThread({ dir });
  const owner = await thread.log.open(task(0));
  for (const n of upTo(12)) await owner.commit({ ...commitOf(n, []), deltas: [frame(n, 800_000)] });
  const seen: number[] = [];
  for await (const { delta, next } of owner.changelog(2n)) {
    expect(delta.length).toBe(800_000);
    seen.push(Number(next));
  }
  expect(seen).toEqual(upTo(12).slice(2));
  await thread.stop();
});
