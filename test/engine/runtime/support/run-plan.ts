import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../../../src/engine/base/clock.ts';
import { decodeFrame } from '../../../../src/engine/columnar/frame.ts';
import { rowsOfBatch } from '../../../../src/engine/columnar/rows.ts';
import type { RunEvent, RunSummary } from '../../../../src/engine/contract/progress.ts';
import type { Schema } from '../../../../src/engine/contract/types.ts';
import { openEmbeddedLog } from '../../../../src/engine/log/embedded/embedded-log.ts';
import { openArtifactStore } from '../../../../src/engine/models/artifact-store.ts';
import type { Plan } from '../../../../src/engine/plan/plan.ts';
import type { Run, RunOptions } from '../../../../src/engine/runtime/run.ts';
import { startRun } from '../../../../src/engine/runtime/start-run.ts';

export const catalogModule = fileURLToPath(new URL('./test-catalog.ts', import.meta.url));

export const realClock: Clock = {
  now: () => Date.now(),
  elapsed: () => performance.now(),
  sleep: (duration, signal) =>
    delay(duration, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
};

/** Finds its time over at every look, so that every batch is a commit; to sleep is to let others go on. */
export function hastyClock(): Clock {
  let elapsed = 0;
  return { now: () => 0, elapsed: () => (elapsed += 10), sleep: () => new Promise(resolve => setImmediate(resolve)) };
}

export function runOptions(folder: string, options: Partial<RunOptions> = {}): RunOptions {
  return {
    workers: 0,
    partitions: 4,
    batchRows: 512,
    logDir: folder,
    catalogModule,
    extensions: [],
    fresh: false,
    untilCaughtUp: false,
    clock: realClock,
    ...options,
  };
}
export function start(plan: Plan, folder: string, options: Partial<RunOptions> = {}): Run {
  return startRun(plan, runOptions(folder, options), openArtifactStore(`${folder}/artifacts`));
}
export async function finish(
  plan: Plan,
  folder: string,
  options: Partial<RunOptions> = {},
): Promise<{ summary: RunSummary; events: RunEvent[] }> {
  const run = start(plan, folder, options);
  const events: RunEvent[] = [];
  run.events.subscribe(event => events.push(event));
  return { summary: await run.summary, events };
}

/** All rows of a topic as JSON texts, sorted. */
export async function topicRows(folder: string, topic: string): Promise<string[]> {
  const log = await openEmbeddedLog({ dir: `${folder}/log`, clock: realClock });
  try {
    const info = await log.describe(topic);
    const { schema } = info.meta as unknown as { schema: Schema };
    const rows: string[] = [];
    for (let partition = 0; partition < info.partitions; partition++) {
      for (let offset = info.ends[partition].first; offset < info.ends[partition].stableEnd; ) {
        const { frames, next } = await log.read({ topic, partition, offset }, { bytes: 1 << 22, waitMs: 0 });
        for (const frame of frames) {
          for (const row of rowsOfBatch(decodeFrame(frame.body, schema))) rows.push(JSON.stringify(row));
        }
        offset = next.offset;
      }
    }
    return rows.sort();
  } finally {
    await log.close();
  }
}
