import type { Clock } from '../base/clock.ts';
import type { Environment } from '../base/environment.ts';
import type { Batch } from './batch.ts';
import type { OperatorExample } from './operator.ts';
import type { ParameterSpecs, ParamsOf } from './parameter.ts';
import type { RecordColumns } from './record-topics.ts';
import type { SchemaType } from './registered-schema.ts';
import type { Schema, Type } from './types.ts';

/** Why and where a row was refused. `raw` is the row's bytes as they came, for the dead-letter alone. */
export interface BadRow {
  readonly code: string;
  /** A sentence that names the field and the rule, never the value. */
  readonly reason: string;
  /** The source split (file) and the 1-based record in it. */
  readonly split: string;
  readonly record: number;
  readonly raw: Uint8Array;
}

export interface DecodeContext<O> {
  readonly options: O;
  /** The columns wanted, in order: projection push-down has been done. */
  readonly schema: Schema;
  /** Name in the input for a field, where it differs (`map:`). */
  readonly names: Readonly<Record<string, string>>;
  /** Texts that mean null (`nulls: ["?"]`). */
  readonly nulls: readonly string[];
  /** A number out of its field's range: reject the row, or read null. */
  readonly onRange: 'bad' | 'null';
  /** Zone of timestamps without one; null: such a timestamp is bad. */
  readonly zone: string | null;
  readonly batchRows: number;
  readonly split: string;
  /** Records to pass over first, when resuming (decoded for their boundaries, not emitted, bad ones not reported again). */
  readonly skipRecords: number;
  bad(row: BadRow): void;
}
export type EmitBatch = (
  batch: Batch,
  /** Record number (1-based) of the last record consumed so far, bad ones included. */
  throughRecord: number,
  /** Bytes of the input that the records so far came out of: input that begins with the same ones has the same records. */
  throughByte: number,
) => void;
/**
 * Bytes to columns; synchronous, but that a format that is read whole may load its library at the end. Every record ends in exactly
 * one of emit and bad.
 */
export interface Decoder {
  push(bytes: Uint8Array, emit: EmitBatch): void;
  /** Emits the rows held so far, where a source without an end pauses. */
  flush(emit: EmitBatch): void;
  end(emit: EmitBatch): void | Promise<void>;
}
export interface EncodeContext<O> {
  readonly options: O;
  readonly schema: Schema;
}
export interface Encoder {
  /** What comes before the first row (a header). */
  start(): Uint8Array;
  encode(batch: Batch): Uint8Array;
  end(): Uint8Array | Promise<Uint8Array>;
}
/** What fills a field besides a record's value. */
export type RecordPart =
  | { readonly kind: 'key' | 'timestamp' }
  /** The last one of that name. */
  | { readonly kind: 'header'; readonly name: string };

/** What a format of records may do besides: wait, and say that it does. */
export interface RecordWorld {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** A variable of the environment: where a registry is, and who asks it. */
  readonly env: Environment;
  /** A warning of the run: names and counts only. */
  warn(code: string, message: string): void;
}

export interface RecordDecodeContext<O>
  extends Pick<DecodeContext<O>, 'options' | 'schema' | 'names' | 'nulls' | 'onRange' | 'zone' | 'bad'> {
  /** By field: those that the value does not fill. */
  readonly parts: Readonly<Record<string, RecordPart>>;
  /** Records without a value: bad rows, or passed over and counted. */
  readonly tombstones: 'bad' | 'skip';
  /** At most so many records are added before they are taken. */
  readonly batchRows: number;
  readonly topic: string;
  readonly world: RecordWorld;
}
/** Records whose bounds are known to columns: each ends in exactly one of a row, a bad row and a record passed over. */
export interface RecordDecoder {
  /** Records `[from, to)`, in order. `record` of a bad row is its number, from 1, among those added since the last `take`. */
  add(records: RecordColumns, from: number, to: number): void | Promise<void>;
  /** The rows since the last call, in order; null: none. */
  take(): { readonly batch: Batch | null; readonly skipped: number };
}
export interface RecordEncodeContext<O> extends EncodeContext<O> {
  readonly topic: string;
  readonly world: RecordWorld;
}
/** Values of the rows of a batch, `bytes[starts[i], ends[i])` each. */
export interface EncodedValues {
  readonly bytes: Uint8Array;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}
export interface RecordEncoder {
  encode(batch: Batch): EncodedValues;
}
/** A format that takes a record for a row, for topics that other programs use too. */
export interface RecordFormat<O> {
  decoder(context: RecordDecodeContext<O>): RecordDecoder;
  /** May ask somebody first what it is to write. */
  encoder(context: RecordEncodeContext<O>): RecordEncoder | Promise<RecordEncoder>;
}
/** A format of files, and of all that is bytes from a beginning to an end. */
export interface FileFormat<O> {
  decoder(context: DecodeContext<O>): Decoder;
  encoder(context: EncodeContext<O>): Encoder;
}
/** Of files, of records of topics, or of both: one of them at least. */
export interface FormatDefinition<P extends ParameterSpecs = ParameterSpecs> {
  readonly kind: 'format';
  readonly name: string;
  readonly summary: string;
  /** File name endings that imply it, before `.gz` or `.zst`. */
  readonly extensions: readonly string[];
  readonly options: P;
  readonly examples: readonly OperatorExample[];
  /** Whether a field of this type can be read, or written. */
  accepts(type: Type, use: 'read' | 'write'): boolean;
  /** Absent: no files can be in it. */
  readonly files?: FileFormat<ParamsOf<P>>;
  /** What a registry calls schemas of its records: one of another kind cannot be theirs. Absent: nothing is known. */
  readonly schemaType?: SchemaType;
  /** Absent: no records of topics can be in it. */
  readonly records?: RecordFormat<ParamsOf<P>>;
}

/** A unit of bounded input, placed on one task: a file, or a range of generated rows. */
export interface Split {
  readonly name: string;
  /** Hash of the content, for artifacts; null where there is none (stdin). */
  readonly hash: string | null;
  /** Bytes or rows, for progress; null unknown. */
  readonly size: number | null;
}
export interface SourceContext<O> {
  readonly options: O;
  readonly schema: Schema;
  readonly signal: AbortSignal;
}
export interface SourceDefinition<P extends ParameterSpecs = ParameterSpecs> {
  readonly kind: 'source';
  readonly name: string;
  readonly summary: string;
  readonly options: P;
  readonly examples: readonly OperatorExample[];
  /** `bounded`: ends by itself. `log`: rows of a topic of the run's log. */
  readonly nature: 'bounded' | 'unbounded' | 'log';
  /** It makes typed rows itself (`open` gives batches): it takes no format, and nothing can be bad. */
  readonly makes?: 'rows';
  /** Absent for `log`, as `open`. In a fixed order. Throws OperationalError R2xx where nothing is found. */
  splits?(context: SourceContext<ParamsOf<P>>): Promise<readonly Split[]>;
  /** Bytes for a format, in chunks (`bytes`), or whole batches (`batches`, e.g. generated rows), from `skip` on. */
  open?(context: SourceContext<ParamsOf<P>>, split: Split): SplitReader;
}
export type SplitReader =
  | {
      readonly kind: 'bytes';
      readonly chunks: AsyncIterable<Uint8Array> /** Compressed bytes read so far, for progress. */;
      consumed(): number;
    }
  | { readonly kind: 'batches'; batches(skipRecords: number, batchRows: number): Iterable<Batch> };

export interface SinkContext<O> {
  readonly options: O;
  readonly schema: Schema;
  readonly sink: string;
  /** Made by the engine from the sink's format; absent where it has none. */
  readonly encoder?: Encoder;
}
export interface SinkDefinition<P extends ParameterSpecs = ParameterSpecs> {
  readonly kind: 'sink';
  readonly name: string;
  readonly summary: string;
  readonly options: P;
  readonly examples: readonly OperatorExample[];
  readonly delivery: 'exactly-once' | 'at-least-once';
  /**
   * `log`: a topic, written in the task's commit. `file`: rows in order to one file, published whole when the bounded input
   * ends. `console`: rows to standard output, at least once. `value`: takes a report or model, see `writeValue`.
   */
  readonly nature: 'log' | 'file' | 'console' | 'value';
  /** Files it writes beside those its options name (`names: 'file'`): no other sink may write them. */
  alsoWrites?(options: ParamsOf<P>): readonly string[];
  /** Nature `file` and `console`: the writer of encoded rows. */
  open?(context: SinkContext<ParamsOf<P>>): SinkWriter;
  /** Nature `value`: the file's bytes for a report. */
  renderValue?(
    options: ParamsOf<P>,
    content: import('./value.ts').ValueContent,
    name: string,
  ): Promise<readonly { readonly path: string; readonly bytes: Uint8Array }[]>;
}
export interface SinkWriter {
  write(batch: Batch): Promise<void>;
  /** Makes what was written durable and visible, whole. Idempotent. */
  publish(): Promise<void>;
  /** Forgets what was not published. Safe to call twice. */
  abandon(): Promise<void>;
}

export function defineFormat<const P extends ParameterSpecs>(
  definition: Omit<FormatDefinition<P>, 'kind'>,
): FormatDefinition {
  return Object.freeze({ kind: 'format', ...definition }) as unknown as FormatDefinition;
}
export function defineSource<const P extends ParameterSpecs>(
  definition: Omit<SourceDefinition<P>, 'kind'>,
): SourceDefinition {
  return Object.freeze({ kind: 'source', ...definition }) as unknown as SourceDefinition;
}
export function defineSink<const P extends ParameterSpecs>(
  definition: Omit<SinkDefinition<P>, 'kind'>,
): SinkDefinition {
  return Object.freeze({ kind: 'sink', ...definition }) as unknown as SinkDefinition;
}
