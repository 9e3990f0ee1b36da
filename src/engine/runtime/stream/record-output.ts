import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import { partitionForKey } from '../../base/murmur2.ts';
import { NULL_PART, type Part, RecordFrames } from '../../columnar/record-frame.ts';
import { columnOf } from '../../columnar/take.ts';
import { isValid } from '../../columnar/validity.ts';
import type { Batch } from '../../contract/batch.ts';
import type { RecordEncoder, RecordWorld } from '../../contract/connector.ts';
import type { CommitOutput } from '../../contract/log.ts';
import type { RecordCodec } from '../../contract/record-topics.ts';
import { fieldOf, type Schema } from '../../contract/types.ts';
import type { SinkNode } from '../../plan/plan.ts';
import type { TaskHost } from '../task-host.ts';
import { HeaderTexts } from './header-texts.ts';
import { keyTexts } from './key-texts.ts';
import type { TargetTopic } from './stream-spec.ts';

/** Rows without a key go round the partitions in blocks of this many, by their number in the task's output. */
export const ROUND_ROBIN_ROWS = 1_024;

/** What a task writes to one topic of records: a row is a record, keyed and placed as Kafka's own clients do. */
export class RecordOutput {
  readonly #sink: SinkNode;
  readonly #topic: TargetTopic;
  readonly #encoder: RecordEncoder;
  readonly #clock: Clock;
  readonly #frames: readonly RecordFrames[];
  readonly #key: Part = { ...NULL_PART };
  readonly #value: Part = { ...NULL_PART };
  readonly #headers: HeaderTexts | null;

  static async open(
    host: TaskHost,
    sink: SinkNode,
    schema: Schema,
    topic: TargetTopic,
    world: RecordWorld,
  ): Promise<RecordOutput> {
    assert(sink.format !== null, `sink ${sink.id} writes records in no format`);
    const format = host.catalog.formats.get(sink.format.name);
    assert(format?.records !== undefined, `no records are in the format ${sink.format.name}`);
    const options = sink.format.options as never;
    const encoder = await format.records.encoder({ options, schema, topic: topic.name, world });
    return new RecordOutput(host.clock, sink, topic, encoder);
  }
  private constructor(clock: Clock, sink: SinkNode, topic: TargetTopic, encoder: RecordEncoder) {
    this.#clock = clock;
    this.#sink = sink;
    this.#topic = topic;
    this.#encoder = encoder;
    const { headers } = sink.record ?? {};
    this.#headers = headers === undefined ? null : new HeaderTexts(headers);
    this.#frames = Array.from({ length: topic.partitions }, () => new RecordFrames());
  }

  /** `before`: rows without a key so far. Returns how many there are then. */
  add(batch: Batch, before: number): number {
    const { bytes, starts, ends } = this.#encoder.encode(batch);
    const { partitions } = this.#topic;
    const keys = this.#keys(batch);
    const now = this.#clock.now();
    const key = this.#key;
    const value = this.#value;
    value.bytes = bytes;
    const times = timesOf(batch, this.#sink.record?.timestamp);
    const gone = flagsOf(batch, this.#sink.record?.tombstone);
    this.#headers?.begin(batch);
    let unkeyed = before;
    for (let row = 0; row < batch.rows; row++) {
      const isGone = gone?.[row] === 1;
      value.from = isGone ? -1 : starts[row];
      value.to = isGone ? -1 : ends[row];
      const id = keys === null ? -1 : keys.ids[row];
      let partition = 0;
      if (id < 0) {
        key.from = -1;
        key.to = -1;
        partition = Math.floor(unkeyed++ / ROUND_ROBIN_ROWS) % partitions;
      } else {
        const text = keys!.texts[id];
        key.bytes = text;
        key.from = 0;
        key.to = text.length;
        partition = keys!.partitions[id];
      }
      const time = times?.[row] ?? Number.NaN;
      const headers = this.#headers === null ? NULL_PART : this.#headers.of(row);
      this.#frames[partition].add(Number.isNaN(time) ? now : time, key, value, headers);
    }
    return unkeyed;
  }

  #keys(batch: Batch): { ids: Int32Array; texts: readonly Uint8Array[]; partitions: Int32Array } | null {
    const { key } = this.#sink;
    if (key === null) return null;
    const field = fieldOf(batch.schema, key);
    assert(field !== undefined, `key ${key} is a field`);
    const { ids, texts } = keyTexts(field.type, columnOf(batch, key), batch.rows);
    return { ids, texts, partitions: Int32Array.from(texts, text => partitionForKey(text, this.#topic.partitions)) };
  }

  get bytes(): number {
    return this.#frames.reduce((sum, frames) => sum + frames.size, 0);
  }
  take(): readonly CommitOutput[] {
    const codec = (this.#sink.connector.options['compression'] ?? 'none') as RecordCodec;
    return this.#frames.flatMap((frames, partition): CommitOutput[] => {
      const taken = frames.take();
      if (taken.length === 0) return [];
      return [{ to: { topic: this.#topic.name, partition }, frames: taken, records: { codec } }];
    });
  }
}

/** Of each row; NaN: it has none. */
function timesOf(batch: Batch, name: string | undefined): Float64Array | null {
  if (name === undefined) return null;
  const column = columnOf(batch, name);
  assert(column.kind === 'number', 'a time is a number');
  const { values, validity } = column;
  if (validity === null) return values;
  return values.map((time, row) => (row < batch.rows && isValid(validity, row) ? time : Number.NaN));
}

/** 1 for rows of which a field is true. */
function flagsOf(batch: Batch, name: string | undefined): Uint8Array | null {
  if (name === undefined) return null;
  const column = columnOf(batch, name);
  assert(column.kind === 'bool', 'a flag is a bool');
  const { values, validity } = column;
  return validity === null
    ? values
    : values.map((flag, row) => (row < batch.rows && isValid(validity, row) ? flag : 0));
}
