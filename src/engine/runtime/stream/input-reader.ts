import type { Millis } from '../../base/units.ts';
import type { Batch } from '../../contract/batch.ts';
import type { BadRow } from '../../contract/connector.ts';
import type { InputPosition } from '../../contract/log.ts';

/** What a reader has next. `none`: nothing is there now; `until`: the given end is reached; `end`: nothing will come. */
export type Fetched =
  | {
      readonly kind: 'rows';
      readonly batch: Batch | null;
      readonly bad: readonly BadRow[];
      /** Records passed over because the flow says so. */
      readonly skipped?: number;
    }
  | { readonly kind: 'none' | 'until' | 'end' };

/** The input of a stream task. Positions speak of all rows handed out, and of nothing else. */
export interface InputReader {
  /** At most `maxRows` rows. Waits about `wait` for rows that are not there yet, and says `none` where none have come. */
  next(maxRows: number, wait: Millis): Promise<Fetched>;
  positions(): readonly InputPosition[];
  /** Names of upstream tasks whose `end` has been read. */
  readonly endedUpstreams: ReadonlySet<string>;
  /** By upstream task: the newest drain for which it has stopped. */
  readonly drains: ReadonlyMap<string, number>;
  /** Sets an end: see `Fetched`. */
  setUntil(offset: bigint): void;
  /** Lets go what is behind positions that have been committed; now and then, or, where it says so, at once. */
  release(committed: readonly InputPosition[], atOnce?: boolean): Promise<void>;
  /** Share of a bounded input that has been handed out, and rows behind the end of a topic. */
  outlook(): { readonly done: number | null; readonly lag: number | null };
  close(): Promise<void>;
}
