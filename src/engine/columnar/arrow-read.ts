import { isUtf8 } from 'node:buffer';
import { zstdDecompressSync } from 'node:zlib';
import {
  type Field as ArrowField,
  CompressionType,
  compressionRegistry,
  type Data,
  DataType,
  type RecordBatch,
  RecordBatchReader,
  TimeUnit,
  type Vector,
} from 'apache-arrow';
import { bufferOver } from '../base/buffer-over.ts';
import { OperationalError } from '../base/operational-error.ts';
import type { Batch, Column, Dictionary } from '../contract/batch.ts';
import type { Field, Schema, Type } from '../contract/types.ts';
import { checkArrow } from './arrow-check.ts';
import { isWhole } from './arrow-whole.ts';
import { TYPE_KEY } from './arrow-write.ts';
import { createDictionary } from './dictionary.ts';
import { lz4FrameDecode } from './lz4-frame.ts';
import { nullColumn } from './null-column.ts';
import { limitsOf } from './settle.ts';
import { takeRows } from './take.ts';
import { isValid, packValidity, sliceValidity } from './validity.ts';
import { instantOf } from './zones.ts';

compressionRegistry.set(CompressionType.LZ4_FRAME, { decode: lz4FrameDecode });
compressionRegistry.set(CompressionType.ZSTD, { decode: bytes => new Uint8Array(zstdDecompressSync(bytes)) });

export interface ArrowTable {
  /** The columns wanted that are there. */
  readonly schema: Schema;
  readonly batches: readonly Batch[];
  /** Of all columns. */
  readonly names: readonly string[];
}
export interface ArrowReading {
  /** Types of the columns wanted, by their names; what a column that holds nothing but nulls is read as. Null: all columns. */
  readonly wanted: ReadonlyMap<string, Type> | null;
  /** Zone of timestamps that Arrow holds as wall clock times; null: such a time is bad. */
  readonly zone: string | null;
  /** A row that is left out, by its 0-based place: a whole number out of its type's limits, or a time without a zone. */
  bad(row: number, field: Field, why: BadValue): void;
}
export type BadValue = 'range' | 'zone';

/**
 * Rows of Arrow IPC bytes, stream or file, compressed or not. Every width of int is an int and of float a float; NaN and
 * infinity are null; times finer than a millisecond are cut down to one. Throws `OperationalError` R407 for bytes that are no
 * Arrow and R408 for a wanted column of a type without a counterpart.
 */
export function fromArrowIpc(bytes: Uint8Array, reading: ArrowReading): ArrowTable {
  const { wanted } = reading;
  const table = parsed(bytes);
  const places = [...table.fields.keys()].filter(i => wanted?.has(table.fields[i].name) ?? true);
  const fields = places.map(i => fieldOfArrow(table.fields[i], wanted?.get(table.fields[i].name)));
  const schema: Schema = { fields };
  const dictionaries = new Map<unknown, Dictionary>();
  let first = 0;
  const batches = table.batches.map(record => {
    const bad: Bad = (row, field, why) => reading.bad(first + row, field, why);
    const batch = batchOf(record, places, schema, { dictionaries, zone: reading.zone }, bad);
    first += record.numRows;
    return batch;
  });
  return { schema, batches, names: table.fields.map(field => String(field.name ?? '')) };
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
    checkArrow(bytes);
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
  const words = bufferOver(bytes);
  if (words.subarray(0, 6).toString('latin1') === 'ARROW1') return false;
  // Before Arrow 0.15 a message began with its length alone.
  const mark = words.readUInt32LE(0) === 0xffffffff ? [0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0] : [0, 0, 0, 0];
  return !words.subarray(-mark.length).equals(Uint8Array.from(mark));
}

function fieldOfArrow(field: ArrowField, wanted: Type | undefined): Field {
  const type = typeOfArrow(field.type, field.name, wanted);
  const declared = field.metadata.get(TYPE_KEY);
  if (declared === undefined || type.kind !== 'string') return { name: field.name, type, nullable: field.nullable };
  const { kind, values } = JSON.parse(declared) as { kind: unknown; values: unknown };
  const isEnum = kind === 'enum' && Array.isArray(values) && values.every(value => typeof value === 'string');
  return { name: field.name, type: isEnum ? { kind: 'enum', values } : type, nullable: field.nullable };
}

function typeOfArrow(type: DataType, name: string, wanted: Type | undefined): Type {
  if (DataType.isNull(type)) return wanted ?? { kind: 'string' };
  if (DataType.isInt(type)) return { kind: 'int' };
  if (DataType.isFloat(type)) return { kind: 'float' };
  if (DataType.isBool(type)) return { kind: 'bool' };
  if (DataType.isTimestamp(type)) return { kind: 'timestamp' };
  if (DataType.isDate(type)) return { kind: 'date' };
  if (DataType.isDuration(type)) return { kind: 'duration' };
  if (isText(type) || (DataType.isDictionary(type) && isText(type.dictionary))) return { kind: 'string' };
  if (DataType.isList(type) || DataType.isLargeList(type)) {
    const item = wanted?.kind === 'list' ? wanted.item : undefined;
    return { kind: 'list', item: typeOfArrow(type.children[0].type, name, item) };
  }
  if (DataType.isStruct(type)) {
    const inner = wanted?.kind === 'record' ? wanted.fields : [];
    const typeOf = (name: string): Type | undefined => inner.find(field => field.name === name)?.type;
    return { kind: 'record', fields: type.children.map(field => fieldOfArrow(field, typeOf(field.name))) };
  }
  throw new OperationalError('R408', `column ${name} is of the Arrow type ${type}, which has no counterpart here`);
}

function isText(type: DataType): boolean {
  return DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type);
}

type Bad = (row: number, field: Field, why: BadValue) => void;
type BadInColumn = (row: number, why: BadValue) => void;
interface Context {
  readonly dictionaries: Map<unknown, Dictionary>;
  readonly zone: string | null;
}

function batchOf(record: RecordBatch, places: readonly number[], schema: Schema, context: Context, bad: Bad): Batch {
  const wrong = new Map<number, { readonly field: Field; readonly why: BadValue }>();
  const columns = schema.fields.map((field, i) => {
    const vector = record.getChildAt(places[i]) as Vector;
    return columnOf(vector.data[0], field.type, context, (row, why) => {
      if (!wrong.has(row)) wrong.set(row, { field, why });
    });
  });
  const batch: Batch = { schema, rows: record.numRows, columns };
  if (wrong.size === 0) return batch;
  for (const [row, { field, why }] of [...wrong].sort(([a], [b]) => a - b)) bad(row, field, why);
  const good = Int32Array.from({ length: batch.rows }, (_, row) => row).filter(row => !wrong.has(row));
  return takeRows(batch, good, good.length);
}

function columnOf(data: Data, type: Type, context: Context, bad: BadInColumn): Column {
  const rows = data.length;
  if (DataType.isNull(data.type)) return nullColumn(type, rows);
  if (!isWhole(data)) throw new OperationalError('R407', 'the Arrow bytes hold a column that is shorter than its rows');
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
      return stringsOf(data, validity, context.dictionaries);
    case 'list': {
      const first = Number(data.valueOffsets[0]);
      const offsets = Int32Array.from({ length: rows + 1 }, (_, i) => Number(data.valueOffsets[i]) - first);
      const child = data.children[0].slice(first, offsets[rows]);
      const items = columnOf(child, type.item, context, (item, why) => {
        bad(
          offsets.findLastIndex((offset, row) => row < rows && offset <= item),
          why,
        );
      });
      return { kind: 'list', offsets, items, validity };
    }
    case 'record': {
      const children = type.fields.map((field, i) => columnOf(data.children[i], field.type, context, bad));
      return { kind: 'record', children, validity };
    }
    default:
      return numbersOf(data, type, validity, context.zone, bad);
  }
}

function numbersOf(data: Data, type: Type, validity: Uint8Array | null, zone: string | null, bad: BadInColumn): Column {
  const rows = data.length;
  const values = new Float64Array(rows);
  const limits = limitsOf(type);
  const scale = scaleOf(data.type);
  const isWall = DataType.isTimestamp(data.type) && !data.type.timezone;
  let lost: Uint8Array | null = null;
  for (let i = 0; i < rows; i++) {
    if (!isValid(validity, i)) continue;
    let value = scale(data.values[i]);
    if (isWall) {
      if (zone === null) {
        bad(i, 'zone');
        continue;
      }
      value = instantOf(value, zone);
    }
    if (limits === null ? Number.isFinite(value) : value >= limits.low && value <= limits.high) values[i] = value;
    else if (limits === null) {
      lost ??= validity?.slice() ?? new Uint8Array((rows + 7) >> 3).fill(0xff);
      lost[i >> 3] &= ~(1 << (i & 7));
    } else bad(i, 'range');
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
  // An entry may itself be null; its id is −1.
  const entries = texts.data.flatMap(chunk => {
    if (!isWhole(chunk)) throw new OperationalError('R407', 'the Arrow bytes hold a dictionary that is cut short');
    const present = chunk.nullCount > 0 && chunk.nullBitmap?.length ? chunk.nullBitmap : null;
    const known = sliceValidity(present, chunk.offset, chunk.offset + chunk.length);
    return Array.from(interned(chunk, dictionary, known), (id, entry) => (isValid(known, entry) ? id : -1));
  });
  const ids = new Int32Array(data.length);
  const present = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) {
    const id = isValid(validity, i) ? entries[Number(data.values[i])] : -1;
    if (id >= 0) ids[i] = id;
    present[i] = id >= 0 ? 1 : 0;
  }
  return { kind: 'string', ids, dictionary, validity: packValidity(present, data.length) };
}

/** Ids of texts by their bytes: apache-arrow's own decoding would lose a leading U+FEFF. */
function interned(data: Data, dictionary: Dictionary, validity: Uint8Array | null): Int32Array {
  if (DataType.isUtf8View(data.type)) return internedViews(data, dictionary, validity);
  const ids = new Int32Array(data.length);
  const offset = (i: number): number => Number(data.valueOffsets[i]);
  if (data.length > 0 && !isUtf8(data.values.subarray(offset(0), offset(data.length)))) {
    throw notUtf8();
  }
  for (let i = 0; i < data.length; i++) {
    if (isValid(validity, i)) ids[i] = dictionary.internBytes(data.values, offset(i), offset(i + 1));
  }
  return ids;
}

const VIEW_BYTES = 16;
const INLINE_BYTES = 12;

/** Texts of a string view: 16 bytes each, the length and the text itself, or its buffer and its place there. */
function internedViews(data: Data, dictionary: Dictionary, validity: Uint8Array | null): Int32Array {
  const ids = new Int32Array(data.length);
  const views = data.values as Uint8Array;
  const numbers = new DataView(views.buffer, views.byteOffset, views.byteLength);
  for (let i = 0; i < data.length; i++) {
    if (!isValid(validity, i)) continue;
    const at = VIEW_BYTES * i;
    const length = numbers.getInt32(at, true);
    const isInline = length <= INLINE_BYTES;
    const bytes = isInline ? views : data.variadicBuffers[numbers.getInt32(at + 8, true)];
    const from = isInline ? at + 4 : numbers.getInt32(at + 12, true);
    if (!isUtf8(bytes.subarray(from, from + length))) throw notUtf8();
    ids[i] = dictionary.internBytes(bytes, from, from + length);
  }
  return ids;
}

function notUtf8(): OperationalError {
  return new OperationalError('R407', 'the Arrow bytes hold a text that is not UTF-8');
}
