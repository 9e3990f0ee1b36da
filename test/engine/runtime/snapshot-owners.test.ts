import { describe, expect, it } from 'vitest';
import type { Disk, DiskFile } from '../../../src/engine/base/disk.ts';
import { seededRng } from '../../../src/engine/base/rng.ts';
import { batchFromRows } from '../../../src/engine/columnar/rows.ts';
import type { Log, TaskLog } from '../../../src/engine/contract/log.ts';
import type { KeyedState } from '../../../src/engine/contract/state.ts';
import { createMemoryLog } from '../../../src/engine/log/memory-log.ts';
import { StreamState } from '../../../src/engine/runtime/stream/stream-state.ts';
import { SimulatedDisk } from '../../../src/engine/simulation/simulated-disk.ts';
import { realClock } from './support/run-plan.ts';

const key = [{ name: 'who', type: { kind: 'string' }, nullable: false }] as const;
const task = { flow: 'f', chain: 'c', partition: 0 };
const record = { planHash: 'p', positions: [], models: {}, sinkTokens: [], counts: {}, ended: false };
const PEOPLE = Array.from({ length: 12 }, (_, i) => `p${i}`);
const ids = (sums: KeyedState, whos: readonly string[]) =>
  sums.keysOf(
    batchFromRows(
      { fields: key },
      whos.map(who => ({ who })),
    ),
  );

/** Stands still before one of its calls, and goes on when it is let. */
class PausingDisk implements Disk {
  readonly #disk: Disk;
  readonly #pauseAt: number;
  readonly #reached = Promise.withResolvers<void>();
  readonly #go = Promise.withResolvers<void>();
  calls = 0;
  removals = 0;
  stoodAt = '';

  constructor(disk: Disk, pauseAt: number) {
    this.#disk = disk;
    this.#pauseAt = pauseAt;
  }
  get reached(): Promise<void> {
    return this.#reached.promise;
  }
  goOn(): void {
    this.#go.resolve();
  }
  async #call(what: string): Promise<void> {
    this.calls += 1;
    if (this.calls !== this.#pauseAt) return;
    this.stoodAt = what;
    this.#reached.resolve();
    await this.#go.promise;
  }
  makeDir = (path: string) => this.#disk.makeDir(path);
  async list(path: string): Promise<readonly string[]> {
    await this.#call('list');
    return this.#disk.list(path);
  }
  async open(path: string, mode: 'read' | 'write' | 'create'): Promise<DiskFile> {
    await this.#call(mode);
    return this.#disk.open(path, mode);
  }
  async rename(from: string, to: string): Promise<void> {
    await this.#call('rename');
    return this.#disk.rename(from, to);
  }
  async remove(path: string): Promise<void> {
    this.removals += 1;
    await this.#call('remove');
    return this.#disk.remove(path);
  }
  syncDir = (path: string) => this.#disk.syncDir(path);
}

/** An owner of the task that adds one to some people with every commit. */
class Owner {
  readonly log: TaskLog;
  readonly state: StreamState;
  readonly sums: KeyedState;
  private constructor(log: TaskLog, state: StreamState) {
    this.log = log;
    this.state = state;
    this.sums = state.store.keyed('op/sums', key, [{ name: 'sum', kind: 'f64', initial: 0 }]);
  }
  /** `disk` null: it is not told where the snapshots are. */
  static async open(log: Log, disk: Disk | null): Promise<Owner> {
    const owner = await log.open(task);
    const place = disk && { disk, dir: 'task' };
    return new Owner(owner, await StreamState.open(owner, place, { bytes: 1 << 20, deltas: 2 }));
  }
  /** Counts in `oracle` what is durable. Throws what the log says. */
  async commit(whos: readonly number[], oracle: Map<string, number>): Promise<void> {
    const names = whos.map(who => PEOPLE[who]);
    const slot = () => this.sums.slot('sum');
    for (const id of ids(this.sums, names)) slot()[id] += 1;
    const { deltas, snapshot, previousSnapshot = null } = this.state.forCommit();
    const made = await this.log.commit({ record: { ...record, snapshot, previousSnapshot }, outputs: [], deltas });
    for (const name of names) oracle.set(name, (oracle.get(name) ?? 0) + 1);
    // Snapshots are written beside the work; here the work waits for each.
    await this.state.close();
    await this.state.committed(made);
  }
  content(): Map<string, number> {
    const slot = () => this.sums.slot('sum');
    const all = [...ids(this.sums, PEOPLE)].map((id, i) => [PEOPLE[i], slot()[id]] as const);
    return new Map(all.filter(([, sum]) => sum > 0));
  }
}

const inOrder = (map: ReadonlyMap<string, number>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
const somebody = (rng: ReturnType<typeof seededRng>) => Array.from({ length: 3 }, () => rng.below(PEOPLE.length));

/** The state that a next owner finds, by the newest snapshot and by the one before. */
async function expectWhole(log: Log, disk: SimulatedDisk, oracle: ReadonlyMap<string, number>): Promise<void> {
  const { last } = await log.open(task);
  expect(inOrder((await Owner.open(log, disk)).content())).toEqual(inOrder(oracle));
  const newest = last?.snapshot?.manifest;
  if (newest === undefined || (last?.previousSnapshot ?? null) === null) return;
  const path = `task/${newest}`;
  const whole = disk.contentOf(path);
  disk.damage(path, new Uint8Array(3));
  expect(inOrder((await Owner.open(log, disk)).content())).toEqual(inOrder(oracle));
  disk.damage(path, whole);
}

describe('an owner that stands still, and is fenced without knowing it', () => {
  it('takes nothing from its heir, nor the heir anything from it, wherever it stood in its folder', async () => {
    const seen = new Set<string>();
    for (let step = 1; ; step++) {
      const rng = seededRng(step);
      const disk = new SimulatedDisk(rng);
      const log = createMemoryLog({ clock: realClock });
      const oracle = new Map<string, number>();
      const slow = new PausingDisk(disk, step);
      const zombie = await Owner.open(log.session(), slow);
      const work = async () => {
        for (let commit = 0; commit < 12; commit++) await zombie.commit(somebody(rng), oracle);
      };
      const working = work();
      const stood = await Promise.race([slow.reached.then(() => true), working.then(() => false)]);
      if (!stood) {
        expect(slow.removals).toBeGreaterThan(8);
        break;
      }
      seen.add(slow.stoodAt);
      const heir = await Owner.open(log.session(), disk);
      expect(inOrder(heir.content())).toEqual(inOrder(oracle));
      const commits = rng.below(12);
      for (let commit = 0; commit < commits; commit++) await heir.commit(somebody(rng), oracle);
      slow.goOn();
      await working.catch(error => expect(error).toMatchObject({ code: 'fenced' }));
      await expect(zombie.commit([0], new Map())).rejects.toMatchObject({ name: 'LogError' });
      await expectWhole(log, disk, oracle);
      // And it goes on from there, with what is left.
      const next = await Owner.open(log, disk);
      for (let commit = 0; commit < 8; commit++) await next.commit(somebody(rng), oracle);
      await expectWhole(log, disk, oracle);
      expect(step).toBeLessThan(1_000);
    }
    expect([...seen].sort()).toEqual(['create', 'list', 'read', 'remove', 'rename']);
  });

  it('leaves nothing for good: the next collection takes what it wrote too late', async () => {
    const rng = seededRng(5);
    const disk = new SimulatedDisk(rng);
    const log = createMemoryLog({ clock: realClock });
    const oracle = new Map<string, number>();
    const late = await Owner.open(log, disk);
    await late.commit([1, 2, 3], oracle);
    await disk.open(`task/${late.log.epoch}.abc`, 'create');
    await disk.open(`task/${late.log.epoch}.def.tmp`, 'create');
    const heir = await Owner.open(log, disk);
    for (let commit = 0; commit < 12; commit++) await heir.commit(somebody(rng), oracle);
    const left = disk.files().filter(path => path.startsWith(`task/${late.log.epoch}.`));
    expect(left.filter(path => path.endsWith('abc') || path.endsWith('tmp'))).toEqual([]);
    await expectWhole(log, disk, oracle);
  });
});

describe('a process that dies at any step of a snapshot or a collection', () => {
  it.each(['lose', 'keep', 'tear'] as const)('is followed by one that has all that was committed (%s)', async crash => {
    for (let step = 1; ; step++) {
      const rng = seededRng(step);
      const disk = new SimulatedDisk(rng);
      disk.crashAtStep = step;
      const log = createMemoryLog({ clock: realClock });
      const oracle = new Map<string, number>();
      const first = await Owner.open(log, disk);
      let commits = 0;
      while (!disk.crashed && commits < 14) {
        await first.commit(somebody(rng), oracle).catch(() => undefined);
        commits += 1;
      }
      if (!disk.crashed) break;
      const after = disk.restart(crash);
      const heir = await Owner.open(log, after);
      expect(inOrder(heir.content())).toEqual(inOrder(oracle));
      for (let commit = 0; commit < 8; commit++) await heir.commit(somebody(rng), oracle);
      await expectWhole(log, after, oracle);
      expect(step).toBeLessThan(1_000);
    }
  });
});

describe('snapshots at another place', () => {
  it('are asked for once the changelog has been purged up to them, and not before', async () => {
    const log = createMemoryLog({ clock: realClock });
    const disk = new SimulatedDisk(seededRng(1));
    const oracle = new Map<string, number>();
    const owner = await Owner.open(log, disk);
    for (let commit = 0; commit < 4; commit++) await owner.commit([commit], oracle);
    expect((await log.last(task))?.snapshot).not.toBeNull();
    expect(inOrder((await Owner.open(log, null)).content())).toEqual(inOrder(oracle));
    const other = await Owner.open(log, disk);
    for (let commit = 0; commit < 9; commit++) await other.commit([commit], oracle);
    await expect(Owner.open(log, null)).rejects.toMatchObject({ code: 'R124' });
    await expectWhole(log, disk, oracle);
  });
});
