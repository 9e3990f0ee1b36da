import { OperationalError } from '../../../engine/base/operational-error.ts';
import type { ArrowTable, fromArrowIpc } from '../../../engine/columnar/arrow-read.ts';
import { concatBatches, sliceRows, takeRows } from '../../../engine/columnar/take.ts';
import { isZone } from '../../../engine/columnar/zones.ts';
import type { Batch, Column } from '../../../engine/contract/batch.ts';
import type { DecodeContext, Decoder, EmitBatch } from '../../../engine/contract/connector.ts';
import { type Field, type Type, typeText } from '../../../engine/contract/types.ts';
import { nearestName } from '../../nearest-name.ts';
import { ABSENT, BAD_MISSING, BAD_RANGE, BAD_TYPE, explainTime, PRESENT } from '../spans/span-column.ts';
import { type Conformed, conformedColumn } from './conformed-column.ts';

type Context = Omit<DecodeContext<unknown>, 'options'>;

/**
 * Arrow IPC to the columns wanted. The bytes are gathered first. Bad rows have no bytes of their own: their `raw` is empty.
 * Throws R231 for what is not Arrow, R232 for a column that is missing or of another type.
 */
export class ArrowDecoder implements Decoder {
  readonly #context: Context;
  #chunks: Uint8Array[] = [];

  constructor(context: Context) {
    if (context.zone !== null && !isZone(context.zone))
      throw new OperationalError('R228', `there is no time zone ${context.zone}`);
    this.#context = context;
  }

  push(bytes: Uint8Array): void {
    this.#chunks.push(bytes.slice());
  }
  flush(): void {}

  async end(emit: EmitBatch): Promise<void> {
    const { schema, batchRows, skipRecords } = this.#context;
    const bytes = Buffer.concat(this.#chunks);
    this.#chunks = [];
    /** Rows that the table leaves out, by their 0-based places. */
    const left = new Map<number, { readonly field: Field; readonly state: number }>();
    const { fromArrowIpc: read } = await import('../../../engine/columnar/arrow-read.ts');
    const table = readTable(bytes, read, this.#context, (row, field, state) => left.set(row, { field, state }));
    const at = schema.fields.map(field => columnAt(field, this.#context, table));
    const refuseLeft = (): void => {
      for (let one = left.get(record); one !== undefined; one = left.get(record)) {
        record += 1;
        this.#refuse(record, one.field, one.state);
      }
    };
    let held: Batch = concatBatches(schema, []);
    /** Record numbers of the rows held. */
    let numbers: number[] = [];
    let record = 0;
    for (const batch of table.batches) {
      const records: number[] = [];
      for (let row = 0; row < batch.rows; row++) {
        refuseLeft();
        records.push(++record);
      }
      const columns = schema.fields.map((field, i) =>
        conformedColumn({ ...this.#context, field }, batch.columns[at[i]], batch.rows),
      );
      const rows = this.#goodRows(records, columns);
      const conformed = { schema, rows: batch.rows, columns: columns.map(({ column }): Column => column) };
      held = concatBatches(schema, [held, takeRows(conformed, rows, rows.length)]);
      for (const row of rows) numbers.push(records[row]);
      let from = 0;
      for (; held.rows - from >= batchRows; from += batchRows) {
        emit(sliceRows(held, from, from + batchRows), numbers[from + batchRows - 1], bytes.length);
      }
      held = sliceRows(held, from, held.rows);
      numbers = numbers.slice(from);
    }
    refuseLeft();
    if (held.rows > 0) emit(held, Math.max(record, skipRecords), bytes.length);
  }

  #goodRows(records: readonly number[], columns: readonly Conformed[]): Int32Array {
    const { schema, skipRecords } = this.#context;
    const rows: number[] = [];
    records.forEach((record, row) => {
      if (record <= skipRecords) return;
      const bad = schema.fields.findIndex(
        (field, i) => columns[i].states[row] !== PRESENT && !(field.nullable && columns[i].states[row] === ABSENT),
      );
      if (bad < 0) {
        rows.push(row);
        return;
      }
      const { states, inside } = columns[bad];
      const state = states[row] === ABSENT ? BAD_MISSING : states[row];
      this.#refuse(record, inside.get(row) ?? schema.fields[bad], state);
    });
    return Int32Array.from(rows);
  }

  #refuse(record: number, field: Field, state: number): void {
    const { split, skipRecords, zone } = this.#context;
    if (record <= skipRecords) return;
    this.#context.bad({ ...explainTime(field, state, zone), split, record, raw: new Uint8Array(0) });
  }
}

function readTable(
  bytes: Buffer,
  read: typeof fromArrowIpc,
  { split, schema, names, zone }: Context,
  bad: (row: number, field: Field, state: number) => void,
): ArrowTable {
  const wanted = new Map(schema.fields.map(field => [names[field.name] ?? field.name, field.type]));
  try {
    return read(bytes, {
      wanted,
      zone,
      // A range is of the field; what is out of it here is out of the type's own limits.
      bad: (row, { name, type, nullable }, why) =>
        bad(row, { name, type, nullable }, why === 'zone' ? BAD_TYPE : BAD_RANGE),
    });
  } catch (cause) {
    if (cause instanceof OperationalError && cause.code === 'R408') {
      throw new OperationalError('R232', `${split}: ${cause.message}`, {
        hint: 'cast it to a number, a text, a time, a list or a struct where the file is made',
        cause,
      });
    }
    if (bytes.subarray(0, 4).toString('latin1') === 'FEA1') {
      throw new OperationalError('R231', `${split} is a Feather file of version 1`, {
        hint: 'write it anew as version 2, which is Arrow IPC: pyarrow.feather.write_feather(table, path)',
        cause,
      });
    }
    throw new OperationalError('R231', `${split} is not in the Arrow format, or damaged`, { cause });
  }
}

/** Where the field's column is in the file. */
function columnAt(field: Field, { names, split }: Context, { schema, names: all }: ArrowTable): number {
  const name = names[field.name] ?? field.name;
  const at = schema.fields.findIndex(one => one.name === name);
  if (at < 0) {
    const near = nearestName(name, all);
    throw new OperationalError('R232', `${split} has no column \`${name}\``, {
      hint:
        near === null
          ? `its columns are ${all.slice(0, 12).join(', ')}`
          : `did you mean \`${near}\`? Then add map: { ${field.name}: ${JSON.stringify(near)} } to the source`,
    });
  }
  const found = schema.fields[at].type;
  if (!fits(found, field.type)) {
    throw new OperationalError(
      'R232',
      `column \`${name}\` of ${split} is ${typeText(found)}, not ${typeText(field.type)}`,
      {
        hint: `declare the field as ${typeText(found, field.nullable)} and derive from it`,
      },
    );
  }
  return at;
}

/** Whether a column of one type can be read as another. */
function fits(found: Type, wanted: Type): boolean {
  if (found.kind === 'list' && wanted.kind === 'list') return sameInside(found.item, wanted.item);
  if (found.kind === 'record' && wanted.kind === 'record') return sameInside(found, wanted);
  if (wanted.kind === 'float') return found.kind === 'float' || found.kind === 'int';
  const isText = (type: Type): boolean => type.kind === 'string' || type.kind === 'enum';
  return isText(wanted)
    ? isText(found)
    : found.kind === wanted.kind && found.kind !== 'list' && found.kind !== 'record';
}

/** Inside lists and records nothing is converted. */
function sameInside(found: Type, wanted: Type): boolean {
  if (found.kind === 'record' && wanted.kind === 'record') {
    return (
      found.fields.length === wanted.fields.length &&
      found.fields.every(
        (field, i) => field.name === wanted.fields[i].name && sameInside(field.type, wanted.fields[i].type),
      )
    );
  }
  if (found.kind === 'list' && wanted.kind === 'list') return sameInside(found.item, wanted.item);
  return found.kind === wanted.kind;
}
