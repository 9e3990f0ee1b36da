import { assert } from '../base/assert.ts';
import { OperationalError } from '../base/operational-error.ts';
import { batchFromRows, type Row, rowOfBatch } from '../columnar/rows.ts';
import type { Batch } from '../contract/batch.ts';
import type { BadRow } from '../contract/connector.ts';
import type { RowRejection } from '../contract/operator.ts';
import type { Schema, Type } from '../contract/types.ts';
import type { Chain } from '../plan/physical.ts';
import type { PortRef, SourceNode, StageNode } from '../plan/plan.ts';
import type { TaskHost } from './task-host.ts';

const text: Type = { kind: 'string' };
/**
 * Rows of a dead-letter topic, and of a source's `.bad`. `raw` is the record as it came where that is text, else it is empty
 * and `raw_base64` has it. Of a row refused by a later stage it is the row as that stage got it, as JSON; behind an exchange
 * or a kept table nobody knows its record any more: `split` is empty and `record` 0.
 */
export const DEAD_LETTER_SCHEMA: Schema = {
  fields: [
    { name: 'source', type: text, nullable: false },
    { name: 'stage', type: text, nullable: true },
    { name: 'code', type: text, nullable: false },
    { name: 'reason', type: text, nullable: false },
    { name: 'split', type: text, nullable: false },
    { name: 'record', type: { kind: 'int' }, nullable: false },
    { name: 'raw', type: text, nullable: false, phi: true },
    { name: 'raw_base64', type: text, nullable: true, phi: true },
  ],
};

/** Of a record's bytes as many are kept; a dead letter must fit into a frame. */
const MAX_RAW_BYTES = 500_000;
const strictText = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Where refused rows go: gathered for a topic, counted and dropped, or the end of the run, as the source's `on_bad` says.
 * Refusals of later stages go where the rows' source sends its own.
 */
export class DeadLetters {
  readonly #host: TaskHost;
  /** Sources whose dead letters the chain reads itself. */
  readonly #wanted: ReadonlySet<string>;
  readonly #waiting = new Map<string, { source: SourceNode; rows: Row[] }>();
  waitingRows = 0;
  waitingBytes = 0;

  constructor(host: TaskHost, chain: Chain) {
    this.#host = host;
    const refs = [
      ...chain.steps.flatMap(step => (step.from === null ? [] : [step.from])),
      ...chain.outputs.map(output => (output.kind === 'table' ? output.ref : output.from)),
    ];
    this.#wanted = new Set(refs.filter(ref => ref.port === 'bad').map(ref => ref.node));
  }

  /** A record that could not be read. Throws R421 where the source's `on_bad` is `fail`. */
  bad(source: SourceNode, row: BadRow): void {
    if (source.onBad.kind === 'fail') {
      throw new OperationalError('R421', `record ${row.record} of ${row.split}: ${row.reason} (${row.code})`, {
        operator: source.id,
        hint: `send such records elsewhere: on_bad: dlq("${source.id}.bad")`,
      });
    }
    this.#keep(source, {
      source: source.id,
      stage: null,
      code: row.code,
      reason: row.reason,
      split: row.split,
      record: row.record,
      ...rawOf(row.raw),
    });
  }

  /** A row a stage refused. Throws R422 where the source's `on_bad` is `fail`. */
  rejected(stage: StageNode, batch: Batch, row: number, why: RowRejection): void {
    const source = sourceBehind(this.#host, stage);
    if (source.onBad.kind === 'fail') {
      throw new OperationalError('R422', `a row was refused by ${stage.id}: ${why.reason} (${why.code})`, {
        operator: stage.id,
        hint: `send such rows elsewhere: on_bad: dlq("${source.id}.bad") at source ${source.id}`,
      });
    }
    this.#keep(source, {
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

  /** What has gathered, by destination (null: none but the chain itself); forgets it. */
  take(): readonly { readonly source: SourceNode; readonly topic: string | null; readonly rows: Batch }[] {
    const taken = [...this.#waiting.values()].map(({ source, rows }) => ({
      source,
      topic: source.onBad.kind === 'topic' ? source.onBad.topic : null,
      rows: batchFromRows(DEAD_LETTER_SCHEMA, rows),
    }));
    this.forget();
    return taken;
  }

  /** Forgets what has gathered: the rows it came of are worked on once more. */
  forget(): void {
    this.#waiting.clear();
    this.waitingRows = 0;
    this.waitingBytes = 0;
  }

  #keep(source: SourceNode, row: Row): void {
    if (source.onBad.kind === 'drop' && !this.#wanted.has(source.id)) return;
    let waiting = this.#waiting.get(source.id);
    if (waiting === undefined) this.#waiting.set(source.id, (waiting = { source, rows: [] }));
    waiting.rows.push(row);
    this.waitingRows += 1;
    this.waitingBytes += 200 + String(row['raw'] ?? row['raw_base64'] ?? '').length;
  }
}

/** Dead letters into the steps that read a source's `bad` port; others pass by. */
export function pushDeadLetters(
  runner: { push(batch: Batch, port: PortRef): void },
  letters: ReturnType<DeadLetters['take']>,
): void {
  for (const { source, rows } of letters) runner.push(rows, { node: source.id, port: 'bad' });
}

/** The source a stage's rows come from, by its main input. */
export function sourceBehind(host: TaskHost, stage: StageNode): SourceNode {
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
