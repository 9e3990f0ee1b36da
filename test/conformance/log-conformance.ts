import { describe, test } from 'vitest';
import { LogError } from '../../src/engine/contract/log.ts';
import { changelogCases } from './log/changelog-cases.ts';
import { commitCases } from './log/commit-cases.ts';
import { diskCases } from './log/disk-cases.ts';
import type { LogDriver, LogWorld } from './log/driver.ts';
import { ownerCases } from './log/owner-cases.ts';
import { stateCases } from './log/state-cases.ts';
import { viewCases } from './log/view-cases.ts';

const worldCases = [...ownerCases, ...commitCases, ...changelogCases, ...stateCases].sort((a, b) => a.id - b.id);

/** Cases of the protocol that need the runtime's watermarks, which come later. Those of draining and rescaling are of `stream-conformance.ts`. */
const LATER: readonly (readonly [id: number, title: string])[] = [
  [27, 'a watermark never regresses'],
  [29, 'idle and active upstreams'],
];

const MOST_TRIES = 5;

/** What every log must do, numbered as in the protocol. A driver says what its log can be made to do wrong. */
export function logConformance(driver: LogDriver): void {
  describe(`log conformance: ${driver.name}`, () => {
    for (const { id, title, needs, run } of worldCases) {
      test(`${id}. ${title}`, async context => {
        for (let tries = 1; ; tries++) {
          const world = await driver.create();
          try {
            const missing = (needs ?? []).filter(ability => world[ability] === undefined);
            if (missing.length > 0) context.skip(`this log cannot be made to: ${missing.join(', ')}`);
            await run(world);
            return;
          } catch (error) {
            const isRefused = error instanceof LogError && (error.code === 'unknown' || error.code === 'unmade');
            if (driver.mayRefuse !== true || !isRefused || tries === MOST_TRIES) throw error;
          } finally {
            await world.destroy();
          }
        }
      });
    }
    for (const [id, title] of LATER) test.todo(`${id}. ${title} (later)`);
    const { disk } = driver;
    if (disk === undefined) return;
    for (const { id, title, run } of [...diskCases, ...viewCases]) test(`${id}. ${title}`, () => run(disk));
  });
}

/** Which of the cases `ids` a log fails: for logs that are broken on purpose. `limitMs` ends a case that hangs. */
export async function failingCases(driver: LogDriver, ids: readonly number[], limitMs: number): Promise<number[]> {
  const failed = new Set<number>();
  const attempt = async (id: number, run: () => Promise<void>): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('hangs')), limitMs);
    });
    try {
      await Promise.race([run(), limit]);
    } catch {
      failed.add(id);
    } finally {
      clearTimeout(timer);
    }
  };
  for (const { id, needs, run } of worldCases) {
    if (!ids.includes(id)) continue;
    const world: LogWorld = await driver.create();
    if ((needs ?? []).every(ability => world[ability] !== undefined)) await attempt(id, () => run(world));
    await world.destroy().catch(() => {});
  }
  const { disk } = driver;
  if (disk === undefined) return [...failed];
  for (const { id, run } of [...diskCases, ...viewCases]) if (ids.includes(id)) await attempt(id, () => run(disk));
  return [...failed];
}
