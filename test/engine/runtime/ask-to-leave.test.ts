import { beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/engine/base/clock.ts';
import type { Log } from '../../../src/engine/contract/log.ts';
import { createMemoryLog } from '../../../src/engine/log/memory-log.ts';
import { boundLog } from '../../../src/engine/runtime/log-over.ts';
import { askToLeave } from '../../../src/engine/runtime/stream/ask-to-leave.ts';
import { EarlyRequests } from '../../../src/engine/runtime/stream/early-requests.ts';
import {
  appendFrame,
  ensureManifests,
  type LeaveRequest,
  type ManifestFrame,
  readManifests,
  writeManifest,
} from '../../../src/engine/runtime/stream/manifest-log.ts';
import { emptyManifest } from './support/empty-manifest.ts';
import { hastyClock, realClock } from './support/run-plan.ts';

const request: LeaveRequest = { request: 'stop', id: 'a test' };

let log: Log;
beforeEach(() => {
  log = createMemoryLog({ clock: realClock });
});

/** Time passes with each sleep; `at` are things that happen, by when. */
function clockWith(at: Readonly<Record<number, () => Promise<unknown>>>): Clock {
  let now = 0;
  return {
    now: () => now,
    elapsed: () => now,
    async sleep(duration) {
      for (const [when, happens] of Object.entries(at)) {
        if (now < Number(when) && now + duration >= Number(when)) await happens();
      }
      now += duration;
    },
  };
}
const say = (process: string, is: 'leaving' | 'left', how?: string) =>
  appendFrame(log, 'f', { answer: request.id, process, is, ...(how === undefined ? {} : { how }) });

describe('whoever asks the processes of a flow to leave', () => {
  /** `members`: of the group, by the time. */
  async function ask(at: Parameters<typeof clockWith>[0], members: (now: number) => readonly string[]) {
    await writeManifest(log, 'f', await ensureManifests(log, 'f'), emptyManifest);
    const clock = clockWith(at);
    const grouped: Log = { ...boundLog(log), members: async () => members(clock.elapsed()) };
    const { signal } = new AbortController();
    const left = await askToLeave({ log: grouped, clock, flow: 'f', request, signal });
    return { left, waited: clock.elapsed() };
  }

  it('is told that none runs where the group is empty', async () => {
    expect((await ask({}, () => [])).left).toEqual([]);
  });
  it('does not wait for more than those there are', async () => {
    const at = { 600: () => say('one', 'leaving'), 1400: () => say('one', 'left', 'stopped') };
    const { left, waited } = await ask(at, now => (now < 1_400 ? ['one'] : []));
    expect(left).toEqual([{ process: 'one', how: 'stopped' }]);
    expect(waited).toBeLessThan(2_000);
  });
  it('is told of one that stands still, alone or beside others, and whether or not it is taken for dead meanwhile', async () => {
    expect((await ask({}, () => ['frozen'])).left).toEqual([{ process: 'frozen', how: 'silent' }]);
    expect((await ask({}, now => (now < 3_000 ? ['frozen'] : []))).left).toEqual([
      { process: 'frozen', how: 'silent' },
    ]);
    const at = { 600: () => say('one', 'leaving'), 1400: () => say('one', 'left', 'stopped') };
    const { left, waited } = await ask(at, now => (now < 1_400 ? ['frozen', 'one'] : ['frozen']));
    expect(left).toEqual([
      { process: 'one', how: 'stopped' },
      { process: 'frozen', how: 'silent' },
    ]);
    expect(waited).toBeLessThan(8_000);
  });
  it('is not told of one that leaves of its own accord', async () => {
    expect((await ask({}, now => (now < 1_000 ? ['leaves'] : []))).left).toEqual([]);
  });
});

describe('a process that has not come to its stream', () => {
  const frames = async () => {
    const all: ManifestFrame[] = [];
    await readManifests(log, 'f', undefined, frame => all.push(frame));
    return all;
  };
  function early(alone = false, filed: LeaveRequest[] = []) {
    const stopped = Promise.withResolvers<void>();
    const watching = EarlyRequests.watch({
      log,
      clock: hastyClock(),
      flow: 'f',
      process: 'early',
      alone,
      takeRequest: async () => filed.shift() ?? null,
      stop: () => stopped.resolve(),
    });
    return { watching, stopped: stopped.promise };
  }

  it.each([
    'stop',
    'drain',
  ] as const)('leaves when it is asked to %s, and says so, though the flow has never run', async what => {
    const { watching, stopped } = early();
    const requests = await watching;
    await appendFrame(log, 'f', { request: what, id: 'a test' });
    await stopped;
    expect(requests.wasAsked).toBe(true);
    await requests.leave('stopped');
    const answers = (await frames()).filter(frame => 'answer' in frame);
    expect(answers[0]).toEqual({ answer: 'a test', process: 'early', is: 'leaving' });
    expect(answers.at(-1)).toEqual({ answer: 'a test', process: 'early', is: 'left', how: 'stopped' });
  });
  it('leaves when a file asks it to, where it is alone with its log', async () => {
    const { watching, stopped } = early(true, [request]);
    await stopped;
    expect((await watching).wasAsked).toBe(true);
  });
  it('misses nothing that is asked as its stream begins, and leaves what comes later to it', async () => {
    const { watching } = early();
    const requests = await watching;
    await appendFrame(log, 'f', request);
    await requests.handOver();
    expect(requests.wasAsked).toBe(true);

    const quiet = await early().watching;
    await quiet.handOver();
    await appendFrame(log, 'f', request);
    await quiet.leave('ended');
    expect(quiet.wasAsked).toBe(false);
  });
  it('is not held responsible for what was asked before it began', async () => {
    await ensureManifests(log, 'f');
    await appendFrame(log, 'f', request);
    const requests = await early().watching;
    await requests.handOver();
    expect(requests.wasAsked).toBe(false);
  });
});
