import { assert } from '../base/assert.ts';
import type { ArtifactStore } from '../contract/artifact.ts';
import type { Batch } from '../contract/batch.ts';
import type { SideValue } from '../contract/operator.ts';
import type { Chain } from '../plan/physical.ts';
import type { PortRef } from '../plan/plan.ts';
import { portKey } from '../plan/port-key.ts';
import { neededRefs } from '../plan/refs.ts';

/** What has been made for a port, by name in the artifact store. Crosses threads as plain data. */
export type Ready =
  | { readonly kind: 'table'; readonly key: string; readonly rows: number; readonly hash: string }
  | {
      readonly kind: 'value';
      readonly key: string;
      readonly name: string;
      readonly hash: string;
      readonly version: string | null;
    };
/** By port key. */
export type ReadyPorts = Readonly<Record<string, Ready>>;

/** Side inputs of a chain, loaded before its first row. */
export interface Sides {
  has(ref: PortRef): boolean;
  table(ref: PortRef): readonly Batch[];
  value(ref: PortRef): SideValue;
}

/** Loads what `refs` name; ports that are not in `ready` stay absent. The same values are shared by all tasks of a thread. */
export class SideLoader {
  readonly #artifacts: ArtifactStore;
  readonly #batchRows: number;
  /** Content-addressed, so an entry never goes stale; few are kept, for a thread lives as long as its run. */
  readonly #tables = new Map<string, readonly Batch[]>();
  readonly #values = new Map<string, SideValue>();

  constructor(artifacts: ArtifactStore, batchRows: number) {
    this.#artifacts = artifacts;
    this.#batchRows = batchRows;
  }

  /** The side inputs of a chain's steps, and of `more`. */
  loadOf(chain: Chain, ready: ReadyPorts, more: readonly PortRef[] = []): Promise<Sides> {
    const own = chain.steps.flatMap(({ node }) => neededRefs(node));
    return this.load([...own, ...more], ready);
  }
  async load(refs: readonly PortRef[], ready: ReadyPorts): Promise<Sides> {
    const tables = new Map<string, readonly Batch[]>();
    const values = new Map<string, SideValue>();
    for (const ref of refs) {
      const key = portKey(ref);
      const made = ready[key];
      if (made?.kind === 'table') tables.set(key, await this.table(made.key));
      if (made?.kind === 'value') values.set(key, await this.value(made));
    }
    return {
      has: ref => tables.has(portKey(ref)) || values.has(portKey(ref)),
      table(ref) {
        const table = tables.get(portKey(ref));
        assert(table !== undefined, `table ${portKey(ref)} is not ready`);
        return table;
      },
      value(ref) {
        const value = values.get(portKey(ref));
        assert(value !== undefined, `value ${portKey(ref)} is not ready`);
        return value;
      },
    };
  }

  async table(key: string): Promise<readonly Batch[]> {
    const known = this.#tables.get(key);
    if (known !== undefined) return known;
    const table = await this.#artifacts.table(key);
    assert(table !== null, `table artifact ${key} is gone`);
    const batches: Batch[] = [];
    for await (const batch of table.read({ from: 0, to: table.rows, batchRows: this.#batchRows })) batches.push(batch);
    return kept(this.#tables, key, batches, MAX_TABLES);
  }

  async value(made: Extract<Ready, { kind: 'value' }>): Promise<SideValue> {
    const cacheKey = `${made.key} ${made.name} ${made.version ?? ''}`;
    const known = this.#values.get(cacheKey);
    if (known !== undefined) return known;
    const value = await this.#artifacts.value(made.key);
    assert(value !== null, `value artifact ${made.key} is gone`);
    const side = { name: made.name, hash: value.hash, version: made.version, content: value.content };
    return kept(this.#values, cacheKey, side, MAX_VALUES);
  }
}

/** Tables can be large; tasks of one job share theirs. */
const MAX_TABLES = 2;
const MAX_VALUES = 32;

function kept<T>(cache: Map<string, T>, key: string, loaded: T, most: number): T {
  const [oldest] = cache.keys();
  if (cache.size >= most && oldest !== undefined) cache.delete(oldest);
  cache.set(key, loaded);
  return loaded;
}
