import { beforeEach, expect, it } from 'vitest';
import type { Log } from '../../../src/engine/contract/log.ts';
import { createMemoryLog } from '../../../src/engine/log/memory-log.ts';
import {
  appendFrame,
  assertInForce,
  ensureManifests,
  readManifests,
  writeManifest,
} from '../../../src/engine/runtime/stream/manifest-log.ts';
import type { StreamManifest } from '../../../src/engine/runtime/stream/stream-manifest.ts';
import { emptyManifest } from './support/empty-manifest.ts';
import { realClock } from './support/run-plan.ts';

const manifest = (generation: number, planHash = 'plan'): StreamManifest => ({
  ...emptyManifest,
  generation,
  planHash,
});

let log: Log;
beforeEach(() => {
  log = createMemoryLog({ clock: realClock });
});

it('of two manifests that follow one, the first counts, and who wrote the other is told', async () => {
  const state = await ensureManifests(log, 'f');
  const mine = await writeManifest(log, 'f', state, manifest(1));
  expect(mine?.manifest?.generation).toBe(1);
  expect(await writeManifest(log, 'f', state, manifest(1, 'another'))).toBeNull();
  // The same one again, as after a lost answer, is the same.
  expect((await writeManifest(log, 'f', state, manifest(1)))?.manifest?.planHash).toBe('plan');
  const now = await readManifests(log, 'f');
  expect(now).toMatchObject({ revision: 1, manifest: { planHash: 'plan' } });
  await expect(assertInForce(log, 'f', manifest(1))).resolves.toBeUndefined();
  await expect(assertInForce(log, 'f', manifest(1, 'another'))).rejects.toMatchObject({ code: 'R545' });
});

it('of a stream that has more tasks now, those that know of fewer must not run', async () => {
  const first = await writeManifest(log, 'f', await ensureManifests(log, 'f'), { ...manifest(1), tasks: { in: 2 } });
  if (first === null) throw new Error('nobody else writes');
  await expect(assertInForce(log, 'f', { ...manifest(1), tasks: { in: 2 } })).resolves.toBeUndefined();
  await writeManifest(log, 'f', first, { ...manifest(1), tasks: { in: 3 } });
  await expect(assertInForce(log, 'f', { ...manifest(1), tasks: { in: 2 } })).rejects.toMatchObject({ code: 'R545' });
  await expect(assertInForce(log, 'f', { ...manifest(1), tasks: { in: 3 } })).resolves.toBeUndefined();
});

it('manifests made before they had numbers count as they come', async () => {
  await ensureManifests(log, 'f');
  await appendFrame(log, 'f', manifest(1));
  await appendFrame(log, 'f', manifest(2));
  const old = await readManifests(log, 'f');
  expect(old).toMatchObject({ revision: 2, generations: 2, manifest: { generation: 2 } });
  const next = await writeManifest(log, 'f', old, manifest(3));
  expect(next).toMatchObject({ revision: 3, manifest: { generation: 3 } });
});

it('a generation that was given up is not named again', async () => {
  const first = await writeManifest(log, 'f', await ensureManifests(log, 'f'), manifest(1));
  if (first === null) throw new Error('nobody else writes');
  const from = { generation: 1, tasks: {} };
  const moving = await writeManifest(log, 'f', first, { ...manifest(2), from });
  if (moving === null) throw new Error('nobody else writes');
  await expect(assertInForce(log, 'f', manifest(2))).rejects.toMatchObject({ code: 'R545' });
  const back = await writeManifest(log, 'f', moving, manifest(1));
  expect(back).toMatchObject({ generations: 2, manifest: { generation: 1 } });
  await expect(assertInForce(log, 'f', manifest(1))).resolves.toBeUndefined();
});

it('a drain is in force from its first request to the next manifest', async () => {
  const first = await writeManifest(log, 'f', await ensureManifests(log, 'f'), manifest(1));
  if (first === null) throw new Error('nobody else writes');
  await appendFrame(log, 'f', { request: 'stop', id: 'a' });
  expect((await readManifests(log, 'f')).drain).toBeNull();
  await appendFrame(log, 'f', { request: 'drain', id: 'b' });
  await appendFrame(log, 'f', { request: 'drain', id: 'c' });
  await appendFrame(log, 'f', { answer: 'b', process: 'one', is: 'leaving' });
  const asked = await readManifests(log, 'f', first);
  expect(asked.drain).toEqual({ offset: 2, id: 'b' });
  const over = await writeManifest(log, 'f', asked, { ...manifest(1), drained: 2 });
  expect(over).toMatchObject({ drain: null, manifest: { drained: 2 } });
});
