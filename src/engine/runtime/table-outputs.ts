import { assert } from '../base/assert.ts';
import type { Json } from '../base/json.ts';
import { OperationalError } from '../base/operational-error.ts';
import { selectColumns } from '../columnar/take.ts';
import type { ArtifactStore, StageCount, TableWriter } from '../contract/artifact.ts';
import type { Batch } from '../contract/batch.ts';
import type { Encoder, SinkWriter } from '../contract/connector.ts';
import type { Schema } from '../contract/types.ts';
import type { ChainOutput } from '../plan/physical.ts';
import type { SinkNode } from '../plan/plan.ts';
import type { DeadLetterLog } from './dead-letter-log.ts';
import type { TaskHost } from './task-host.ts';
import type { TableCollectSpec, TableResult } from './task-spec.ts';

/** The ends of a table job: artifacts and files, written in order and published whole when all rows are in. */
export class TableOutputs {
  readonly #spec: TableCollectSpec;
  readonly #deadLetters: DeadLetterLog;
  readonly #ends: readonly OutputEnd[];

  constructor(host: TaskHost, spec: TableCollectSpec, deadLetters: DeadLetterLog) {
    this.#spec = spec;
    this.#deadLetters = deadLetters;
    this.#ends = spec.job.chain.outputs.map((output, i) => outputEnd(host, output, spec.keys[i]));
  }

  write(output: number, batch: Batch): Promise<void> {
    return this.#ends[output].write(batch);
  }
  deadLetters(topic: string, rows: Batch): Promise<void> {
    return this.#deadLetters.append(topic, rows);
  }

  /** Dead letters first: an artifact that exists says that they are in the log. */
  async publish(counts: readonly StageCount[]): Promise<TableResult> {
    await this.#deadLetters.finish();
    const tables: { key: string; rows: number; hash: string }[] = [];
    const sinks: Record<string, Readonly<Record<string, Json>>> = {};
    for (const end of this.#ends) {
      const made = await end.publish(this.#spec, counts);
      if (made.kind === 'table') tables.push(made.table);
      else sinks[made.sink] = { rows: made.rows, delivery: made.delivery };
    }
    return { tables, counts, sinks };
  }
  async abandon(): Promise<void> {
    await this.#deadLetters.close();
    for (const end of this.#ends) await end.abandon();
  }
}

type Made =
  | { kind: 'table'; table: { key: string; rows: number; hash: string } }
  | { kind: 'sink'; sink: string; rows: number; delivery: string };
interface OutputEnd {
  write(batch: Batch): Promise<void>;
  publish(spec: TableCollectSpec, counts: readonly StageCount[]): Promise<Made>;
  abandon(): Promise<void>;
}

function outputEnd(host: TaskHost, output: ChainOutput, key: string | null): OutputEnd {
  if (output.kind === 'sink') return new SinkEnd(host, output.sink);
  assert(output.kind === 'table' && key !== null, `a table job has no ${output.kind} output`);
  return new TableEnd(host.artifacts, key, output.schema, host.node(output.ref.node).binding);
}

class TableEnd implements OutputEnd {
  readonly #artifacts: ArtifactStore;
  readonly #key: string;
  readonly #schema: Schema;
  readonly #binding: string;
  #writer: TableWriter | null = null;

  constructor(artifacts: ArtifactStore, key: string, schema: Schema, binding: string) {
    this.#artifacts = artifacts;
    this.#key = key;
    this.#schema = schema;
    this.#binding = binding;
  }
  async write(batch: Batch): Promise<void> {
    const rows = projected(batch, this.#schema);
    this.#writer ??= await this.#artifacts.writeTable(this.#key, rows.schema, this.#about([], {}));
    await this.#writer.write(rows);
  }
  async publish(spec: TableCollectSpec, counts: readonly StageCount[]): Promise<Made> {
    this.#writer ??= await this.#artifacts.writeTable(this.#key, this.#schema, this.#about([], {}));
    const table = await this.#writer.publish(this.#about(counts, spec.inputs));
    this.#writer = null;
    return { kind: 'table', table: { key: table.key, rows: table.rows, hash: table.hash } };
  }
  async abandon(): Promise<void> {
    await this.#writer?.abandon();
    this.#writer = null;
  }
  #about(counts: readonly StageCount[], inputs: Readonly<Record<string, string>>) {
    return { binding: this.#binding, inputs, counts };
  }
}

class SinkEnd implements OutputEnd {
  readonly #host: TaskHost;
  readonly #sink: SinkNode;
  #writer: SinkWriter | null = null;
  #rows = 0;

  constructor(host: TaskHost, sink: SinkNode) {
    this.#host = host;
    this.#sink = sink;
  }
  async write(batch: Batch): Promise<void> {
    const rows = visibleRows(batch);
    this.#writer ??= openSink(this.#host, this.#sink, rows.schema);
    await this.#writer.write(rows);
    this.#rows += batch.rows;
  }
  async publish(): Promise<Made> {
    const input = this.#host.node(this.#sink.input.node).ports[this.#sink.input.port];
    assert(input?.kind === 'rows', `sink ${this.#sink.id} reads no rows`);
    this.#writer ??= openSink(this.#host, this.#sink, visibleSchema(input.schema));
    await this.#writer.publish();
    this.#writer = null;
    return { kind: 'sink', sink: this.#sink.binding, rows: this.#rows, delivery: this.#sink.delivery };
  }
  async abandon(): Promise<void> {
    await this.#writer?.abandon();
    this.#writer = null;
  }
}

export function openSink(host: TaskHost, sink: SinkNode, schema: Schema): SinkWriter {
  const definition = host.catalog.sinks.get(sink.connector.connector);
  assert(definition !== undefined, `the catalog has no sink ${sink.connector.connector}`);
  if (definition.open === undefined) {
    throw new OperationalError('R230', `${definition.name} takes no rows`, { operator: sink.id });
  }
  const encoder = encoderOf(host, sink, schema);
  return definition.open({
    options: sink.connector.options as never,
    schema,
    sink: sink.id,
    ...(encoder === null ? {} : { encoder }),
  });
}

function encoderOf(host: TaskHost, sink: SinkNode, schema: Schema): Encoder | null {
  if (sink.format === null) return null;
  const format = host.catalog.formats.get(sink.format.name);
  assert(format?.files !== undefined, `the catalog has no format of files ${sink.format.name}`);
  return format.files.encoder({ options: sink.format.options as never, schema });
}

/** The columns of `schema`, in its order, with the types the rows really have. */
export function projected(batch: Batch, schema: Schema): Batch {
  const names = schema.fields.map(field => field.name);
  const isSame =
    names.length === batch.schema.fields.length && names.every((name, i) => name === batch.schema.fields[i].name);
  return isSame ? batch : selectColumns(batch, names);
}

/** Sinks write what is not hidden. */
export function visibleRows(batch: Batch): Batch {
  if (!batch.schema.fields.some(field => field.hidden)) return batch;
  return projected(batch, visibleSchema(batch.schema));
}
export function visibleSchema(schema: Schema): Schema {
  return { fields: schema.fields.filter(field => !field.hidden) };
}
