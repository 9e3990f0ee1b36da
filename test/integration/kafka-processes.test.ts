import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunEvent, RunSummary } from '../../src/engine/contract/progress.ts';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';
import { temporaryFolders } from '../support/temporary-folder.ts';

const reason = skipReason();
const TEST_MS = 180_000;
/** Enough to be at work for some seconds. */
const ROWS = 1_500_000;
const weir = join(import.meta.dirname, '..', '..', 'bin', 'weir.mjs');
const flow = join(import.meta.dirname, 'flows', 'readings.flow');
const folder = temporaryFolders();

const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  running.clear();
});

interface Process {
  /** Resolves with the first event for which `is` holds, of those that have come and will. */
  until(is: (event: RunEvent) => boolean): Promise<RunEvent>;
  /** Whether it has ended by itself. */
  readonly isDone: boolean;
  kill(): void;
}
/** A process of the flow, in a folder of its own. */
async function process_(dir: string, log: string): Promise<Process> {
  await mkdir(dir, { recursive: true });
  const args = [
    'run',
    flow,
    '--log',
    log,
    '--workers',
    '1',
    '--partitions',
    '3',
    '--batch-rows',
    '500',
    '--json',
    '--param',
    `rows=${ROWS}`,
  ];
  const child = spawn(process.execPath, [weir, ...args], { cwd: dir, stdio: ['ignore', 'pipe', 'inherit'] });
  running.add(child);
  const events: RunEvent[] = [];
  let check: () => void = () => undefined;
  createInterface({ input: child.stdout }).on('line', line => {
    events.push(JSON.parse(line) as RunEvent);
    check();
  });
  return {
    until(is) {
      return new Promise((resolve, reject) => {
        child.once('exit', () => setImmediate(() => reject(new Error('the process has ended before'))));
        check = () => {
          const found = events.find(is);
          if (found !== undefined) resolve(found);
        };
        check();
      });
    },
    get isDone() {
      return events.some(isSummary);
    },
    kill: () => void child.kill('SIGKILL'),
  };
}
const isSummary = (event: RunEvent): boolean => event.event === 'summary';
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
      const alone = await process_(join(dir, 'alone'), embedded);
      const whole = (await alone.until(isSummary)) as RunSummary;
      expect(whole.ok).toBe(true);

      const log = `kafka://${kafka().bootstrap}/shared`;
      const first = await process_(join(dir, 'first'), log);
      await first.until(hasRows);
      const second = await process_(join(dir, 'second'), log);
      await second.until(hasRows);
      expect(first.isDone).toBe(false);
      first.kill();
      const summary = (await second.until(isSummary)) as RunSummary;
      expect(summary.error).toBeUndefined();
      expect(summary.stages).toEqual(whole.stages);
      expect(rowsOf(log)).toEqual(rowsOf(embedded));
    },
    TEST_MS,
  );
});
