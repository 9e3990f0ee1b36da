import { OperationalError } from '../base/operational-error.ts';
import { decodeFrame, encodeFrames } from '../columnar/frame.ts';
import { isValid } from '../columnar/validity.ts';
import type { Batch, Column } from '../contract/batch.ts';
import { KEY_GROUPS } from '../contract/log.ts';
import type { SlotSpec, TableShape } from '../contract/state.ts';
import type { Field, Schema } from '../contract/types.ts';
import { textIds, validityOf } from './key-codes.ts';
import { initialOf, type KeyedTable } from './keyed-table.ts';

/**
 * A block of state: u32 header bytes · header (JSON, padded with spaces to a multiple of 8 with the length before it) · a
 * frame of columns, the key's and, when put, the slots'. It says its table's shape, so it can be applied to an empty store.
 */
export interface BlockHeader extends TableShape {
  readonly table: string;
  /** `drop`: all of the table is given up, and what follows may be of any shape. */
  readonly op: 'put' | 'forget' | 'drop';
}

const utf8 = new TextEncoder();
const fromUtf8 = new TextDecoder();
/** What bounds a damaged one: the types of a block of many figures are long. */
const MAX_HEADER_BYTES = 512 * 1024;

/** Column names inside blocks: places, since the names of keys and slots may collide. */
function putSchema(key: readonly Field[], slots: readonly SlotSpec[]): Schema {
  return {
    fields: [
      ...keyFields(key),
      ...slots.map(
        (slot, i): Field =>
          slot.kind === 'text'
            ? { name: `s${i}`, type: { kind: 'string' }, nullable: true }
            : { name: `s${i}`, type: { kind: 'float' }, nullable: false },
      ),
    ],
  };
}
function keyFields(key: readonly Field[]): Field[] {
  return key.map((field, i) => ({ name: `k${i}`, type: field.type, nullable: field.nullable }));
}
function keyNames(key: readonly Field[]): string[] {
  return key.map((_, i) => `k${i}`);
}

/** The rows of `ids` as blocks of at most `maxBytes`. Throws OperationalError R404 where one row is larger. */
export function encodePut(table: KeyedTable, ids: Int32Array, maxBytes: number): Uint8Array[] {
  if (ids.length === 0) return [];
  const columns: Column[] = table.keyColumns(ids, ids.length);
  for (const [i, slot] of table.slotSpecs.entries()) {
    const values = table.slotAt(i);
    if (slot.kind === 'text') {
      const validity = validityOf(ids, ids.length, id => values[id] >= 0);
      columns.push({
        kind: 'string',
        ids: textIds(values, ids, ids.length),
        dictionary: table.texts.dictionary,
        validity,
      });
    } else {
      const picked = new Float64Array(ids.length);
      for (let row = 0; row < picked.length; row++) picked[row] = values[ids[row]];
      columns.push({ kind: 'number', values: picked, validity: null });
    }
  }
  const batch: Batch = { schema: putSchema(table.key, table.slotSpecs), rows: ids.length, columns };
  return blocksOf(table, 'put', batch, maxBytes);
}

export function encodeForget(table: KeyedTable, keys: Batch, maxBytes: number): Uint8Array[] {
  return blocksOf(table, 'forget', { ...keys, schema: { fields: keyFields(table.key) } }, maxBytes);
}

/** That a table was given up: a header alone. */
export function encodeDrop(table: KeyedTable): Uint8Array {
  return blockOf(headerOf(table, 'drop'), new Uint8Array(0));
}

function blocksOf(table: KeyedTable, op: BlockHeader['op'], batch: Batch, maxBytes: number): Uint8Array[] {
  const header = headerOf(table, op);
  return encodeFrames(batch, maxBytes - startOf(header)).map(frame => blockOf(header, frame));
}

function headerOf(table: KeyedTable, op: BlockHeader['op']): Uint8Array {
  // Whose rows they are is said where they lie: whoever looks at them must know what not to show.
  const key = table.key.map(
    ({ name, type, nullable, phi }): Field => ({ name, type, nullable, ...(phi ? { phi } : {}) }),
  );
  const header: BlockHeader = { table: table.name, op, key, slots: table.slotSpecs };
  return utf8.encode(JSON.stringify(header));
}
/** Where the frame begins. */
function startOf(header: Uint8Array): number {
  return Math.ceil((4 + header.length) / 8) * 8;
}
function blockOf(header: Uint8Array, frame: Uint8Array): Uint8Array {
  const start = startOf(header);
  const block = new Uint8Array(start + frame.length).fill(0x20, 4, start);
  new DataView(block.buffer).setUint32(0, start - 4, true);
  block.set(header, 4);
  block.set(frame, start);
  return block;
}

export interface DecodedBlock {
  readonly header: BlockHeader;
  readonly rows: Batch;
}

/** Throws OperationalError R120 where the bytes are no block. */
export function decodeBlock(bytes: Uint8Array): DecodedBlock {
  try {
    const size = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getUint32(0, true);
    if (size > MAX_HEADER_BYTES) throw new RangeError('its header is too long');
    const header = JSON.parse(fromUtf8.decode(bytes.subarray(4, 4 + size))) as BlockHeader;
    if (header.op === 'drop') return { header, rows: { schema: { fields: [] }, rows: 0, columns: [] } };
    const schema = header.op === 'put' ? putSchema(header.key, header.slots) : { fields: keyFields(header.key) };
    return { header, rows: decodeFrame(bytes.subarray(4 + size), schema) };
  } catch (error) {
    throw new OperationalError('R120', 'a block of operator state is damaged', {
      hint: 'restore the log, or its folder of snapshots, from a backup; or begin anew with --fresh',
      cause: error,
    });
  }
}

/** Takes a block into a table of its shape, or of one that it can be migrated to: slots it does not know begin. */
export function applyBlock(table: KeyedTable, { header, rows }: DecodedBlock): void {
  const names = keyNames(header.key);
  const hashes = table.hashesOf(rows, names);
  for (let row = 0; row < hashes.length; row++) table.dirtyGroups[hashes[row] % KEY_GROUPS] = 1;
  if (header.op === 'forget') {
    table.remove(rows, names);
    return;
  }
  const ids = table.idsOf(rows, names);
  for (const [i, slot] of table.slotSpecs.entries()) {
    const place = header.slots.findIndex(one => one.name === slot.name);
    const values = table.slotAt(i);
    if (place < 0) {
      for (let row = 0; row < ids.length; row++) values[ids[row]] = initialOf(slot);
      continue;
    }
    const column = rows.columns[header.key.length + place];
    if (slot.kind === 'text' && column.kind === 'string') {
      const known = table.texts.mapOf(column.dictionary);
      for (let row = 0; row < ids.length; row++) {
        const text = column.ids[row];
        if (!isValid(column.validity, row)) values[ids[row]] = -1;
        else {
          if (known[text] < 0) known[text] = table.texts.internFrom(column.dictionary, text);
          values[ids[row]] = known[text];
        }
      }
    } else if (column.kind === 'number') {
      for (let row = 0; row < ids.length; row++) values[ids[row]] = column.values[row];
    }
  }
}
