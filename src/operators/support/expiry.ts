import type { Millis } from '../../engine/base/units.ts';
import type { Batch } from '../../engine/contract/batch.ts';
import type { OperatorContext } from '../../engine/contract/operator.ts';
import type { KeyedState } from '../../engine/contract/state.ts';
import type { Schema } from '../../engine/contract/types.ts';
import { TOUCHED } from './group-slots.ts';

/** A batch of few rows lets go of so many keys too: a backlog is worked off even then. */
const FEWEST_SWEPT = 64;
/** Looked at per row, so that a stream of new keys only is kept up with. */
const SWEPT_PER_ROW = 2;

/**
 * Forgets keys that no row has touched for a while, by processing time. Whether a key's time is over is judged when it is asked for, so that
 * it does not matter how far the sweep has come: it goes round all ids, a bounded number at a time.
 */
export class Expiry {
  readonly #state: KeyedState;
  readonly #key: Schema;
  readonly #ttl: Millis;
  readonly #context: Pick<OperatorContext<unknown>, 'now' | 'expired'>;
  /** The next id to look at. */
  #cursor = 0;

  constructor(state: KeyedState, key: Schema, ttl: Millis, context: Pick<OperatorContext<unknown>, 'now' | 'expired'>) {
    this.#state = state;
    this.#key = key;
    this.#ttl = ttl;
    this.#context = context;
  }

  /** Ids of the rows' keys; a key whose time is over is a new one. */
  keysOf(batch: Batch): Int32Array {
    const ids = this.#state.keysOf(batch);
    const over = this.#over(new Set(ids));
    if (over.length === 0) return ids;
    this.#forget(over);
    return this.#state.keysOf(batch);
  }

  /** A row has come for them now. */
  touch(ids: Int32Array): void {
    const now = this.#context.now();
    const touched = this.#state.slot(TOUCHED.name);
    for (const id of ids) touched[id] = now;
  }

  sweep(rows: number): void {
    const { size } = this.#state;
    const count = Math.min(size, Math.max(FEWEST_SWEPT, SWEPT_PER_ROW * rows));
    if (this.#cursor >= size) this.#cursor = 0;
    const to = Math.min(size, this.#cursor + count);
    const ids = Int32Array.from({ length: to - this.#cursor }, (_, i) => this.#cursor + i);
    this.#cursor = to;
    const touched = this.#state.slot(TOUCHED.name);
    // Groups that are older than the time to live itself: it begins for them now.
    const unknown = ids.filter(id => touched[id] === 0);
    if (unknown.length > 0) this.touch(this.#marked(unknown));
    this.#forget(this.#over(ids));
  }

  #over(ids: Iterable<number>): Int32Array {
    const now = this.#context.now();
    const touched = this.#state.slot(TOUCHED.name);
    return Int32Array.from([...ids].filter(id => touched[id] !== 0 && now - touched[id] >= this.#ttl));
  }
  #forget(ids: Int32Array): void {
    this.#state.forget(ids, ids.length);
    if (ids.length > 0) this.#context.expired(ids.length);
  }
  /** The same ids, as changed since the last commit. */
  #marked(ids: Int32Array): Int32Array {
    const columns = this.#state.keyColumns(ids, ids.length);
    return this.#state.keysOf({ schema: this.#key, rows: ids.length, columns });
  }
}
