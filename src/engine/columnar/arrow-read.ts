import { isUtf8 } from 'node:buffer';
import {
  type Field as ArrowField,
  type Data,
  DataType,
  type RecordBatch,
  RecordBatchReader,
  TimeUnit,
  type Vector,
} from 'apache-arrow';
import { OperationalError } from '../base/operational-error.ts';
import type { Batch, Column, Dictionary } from '../contract/batch.ts';
import type { Field, Schema, Type } from '../contract/types.ts';
import { TYPE_KEY } from './arrow-write.ts';
import { createDictionary } from './dictionary.ts';
import { MAX_INT } from './settle.ts';
import { takeRows } from './take.ts';
import { isValid, sliceValidity } from './validity.ts';

export interface ArrowTable {
  readonly schema: Schema;
  readonly batches: readonly Batch[];
}

/**
 * Rows of Arrow IPC bytes, stream or file. Every width of int is an int and of float a float; NaN and infinity are null; times
 * finer than a millisecond are cut down to one. A row that holds a whole number beyond ±(2^53 − 1) is left out and told to
 * `bad`, by its 0-based place and its field. Throws `OperationalError` R407 for bytes that are no Arrow and R408 for a column
 * of a type without a counterpart.
 */
export function fromArrowIpc(bytes: Uint8Array, bad: (row: number, field: string) => void): ArrowTable {
  const table = parsed(bytes);
  const fields = table.fields.map(fieldOfArrow);
  const schema: Schema = { fields };
  const dictionaries = new Map<unknown, Dictionary>();
  let first = 0;
  const batches = table.batches.map(record => {
    const batch = batchOf(record, schema, dictionaries, (row, field) => bad(first + row, field));
    first += record.numRows;
    return batch;
  });
  return { schema, batches };
}

interface Parsed {
  readonly fields: readonly ArrowField[];
  readonly batches: readonly RecordBatch[];
}

/** Streams one after another are read as one, if they are of one schema; anything else behind one is no Arrow. */
function parsed(bytes: Uint8Array): Parsed {
  const fields: (readonly ArrowField[])[] = [];
  const batches: RecordBatch[] = [];
  try {
    for (const reader of RecordBatchReader.readAll(bytes)) {
      fields.push(reader.schema.fields);
      for (const batch of reader) batches.push(batch);
    }
  } catch (cause) {
    throw new OperationalError('R407', 'the bytes are not an Arrow stream or file', { cause });
  }
  const [first, ...others] = fields;
  if (first === undefined) throw new OperationalError('R407', 'there is no Arrow stream or file in the bytes');
  if (isCutShort(bytes)) throw new OperationalError('R407', 'the Arrow stream has no end: it was cut short');
  if (others.some(other => String(other) !== String(first))) {
    throw new OperationalError('R407', 'the bytes hold Arrow streams with different columns');
  }
  return { fields: first, batches };
}

/** A stream without the mark at its end. Every writer sets one; without, a cut between two messages would go unnoticed. */
function isCutShort(bytes: Uint8Array): boolean {
  const words = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (words.subarray(0, 6).toString('latin1') === 'ARROW1') return false;
  // Before Arrow 0.15 a message began with its length alone.
  const mark = words.readUInt32LE(0) === 0xffffffff ? [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0] : [0, 0, 0, 0];
  return !words.subarray(-mark.length).equals(Uint8Array.from(mark));
}

function fieldOfArrow(field: ArrowField): Field {
  const type = typeOfArrow(field.type, field.name);
  const declared = field.metadata.get(TYPE_KEY);
  if (declared === undefined || type.kind !== 'string') return { name: field.name, type, nullable: field.nullable };
  const { kind, values } = JSON.parse(declared) as { kind: unknown; values: unknown };
  const isEnum = kind === 'enum' && Array.isArray(values) && values.every(value => typeof value === 'string');
  return { name: field.name, type: isEnum ? { kind: 'enum', values } : type, nullable: field.nullable };
}

function typeOfArrow(type: DataType, name: string): Type {
  if (DataType.isInt(type)) return { kind: 'int' };
  if (DataType.isFloat(type)) return { kind: 'float' };
  if (DataType.isBool(type)) return { kind: 'bool' };
  if (DataType.isTimestamp(type)) return { kind: 'timestamp' };
  if (DataType.isDate(type)) return { kind: 'date' };
  if (DataType.isDuration(type)) return { kind: 'duration' };
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type)) return { kind: 'string' };
  if (DataType.isDictionary(type) && DataType.isUtf8(type.dictionary)) return { kind: 'string' };
  if (DataType.isList(type)) return { kind: 'list', item: typeOfArrow(type.children[0].type, name) };
  if (DataType.isStruct(type)) return { kind: 'record', fields: type.children.map(fieldOfArrow) };
  throw new OperationalError('R408', `column ${name} is of the Arrow type ${type}, which has no counterpart here`);
}

type Bad = (row: number, field: string) => void;

function batchOf(record: RecordBatch, schema: Schema, dictionaries: Map<unknown, Dictionary>, bad: Bad): Batch {
  const wrong = new Map<number, string>();
  const columns = schema.fields.map((field, i) => {
    const vector = record.getChildAt(i) as Vector;
    return columnOf(vector.data[0], field.type, dictionaries, row => {
      if (!wrong.has(row)) wrong.set(row, field.name);
    });
  });
  const batch: Batch = { schema, rows: record.numRows, columns };
  if (wrong.size === 0) return batch;
  for (const [row, field] of [...wrong].sort(([a], [b]) => a - b)) bad(row, field);
  const good = Int32Array.from({ length: batch.rows }, (_, row) => row).filter(row => !wrong.has(row));
  return takeRows(batch, good, good.length);
}

function columnOf(data: Data, type: Type, dictionaries: Map<unknown, Dictionary>, bad: (row: number) => void): Column {
  const rows = data.length;
  const present = data.nullCount > 0 && data.nullBitmap?.length ? data.nullBitmap : null;
  const validity = sliceValidity(present, data.offset, data.offset + rows);
  switch (type.kind) {
    case 'bool': {
      const values = new Uint8Array(rows);
      for (let i = 0; i < rows; i++) {
        values[i] = isValid(validity, i) && isValid(data.values, data.offset + i) ? 1 : 0;
      }
      return { kind: 'bool', values, validity };
    }
    case 'string':
    case 'enum':
      return stringsOf(data, validity, dictionaries);
    case 'list': {
      const offsets = Int32Array.from({ length: rows + 1 }, (_, i) => data.valueOffsets[i] - data.valueOffsets[0]);
      const child = data.children[0].slice(data.valueOffsets[0], offsets[rows]);
      const items = columnOf(child, type.item, dictionaries, item => {
        bad(offsets.findLastIndex((offset, row) => row < rows && offset <= item));
      });
      return { kind: 'list', offsets, items, validity };
    }
    case 'record': {
      const children = type.fields.map((field, i) => columnOf(data.children[i], field.type, dictionaries, bad));
      return { kind: 'record', children, validity };
    }
    default:
      return numbersOf(data, validity, bad);
  }
}

function numbersOf(data: Data, validity: Uint8Array | null, bad: (row: number) => void): Column {
  const rows = data.length;
  const values = new Float64Array(rows);
  const float = DataType.isFloat(data.type);
  const scale = scaleOf(data.type);
  let lost: Uint8Array | null = null;
  for (let i = 0; i < rows; i++) {
    if (!isValid(validity, i)) continue;
    const value = scale(data.values[i]);
    if (float ? Number.isFinite(value) : Math.abs(value) <= MAX_INT) values[i] = value;
    else if (float) {
      lost ??= validity?.slice() ?? new Uint8Array((rows + 7) >> 3).fill(0xff);
      lost[i >> 3] &= ~(1 << (i & 7));
    } else bad(i);
  }
  return { kind: 'number', values, validity: sliceValidity(lost ?? validity, 0, rows) };
}

function scaleOf(type: DataType): (raw: number | bigint) => number {
  if (DataType.isTimestamp(type) || DataType.isDuration(type)) {
    if (type.unit === TimeUnit.SECOND) return raw => Number(raw) * 1000;
    if (type.unit === TimeUnit.MILLISECOND) return Number;
    const per = type.unit === TimeUnit.MICROSECOND ? 1000n : 1_000_000n;
    return raw => Number((BigInt(raw) - (((BigInt(raw) % per) + per) % per)) / per);
  }
  // Date64 holds milliseconds, Date32 days.
  if (DataType.isDate(type) && type.unit === 1) return raw => Math.floor(Number(raw) / 86_400_000);
  if (DataType.isFloat(type) && type.precision === 0) return raw => halfToFloat(Number(raw));
  return Number;
}

/** IEEE 754 binary16, which apache-arrow leaves as its bits. */
function halfToFloat(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

function stringsOf(data: Data, validity: Uint8Array | null, dictionaries: Map<unknown, Dictionary>): Column {
  if (!DataType.isDictionary(data.type)) {
    const dictionary = createDictionary();
    return { kind: 'string', ids: interned(data, dictionary, validity), dictionary, validity };
  }
  const texts = data.dictionary as Vector;
  let dictionary = dictionaries.get(texts);
  if (dictionary === undefined) dictionaries.set(texts, (dictionary = createDictionary()));
  const entries = texts.data.flatMap(chunk => [...interned(chunk, dictionary, null)]);
  const ids = new Int32Array(data.length);
  for (let i = 0; i < data.length; i++) if (isValid(validity, i)) ids[i] = entries[Number(data.values[i])];
  return { kind: 'string', ids, dictionary, validity };
}

/** Ids of texts by their bytes: apache-arrow's own decoding would lose a leading U+FEFF. */
function interned(data: Data, dictionary: Dictionary, validity: Uint8Array | null): Int32Array {
  const ids = new Int32Array(data.length);
  const offset = (i: number): number => Number(data.valueOffsets[i]);
  if (data.length > 0 && !isUtf8(data.values.subarray(offset(0), offset(data.length)))) {
    throw new OperationalError('R407', 'the Arrow bytes hold a text that is not UTF-8');
  }
  for (let i = 0; i < data.length; i++) {
    if (isValid(validity, i)) ids[i] = dictionary.internBytes(data.values, offset(i), offset(i + 1));
  }
  return ids;
}
