import { assert } from '../base/assert.ts';
import { OperationalError } from '../base/operational-error.ts';
import { batchFromRows, type Row, rowOfBatch } from '../columnar/rows.ts';
import type { Batch } from '../contract/batch.ts';
import type { BadRow } from '../contract/connector.ts';
import { DEAD_LETTER_SCHEMA } from '../contract/dead-letter.ts';
import type { RowRejection } from '../contract/operator.ts';
import type { SinkNode, SourceNode, StageNode } from '../plan/plan.ts';
import type { TaskHost } from './task-host.ts';

/** Of a record's bytes as many are kept; a dead letter must fit into a frame. */
const MAX_RAW_BYTES = 500_000;
const strictText = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

type Refuser = Pick<StageNode | SinkNode, 'id' | 'input'>;

export interface TopicLetters {
  readonly topic: string;
  readonly rows: Batch;
}

/**
 * Where refused rows go: gathered for a topic, counted and dropped, or the end of the run, as the source's `on_bad` says.
 * Refusals of later stages go where the rows' source sends its own.
 */
export class DeadLetters {
  readonly #host: TaskHost;
  /** By topic. */
  readonly #waiting = new Map<string, Row[]>();
  /** Of each topic, the rows that stand. */
  #kept: ReadonlyMap<string, number> = new Map();
  waitingBytes = 0;

  constructor(host: TaskHost) {
    this.#host = host;
  }

  /** A record that could not be read. Throws R421 where the source's `on_bad` is `fail`. */
  bad(source: SourceNode, row: BadRow): void {
    if (source.onBad.kind === 'fail') {
      throw new OperationalError('R421', `record ${row.record} of ${row.split}: ${row.reason} (${row.code})`, {
        operator: source.id,
        hint: `send such records elsewhere: on_bad: dlq("${source.id}.bad")`,
      });
    }
    this.#add(source, letterOf(source, row));
  }

  /** A row a stage, or a sink, refused. Throws R422 where the source's `on_bad` is `fail`. */
  rejected(stage: Refuser, batch: Batch, row: number, why: RowRejection): void {
    const source = sourceBehind(this.#host, stage);
    if (source.onBad.kind === 'fail') {
      throw new OperationalError('R422', `a row was refused by ${stage.id}: ${why.reason} (${why.code})`, {
        operator: stage.id,
        hint: `send such rows elsewhere: on_bad: dlq("${source.id}.bad") at source ${source.id}`,
      });
    }
    this.#add(source, {
      source: source.id,
      stage: stage.id,
      code: why.code,
      reason: why.reason,
      split: batch.origin?.split ?? '',
      record: batch.origin?.recordOf(row) ?? 0,
      raw: JSON.stringify(visible(batch, row)).slice(0, MAX_RAW_BYTES / 3),
      raw_base64: null,
    });
  }

  /** What has gathered, by topic; it is no longer here. */
  take(): readonly TopicLetters[] {
    const taken = [...this.#waiting].map(([topic, rows]) => ({ topic, rows: batchFromRows(DEAD_LETTER_SCHEMA, rows) }));
    this.#waiting.clear();
    this.#kept = new Map();
    this.waitingBytes = 0;
    return taken;
  }

  /** What has gathered so far stands. */
  keep(): void {
    if (this.#waiting.size > 0) this.#kept = new Map([...this.#waiting].map(([topic, rows]) => [topic, rows.length]));
  }
  /** Forgets what has gathered since: the rows it came of are worked on once more. */
  forget(): void {
    for (const [topic, rows] of this.#waiting) rows.length = this.#kept.get(topic) ?? 0;
  }

  #add(source: SourceNode, row: Row): void {
    if (source.onBad.kind !== 'topic') return;
    const { topic } = source.onBad;
    let waiting = this.#waiting.get(topic);
    if (waiting === undefined) this.#waiting.set(topic, (waiting = []));
    waiting.push(row);
    this.waitingBytes += 200 + String(row['raw'] ?? row['raw_base64'] ?? '').length;
  }
}

/** Records a source could not read, as the rows of its `bad` port. */
export function badRows(source: SourceNode, rows: readonly BadRow[]): Batch {
  const type = source.ports['bad'];
  assert(type?.kind === 'rows', `source ${source.id} has no bad rows`);
  return batchFromRows(
    type.schema,
    rows.map(row => letterOf(source, row)),
  );
}
function letterOf(source: SourceNode, row: BadRow): Row {
  const { code, reason, split, record } = row;
  return { source: source.id, stage: null, code, reason, split, record, ...rawOf(row.raw) };
}

/** The source a stage's rows come from, by its main input. */
export function sourceBehind(host: TaskHost, stage: Refuser): SourceNode {
  let node = host.node(stage.input.node);
  while (node.kind === 'stage' || node.kind === 'sink') node = host.node(node.input.node);
  assert(node.kind === 'source', `rows of ${stage.id} come from no source`);
  return node;
}

function rawOf(record: Uint8Array): { raw: string; raw_base64: string | null } {
  const raw = record.length > MAX_RAW_BYTES ? record.subarray(0, MAX_RAW_BYTES) : record;
  try {
    return { raw: strictText.decode(raw), raw_base64: null };
  } catch {
    return { raw: '', raw_base64: Buffer.from(raw).toString('base64') };
  }
}

/** The row's fields but for feature columns, which are long and learned. */
function visible(batch: Batch, row: number): Row {
  const fields = batch.schema.fields.map((field, i) => ({ field, column: batch.columns[i] }));
  const shown = fields.filter(({ field }) => field.type.kind !== 'features' && !field.hidden);
  return rowOfBatch(
    { schema: { fields: shown.map(one => one.field) }, rows: batch.rows, columns: shown.map(one => one.column) },
    row,
  );
}
