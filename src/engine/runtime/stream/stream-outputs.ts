import { assert } from '../../base/assert.ts';
import { encodeFrames } from '../../columnar/frame.ts';
import { keyHashes, partitionsOf } from '../../columnar/key-hash.ts';
import { sliceRows, takeRows } from '../../columnar/take.ts';
import type { Batch } from '../../contract/batch.ts';
import type { RecordWorld, SinkWriter } from '../../contract/connector.ts';
import { type Commit, MAX_FRAME_BYTES } from '../../contract/log.ts';
import type { ChainOutput } from '../../plan/physical.ts';
import type { SinkNode } from '../../plan/plan.ts';
import { openSink, projected, visibleRows, visibleSchema } from '../table-outputs.ts';
import type { TaskHost } from '../task-host.ts';
import { encodeDrain, encodeEnd, encodeExchange } from './exchange-frame.ts';
import { RecordOutput, type RefuseRow, ROUND_ROBIN_ROWS } from './record-output.ts';
import { type StreamTaskSpec, taskLabel } from './stream-spec.ts';

interface Target {
  readonly topic: string;
  readonly partition: number;
  readonly frames: Uint8Array[];
}

/** What a task has to write at its next commit: frames by topic partition, and rows for consoles. */
export class StreamOutputs {
  readonly #host: TaskHost;
  readonly #spec: StreamTaskSpec;
  readonly #targets = new Map<string, Target>();
  readonly #console: { readonly sink: SinkNode; readonly batch: Batch }[] = [];
  readonly #writers = new Map<string, SinkWriter>();
  /** By sink. */
  readonly #records: ReadonlyMap<string, RecordOutput>;
  /** Rows so far by exchange that goes round; kept in the commit record. */
  readonly #turns: Map<string, number>;
  /** Partitions of exchanges whose reader has ended for good. */
  readonly #unread = new Set<string>();
  #frameBytes = 0;

  /** Formats of records may have to be asked what they are to write. */
  static async open(
    host: TaskHost,
    spec: StreamTaskSpec,
    turns: ReadonlyMap<string, number>,
    world: RecordWorld,
    refuse: RefuseRow,
  ): Promise<StreamOutputs> {
    const records = new Map<string, RecordOutput>();
    for (const output of spec.chain.outputs) {
      if (output.kind !== 'sink' || output.sink.format === null || spec.topics[output.sink.id] === undefined) continue;
      const { sink } = output;
      const input = host.node(sink.input.node).ports[sink.input.port];
      assert(input?.kind === 'rows', `sink ${sink.id} reads no rows`);
      records.set(
        sink.id,
        await RecordOutput.open(host, sink, visibleSchema(input.schema), spec.topics[sink.id], world, refuse),
      );
    }
    return new StreamOutputs(host, spec, turns, records);
  }
  private constructor(
    host: TaskHost,
    spec: StreamTaskSpec,
    turns: ReadonlyMap<string, number>,
    records: ReadonlyMap<string, RecordOutput>,
  ) {
    this.#host = host;
    this.#spec = spec;
    this.#turns = new Map(turns);
    this.#records = records;
  }

  get bytes(): number {
    let bytes = this.#frameBytes;
    for (const records of this.#records.values()) bytes += records.bytes;
    return bytes;
  }

  /** How many of the rows a sink has refused. */
  add(output: ChainOutput, batch: Batch): number {
    if (batch.rows === 0) return 0;
    if (output.kind === 'sink') return this.#sink(output.sink, batch);
    assert(output.kind === 'exchange', 'a stream makes no tables');
    this.#exchange(output, projected(batch, output.schema));
    return 0;
  }
  deadLetters(topic: string, rows: Batch): void {
    this.#rows(topic, 0, rows);
  }
  /** Tells every partition of every exchange that this task has ended. */
  end(): void {
    this.#tell(encodeEnd);
  }
  /** And that nothing more comes of it for a drain. */
  drain(drain: number): void {
    this.#tell(task => encodeDrain(task, drain));
  }
  /** A frame of its own for each partition. */
  #tell(frameOf: (task: string) => Uint8Array): void {
    for (const output of this.#spec.chain.outputs) {
      if (output.kind !== 'exchange') continue;
      const { name, partitions } = this.#topic(output.topic);
      const task = taskLabel(this.#spec.chain.id, this.#spec.partition);
      for (let partition = 0; partition < partitions; partition++) this.#put(name, partition, frameOf(task));
    }
  }
  get turns(): ReadonlyMap<string, number> {
    return this.#turns;
  }

  /** Its reader has ended: no more rows are written there, where nobody would take them or make room. */
  leaveUnread(exchange: string, partition: number): void {
    this.#unread.add(`${exchange}/${partition}`);
  }
  isUnread(exchange: string, partition: number): boolean {
    return this.#unread.has(`${exchange}/${partition}`);
  }

  #exchange(output: Extract<ChainOutput, { kind: 'exchange' }>, batch: Batch): void {
    const { name, partitions } = this.#topic(output.topic);
    const put = (partition: number, rows: Batch) => {
      if (this.isUnread(name, partition)) return;
      for (const frame of encodeExchange(rows, output.schema)) this.#put(name, partition, frame);
    };
    if (output.single || partitions === 1) put(0, batch);
    else if (output.by.length > 0) byKey(batch, output.by, partitions, put);
    else this.#turns.set(name, inTurn(batch, this.#turns.get(name) ?? 0, partitions, put));
  }

  #sink(sink: SinkNode, batch: Batch): number {
    const nature = this.#host.catalog.sinks.get(sink.connector.connector)?.nature;
    if (nature !== 'log') {
      this.#console.push({ sink, batch });
      return 0;
    }
    const rows = visibleRows(batch);
    const { name, partitions } = this.#topic(sink.id);
    const records = this.#records.get(sink.id);
    if (records !== undefined) {
      const { unkeyed, refused } = records.add(rows, this.#turns.get(sink.id) ?? 0);
      this.#turns.set(sink.id, unkeyed);
      return refused;
    }
    if (partitions === 1) this.#rows(name, 0, rows);
    else if (sink.key === null) this.#rows(name, this.#spec.partition % partitions, rows);
    else byKey(rows, [sink.key], partitions, (partition, part) => this.#rows(name, partition, part));
    return 0;
  }
  #rows(topic: string, partition: number, rows: Batch): void {
    for (const frame of encodeFrames(rows, MAX_FRAME_BYTES)) this.#put(topic, partition, frame);
  }

  #topic(name: string): { name: string; partitions: number } {
    const topic = this.#spec.topics[name];
    assert(topic !== undefined, `no topic was made for ${name}`);
    return topic;
  }
  #put(topic: string, partition: number, frame: Uint8Array): void {
    const key = `${topic}/${partition}`;
    let target = this.#targets.get(key);
    if (target === undefined) this.#targets.set(key, (target = { topic, partition, frames: [] }));
    target.frames.push(frame);
    this.#frameBytes += frame.length;
  }

  /** The frames for a commit; forgets them. */
  take(): Commit['outputs'] {
    const outputs = [
      ...[...this.#targets.values()].map(({ topic, partition, frames }) => ({ to: { topic, partition }, frames })),
      ...[...this.#records.values()].flatMap(records => records.take()),
    ];
    this.#targets.clear();
    this.#frameBytes = 0;
    return outputs;
  }
  /** Console rows go out before the commit that counts them: at least once. */
  async writeConsole(): Promise<void> {
    for (const { sink, batch } of this.#console.splice(0)) {
      const rows = visibleRows(batch);
      const writer = this.#writers.get(sink.id) ?? openSink(this.#host, sink, rows.schema);
      this.#writers.set(sink.id, writer);
      await writer.write(rows);
    }
  }
  async closeConsole(): Promise<void> {
    for (const writer of this.#writers.values()) await writer.publish();
    this.#writers.clear();
  }
}

function byKey(
  batch: Batch,
  columns: readonly string[],
  partitions: number,
  put: (partition: number, rows: Batch) => void,
): void {
  const target = partitionsOf(keyHashes(batch, columns), partitions);
  const counts = new Int32Array(partitions);
  for (let row = 0; row < batch.rows; row++) counts[target[row]] += 1;
  const rows = Array.from(counts, count => new Int32Array(count));
  const at = new Int32Array(partitions);
  for (let row = 0; row < batch.rows; row++) rows[target[row]][at[target[row]]++] = row;
  for (let partition = 0; partition < partitions; partition++) {
    const count = counts[partition];
    if (count === batch.rows) put(partition, batch);
    else if (count > 0) put(partition, takeRows(batch, rows[partition], count));
  }
}

/** Returns the number of rows so far. */
function inTurn(
  batch: Batch,
  before: number,
  partitions: number,
  put: (partition: number, rows: Batch) => void,
): number {
  for (let row = 0; row < batch.rows; ) {
    const number = before + row;
    const block = Math.floor(number / ROUND_ROBIN_ROWS);
    const to = Math.min(batch.rows, row + (block + 1) * ROUND_ROBIN_ROWS - number);
    put(block % partitions, sliceRows(batch, row, to));
    row = to;
  }
  return before + batch.rows;
}
