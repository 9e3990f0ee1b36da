import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunEvent, RunSummary } from '../../src/engine/contract/progress.ts';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';
import { temporaryFolders } from '../support/temporary-folder.ts';
import { isSummary, type RunningWeir, runningWeir, weir } from './support/running-weir.ts';

const reason = skipReason();
const TEST_MS = 180_000;
/** Enough to be at work for some seconds. */
const ROWS = 1_500_000;
const flow = join(import.meta.dirname, 'flows', 'readings.flow');
const folder = temporaryFolders();

/** A process of the flow, in a folder of its own. */
async function started(dir: string, log: string): Promise<RunningWeir> {
  await mkdir(dir, { recursive: true });
  const sizes = ['--workers', '1', '--partitions', '3', '--batch-rows', '500'];
  return runningWeir(dir, [flow, '--log', log, ...sizes, '--param', `rows=${ROWS}`]);
}
const hasRows = (event: RunEvent): boolean => event.event === 'progress' && event.stage === 'kept' && event.rowsIn > 0;

/** Sorted, without offsets. */
function rowsOf(log: string): string[] {
  const { stdout, status } = spawnSync(
    process.execPath,
    [weir, 'topics', 'read', 'kept', '--json', '--sorted', '--log', log],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  expect(status).toBe(0);
  return stdout.trim().split('\n');
}

describe.skipIf(reason !== null)(`processes that share a flow over Kafka${skipNote(reason)}`, () => {
  const kafka = kafkaForTests({ brokers: 1 });

  it(
    'make what one makes over the embedded log, though one of them is killed',
    async () => {
      const dir = await folder();
      const embedded = join(dir, 'embedded');
      const alone = await started(join(dir, 'alone'), embedded);
      const whole = (await alone.until(isSummary)) as RunSummary;
      expect(whole.ok).toBe(true);

      const log = `kafka://${kafka().bootstrap}/shared`;
      const first = await started(join(dir, 'first'), log);
      await first.until(hasRows);
      const second = await started(join(dir, 'second'), log);
      await second.until(hasRows);
      expect(first.isDone).toBe(false);
      first.signal('SIGKILL');
      const summary = (await second.until(isSummary)) as RunSummary;
      expect(summary.error).toBeUndefined();
      expect(summary.stages).toEqual(whole.stages);
      expect(rowsOf(log)).toEqual(rowsOf(embedded));
    },
    TEST_MS,
  );
});
