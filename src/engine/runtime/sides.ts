import { assert } from '../base/assert.ts';
import type { ArtifactStore } from '../contract/artifact.ts';
import type { Batch } from '../contract/batch.ts';
import type { SideValue } from '../contract/operator.ts';
import type { PortRef } from '../plan/plan.ts';
import { portKey } from './port-key.ts';

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
  /** Content-addressed, so an entry never goes stale; bounded by count, for a thread lives as long as its run. */
  readonly #cache = new Map<string, readonly Batch[] | SideValue>();

  constructor(artifacts: ArtifactStore, batchRows: number) {
    this.#artifacts = artifacts;
    this.#batchRows = batchRows;
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
    const known = this.#cache.get(key);
    if (known !== undefined) return known as readonly Batch[];
    const table = await this.#artifacts.table(key);
    assert(table !== null, `table artifact ${key} is gone`);
    const batches: Batch[] = [];
    for await (const batch of table.read({ from: 0, to: table.rows, batchRows: this.#batchRows })) batches.push(batch);
    return this.#keep(key, batches);
  }

  async value(made: Extract<Ready, { kind: 'value' }>): Promise<SideValue> {
    const cacheKey = `${made.key} ${made.name} ${made.version ?? ''}`;
    const known = this.#cache.get(cacheKey);
    if (known !== undefined) return known as SideValue;
    const value = await this.#artifacts.value(made.key);
    assert(value !== null, `value artifact ${made.key} is gone`);
    return this.#keep(cacheKey, {
      name: made.name,
      hash: value.hash,
      version: made.version,
      content: value.content,
    });
  }

  #keep<T extends readonly Batch[] | SideValue>(key: string, loaded: T): T {
    const [oldest] = this.#cache.keys();
    if (this.#cache.size >= 64 && oldest !== undefined) this.#cache.delete(oldest);
    this.#cache.set(key, loaded);
    return loaded;
  }
}
