import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import { partitionForKey } from '../../base/murmur2.ts';
import type { Millis } from '../../base/units.ts';
import { NULL_PART, type Part, RecordFrames } from '../../columnar/record-frame.ts';
import { columnOf } from '../../columnar/take.ts';
import { isValid } from '../../columnar/validity.ts';
import type { Batch } from '../../contract/batch.ts';
import type { RecordEncoder, RecordWorld } from '../../contract/connector.ts';
import type { CommitOutput } from '../../contract/log.ts';
import type { RowRejection } from '../../contract/operator.ts';
import type { RecordCodec } from '../../contract/record-topics.ts';
import { fieldOf, type Schema } from '../../contract/types.ts';
import type { SinkNode } from '../../plan/plan.ts';
import type { TaskHost } from '../task-host.ts';
import { HeaderTexts } from './header-texts.ts';
import { keyTexts } from './key-texts.ts';
import type { TargetTopic } from './stream-spec.ts';

/** Rows without a key go round the partitions in blocks of this many, by their number in the task's output. */
export const ROUND_ROBIN_ROWS = 1_024;

/** A row that a topic would refuse, and with it the whole commit. */
export type RefuseRow = (sink: SinkNode, batch: Batch, row: number, why: RowRejection) => void;

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
  readonly #refuse: RefuseRow;

  static async open(
    host: TaskHost,
    sink: SinkNode,
    schema: Schema,
    topic: TargetTopic,
    world: RecordWorld,
    refuse: RefuseRow,
  ): Promise<RecordOutput> {
    assert(sink.format !== null, `sink ${sink.id} writes records in no format`);
    const format = host.catalog.formats.get(sink.format.name);
    assert(format?.records !== undefined, `no records are in the format ${sink.format.name}`);
    const options = sink.format.options as never;
    const encoder = await format.records.encoder({ options, schema, topic: topic.name, world });
    return new RecordOutput(host.clock, sink, topic, encoder, refuse);
  }
  private constructor(clock: Clock, sink: SinkNode, topic: TargetTopic, encoder: RecordEncoder, refuse: RefuseRow) {
    this.#refuse = refuse;
    this.#clock = clock;
    this.#sink = sink;
    this.#topic = topic;
    this.#encoder = encoder;
    const { headers } = sink.record ?? {};
    this.#headers = headers === undefined ? null : new HeaderTexts(headers);
    this.#frames = Array.from({ length: topic.partitions }, () => new RecordFrames());
  }

  /** `before`: rows without a key so far. Returns how many there are then, and how many rows were refused. */
  add(batch: Batch, before: number): { readonly unkeyed: number; readonly refused: number } {
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
    const { oldest, newest } = this.#range(now);
    let unkeyed = before;
    let refused = 0;
    for (let row = 0; row < batch.rows; row++) {
      const time = times?.[row] ?? Number.NaN;
      if (time < oldest || time > newest) {
        refused++;
        this.#refuse(this.#sink, batch, row, this.#otherTime(time > newest ? 'after' : 'before'));
        continue;
      }
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
      const headers = this.#headers === null ? NULL_PART : this.#headers.of(row);
      this.#frames[partition].add(Number.isNaN(time) ? now : time, key, value, headers);
    }
    return { unkeyed, refused };
  }

  /** A clock here that goes before the brokers' is theirs to judge: then the commit is refused. */
  #range(now: Millis): { readonly oldest: Millis; readonly newest: Millis } {
    const { before, after } = this.#topic.times ?? { before: Infinity, after: Infinity };
    return { oldest: now - before, newest: now + after };
  }
  #otherTime(which: 'before' | 'after'): RowRejection {
    const { name, times } = this.#topic;
    const field = this.#sink.record?.timestamp ?? '';
    const setting = `message.timestamp.${which}.max.ms`;
    return {
      code: 'R428',
      reason: `\`${field}\` is further ${which === 'after' ? 'ahead of' : 'behind'} now than topic ${name} takes (${setting} is ${times?.[which]})`,
    };
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
