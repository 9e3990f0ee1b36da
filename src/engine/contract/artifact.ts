import type { Batch } from './batch.ts';
import type { Schema } from './types.ts';
import type { ValueContent } from './value.ts';

/**
 * Results of bounded stages: immutable, named by `key`, the hash of the plan fragment, its parameters and its inputs' keys.
 * What exists is reused. A table is fixed-size chunks of rows, so any range of it can be read alone.
 */
export interface ArtifactStore {
  /** Null where it does not exist (or was never finished). Throws R310 where it is damaged. */
  table(key: string): Promise<TableArtifact | null>;
  /** Rows in order; nothing is visible before `publish`. Two writers of one key are safe: the first publish stays. */
  writeTable(key: string, schema: Schema, about: ArtifactAbout): Promise<TableWriter>;
  value(key: string): Promise<ValueArtifact | null>;
  putValue(key: string, content: ValueContent, about: ArtifactAbout): Promise<ValueArtifact>;
  /** Takes away what there is under the key, whole; false where there is nothing. */
  remove(key: string): Promise<boolean>;
}
/** What is kept beside an artifact, for `show` and for the summary of a run that reuses it. */
export interface ArtifactAbout {
  readonly binding: string;
  /** Keys of the inputs, by name: lineage. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Rows in, rejected and out by stage. */
  readonly counts: readonly StageCount[];
}
export interface StageCount {
  readonly name: string;
  readonly rowsIn: number;
  readonly rowsOut: number;
  readonly rejected: number;
  /** Keys of state that were let go because nothing touched them for long; absent: none. */
  readonly expired?: number;
}
export interface TableArtifact {
  readonly key: string;
  readonly schema: Schema;
  readonly rows: number;
  readonly about: ArtifactAbout;
  /** SHA-256 of the files: equal rows give equal hashes. */
  readonly hash: string;
  /** Rows `[from, to)` as batches of at most `batchRows`; `columns` limits which are read. */
  read(range: { from: number; to: number; batchRows: number; columns?: readonly string[] }): AsyncIterable<Batch>;
}
export interface TableWriter {
  write(batch: Batch): Promise<void>;
  publish(about: ArtifactAbout): Promise<TableArtifact>;
  abandon(): Promise<void>;
}
export interface ValueArtifact {
  readonly key: string;
  /** SHA-256 of the content alone. */
  readonly hash: string;
  readonly content: ValueContent;
  readonly about: ArtifactAbout;
}
