import { beforeEach, describe, expect, it } from 'vitest';
import { type Log, LogError } from '../../../src/engine/contract/log.ts';
import { createMemoryLog } from '../../../src/engine/log/memory-log.ts';
import { boundLog } from '../../../src/engine/runtime/log-over.ts';
import { Leaving } from '../../../src/engine/runtime/stream/leaving.ts';
import {
  appendFrame,
  ensureManifests,
  type LeaveRequest,
  writeManifest,
} from '../../../src/engine/runtime/stream/manifest-log.ts';
import type { StreamManifest } from '../../../src/engine/runtime/stream/stream-manifest.ts';
import { watchManifests } from '../../../src/engine/runtime/stream/watch-manifests.ts';
import { emptyManifest as manifest } from './support/empty-manifest.ts';
import { hastyClock, realClock } from './support/run-plan.ts';

const MOST_LOOKS = 100;
const stopRequest: LeaveRequest = { request: 'stop', id: 'a test' };

let log: Log;
beforeEach(() => {
  log = createMemoryLog({ clock: realClock });
});

/** What comes of a watch over a log that is not as it should be: it hears of a stop, or is lost, or nothing. `filed`: what is asked beside the log; `next`: a manifest that follows. */
async function outcomeOver(
  broken: Partial<Log>,
  filed: readonly LeaveRequest[] = [],
  next?: StreamManifest,
): Promise<unknown> {
  const state = await writeManifest(log, 'f', await ensureManifests(log, 'f'), manifest);
  if (state === null) throw new Error('nobody else writes');
  if (next !== undefined) await writeManifest(log, 'f', state, next);
  else if (filed.length === 0) await appendFrame(log, 'f', stopRequest);
  const waiting = [...filed];
  const leaving = new Leaving();
  const end = new AbortController();
  let looks = 0;
  const leave = watchManifests({
    log: { ...boundLog(log), ...broken },
    clock: hastyClock(),
    flow: 'f',
    manifest,
    state,
    process: 'a process',
    leaving,
    takeRequest: async () => {
      if (++looks === MOST_LOOKS) end.abort();
      return waiting.shift() ?? null;
    },
    signal: end.signal,
  });
  const heard = new Promise(resolve => leaving.onStop(() => resolve('stop')));
  const over = leave('ended').then(() => 'nothing');
  const outcome = await Promise.race([leaving.lost, heard, over]);
  end.abort();
  await over;
  return outcome;
}

/** Fails the first so many times. */
function failing(error: Error, times: number): () => void {
  let calls = 0;
  return () => {
    if (calls++ < times) throw error;
  };
}

describe('a watch', () => {
  it.each([
    new LogError('denied', 'not allowed'),
    new LogError('gap', 'purged'),
    new LogError('corrupt', 'damaged'),
    new TypeError('not a log'),
  ])('that can hear nothing any more ends the run: %s', async error => {
    const fail = failing(error, Number.POSITIVE_INFINITY);
    const read: Log['read'] = async (at, max) => {
      fail();
      return log.read(at, max);
    };
    expect(await outcomeOver({ read })).toBe(error);
  });

  it.each(['unknown', 'dead'] as const)('looks again where the log is not there for a moment (%s)', async code => {
    const fail = failing(new LogError(code, 'not there'), 3);
    const read: Log['read'] = async (at, max) => {
      fail();
      return log.read(at, max);
    };
    expect(await outcomeOver({ read })).toBe('stop');
  });

  it('ends tasks that know of fewer tasks than the stream has now, and no others', async () => {
    expect(await outcomeOver({}, [], { ...manifest, tasks: { in: 3 } })).toMatchObject({ code: 'R545' });
    log = createMemoryLog({ clock: realClock });
    expect(await outcomeOver({}, [], { ...manifest })).toBe('nothing');
  });

  it('passes on a request though the log did not take it at first', async () => {
    const fail = failing(new LogError('unknown', 'not there'), 2);
    const append: Log['append'] = async (to, frames) => {
      fail();
      return log.append(to, frames);
    };
    expect(await outcomeOver({ append }, [stopRequest])).toBe('stop');
  });
});
