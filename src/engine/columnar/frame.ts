import { canonicalJson } from '../base/json.ts';
import { murmur3 } from '../base/murmur3.ts';
import { OperationalError } from '../base/operational-error.ts';
import type { Batch, Column, Dictionary, ListColumn, StringColumn } from '../contract/batch.ts';
import type { Schema, Type } from '../contract/types.ts';
import { createDictionary, DICTIONARY_LIMIT } from './dictionary.ts';
import { damagedFrame, FrameReader, FrameWriter } from './frame-buffer.ts';
import { sliceRows, takeColumn } from './take.ts';
import { andValidity, countValid, isValid, type Validity, validityBytes } from './validity.ts';

/**
 * The form batches have in the log and in artifacts. A frame is
 *
 *     u32 version (1), u32 rows | u32 hash of the column types, u32 0 | columns
 *
 * and a column `u32 flags, u32 size`, then its validity bitmap (flag 1), then by kind: numbers as f64, or as the narrowest of
 * i8, i16, i32 that holds them all exactly (flags 8–9: log2 of the width; width 8 is f64); bools as bytes; strings as the
 * dictionary of entries used, in order of first use (`size` entries: i32 offsets, bytes), then ids as narrow as they go;
 * lists as i32 offsets and their items; records as their children; features as f64. Every buffer starts at a multiple of 8.
 *
 * Equal content gives equal bytes: slots under a null are 0, entries not used are left out, a bitmap without nulls too, and
 * NaN has one form. The schema is not inside: topics and artifacts keep it once.
 */
const VERSION = 1;
const NULLS = 1;
const WIDTH_SHIFT = 8;

/**
 * The batch as frames of at most `maxBytes`, rows in order; an empty batch gives none. Throws `OperationalError` R404 when a
 * single row is larger.
 */
export function encodeFrames(batch: Batch, maxBytes: number): Uint8Array[] {
  if (batch.rows === 0) return [];
  const frame = encodeFrame(batch);
  if (frame.length <= maxBytes) return [frame];
  if (batch.rows === 1) {
    throw new OperationalError('R404', `a row takes ${frame.length} bytes, more than the ${maxBytes} a frame may have`);
  }
  const pieces = Math.min(batch.rows, Math.ceil(frame.length / maxBytes));
  return Array.from({ length: pieces }, (_, i) => {
    const from = Math.floor((batch.rows * i) / pieces);
    return encodeFrames(sliceRows(batch, from, Math.floor((batch.rows * (i + 1)) / pieces)), maxBytes);
  }).flat();
}

/** Bytes are built here and copied out, so that a frame costs one allocation. Encoding is synchronous and never nested. */
const roomForFrames = new FrameWriter();

/** The batch as one frame of whatever size. */
export function encodeFrame(batch: Batch): Uint8Array {
  const writer = roomForFrames;
  writer.start();
  writer.u32(VERSION, batch.rows);
  writer.u32(typesHash(batch.schema), 0);
  for (const column of batch.columns) writeColumn(writer, column, batch.rows, null);
  return writer.finish();
}

/** Dictionaries that frames of one stream share, so that what readers cache per dictionary stays of use. */
export interface FrameDictionaries {
  /** The dictionary of a string column, by its place in the schema (`2`, `3.0`). */
  of(place: string): Dictionary;
}

/** For a reader of many frames of one schema. A column's dictionary is renewed between frames once past the limit. */
export function frameDictionaries(): FrameDictionaries {
  const held = new Map<string, Dictionary>();
  return {
    of(place) {
      let dictionary = held.get(place);
      if (dictionary === undefined || dictionary.size >= DICTIONARY_LIMIT) {
        held.set(place, (dictionary = createDictionary()));
      }
      return dictionary;
    },
  };
}

/**
 * The batch of a frame; numbers are views of `bytes` where it can be. Throws `OperationalError` R405 when the bytes are not a
 * frame of this schema.
 */
export function decodeFrame(bytes: Uint8Array, schema: Schema, dictionaries?: FrameDictionaries): Batch {
  const reader = new FrameReader(bytes);
  const [version, rows] = reader.u32();
  const [hash] = reader.u32();
  if (version !== VERSION || hash !== typesHash(schema)) throw damagedFrame();
  const columns = schema.fields.map((field, i) => readColumn(reader, field.type, rows, `${i}`, dictionaries));
  reader.end();
  return { schema, rows, columns };
}

const typesHashes = new WeakMap<Schema, number>();

function typesHash(schema: Schema): number {
  let hash = typesHashes.get(schema);
  if (hash === undefined) {
    const shapes = schema.fields.map(field => shapeOf(field.type));
    hash = murmur3(new TextEncoder().encode(canonicalJson(shapes)));
    typesHashes.set(schema, hash);
  }
  return hash;
}

/** What decides the bytes; names and annotations do not. */
function shapeOf(type: Type): unknown {
  switch (type.kind) {
    case 'list':
      return [shapeOf(type.item)];
    case 'record':
      return { of: type.fields.map(field => shapeOf(field.type)) };
    case 'features':
      return type.names.length;
    default:
      return type.kind;
  }
}

function writeColumn(writer: FrameWriter, column: Column, rows: number, parent: Validity): void {
  if (column.kind === 'features') {
    writer.u32(0, column.columns.length);
    for (const values of column.columns) writeFloats(values, rows, writer.floats(rows));
    return;
  }
  const bits = andValidity(column.validity, parent, rows);
  const validity = countValid(bits, rows) === rows ? null : bits;
  const nulls = validity === null ? 0 : NULLS;
  switch (column.kind) {
    case 'number': {
      const width = narrowest(column.values, validity, rows);
      writer.u32(nulls | (Math.log2(width) << WIDTH_SHIFT), 0);
      writeValidity(writer, validity, rows);
      const values = validity === null ? column.values : zeroedNulls(column.values, validity, rows);
      // Conversion by `set` is native, whatever the two kinds of array.
      const target = width === 8 ? writer.floats(rows) : writer.ints(rows, width);
      target.set(values.length === rows ? values : values.subarray(0, rows));
      return;
    }
    case 'bool': {
      writer.u32(nulls, 0);
      writeValidity(writer, validity, rows);
      const target = writer.bytes(rows);
      for (let i = 0; i < rows; i++) if (isValid(validity, i)) target[i] = column.values[i];
      return;
    }
    case 'string':
      writeStrings(writer, column, validity, rows);
      return;
    case 'list': {
      const list = withoutGaps(column, validity, rows);
      writer.u32(nulls, list.offsets[rows]);
      writeValidity(writer, validity, rows);
      writer.ints(rows + 1, 4).set(list.offsets.subarray(0, rows + 1));
      writeColumn(writer, list.items, list.offsets[rows], null);
      return;
    }
    case 'record':
      writer.u32(nulls, column.children.length);
      writeValidity(writer, validity, rows);
      for (const child of column.children) writeColumn(writer, child, rows, validity);
  }
}

function writeValidity(writer: FrameWriter, validity: Validity, rows: number): void {
  if (validity === null) return;
  const target = writer.bytes(validityBytes(rows));
  target.set(validity.subarray(0, target.length));
  if ((rows & 7) !== 0) target[target.length - 1] &= (1 << (rows & 7)) - 1;
}

function writeFloats(values: Float64Array, rows: number, target: Float64Array): void {
  for (let i = 0; i < rows; i++) target[i] = Number.isNaN(values[i]) ? Number.NaN : values[i];
}

function zeroedNulls(values: Float64Array, validity: Uint8Array, rows: number): Float64Array {
  const out = new Float64Array(rows);
  for (let i = 0; i < rows; i++) if (((validity[i >> 3] >> (i & 7)) & 1) === 1) out[i] = values[i];
  return out;
}

/** Bytes per value: the fewest that hold every present value exactly, its sign of zero too. */
function narrowest(values: Float64Array, validity: Validity, rows: number): 1 | 2 | 4 | 8 {
  let low = 0;
  let high = 0;
  for (let i = 0; i < rows; i++) {
    if (validity !== null && ((validity[i >> 3] >> (i & 7)) & 1) === 0) continue;
    const value = values[i];
    if ((value | 0) !== value || (value === 0 && 1 / value < 0)) return 8;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low >= -128 && high <= 127) return 1;
  return low >= -32_768 && high <= 32_767 ? 2 : 4;
}

function writeStrings(writer: FrameWriter, column: StringColumn, validity: Validity, rows: number): void {
  const { ids, dictionary } = column;
  const places = new Int32Array(rows);
  // An array of a large dictionary's size would cost more than a frame of few rows.
  const used =
    rows * 4 < dictionary.size
      ? renumberedByMap(ids, validity, rows, places)
      : renumbered(ids, validity, rows, places, new Int32Array(dictionary.size));
  const width = used.length <= 128 ? 1 : used.length <= 32_768 ? 2 : 4;
  writer.u32((validity === null ? 0 : NULLS) | (Math.log2(width) << WIDTH_SHIFT), used.length);
  writeValidity(writer, validity, rows);
  const offsets = writer.ints(used.length + 1, 4);
  let bytes = 0;
  for (let i = 0; i < used.length; i++) offsets[i + 1] = bytes += dictionary.byteLength(used[i]);
  const target = writer.bytes(bytes);
  for (let i = 0, at = 0; i < used.length; at += dictionary.byteLength(used[i++])) {
    dictionary.copyBytes(used[i], target, at);
  }
  writer.ints(rows, width).set(places);
}

/** Numbers the ids used in order of first use, into `places`; gives the ids in that order. `numbers`: 0 unseen, else + 1. */
function renumbered(
  ids: Int32Array,
  validity: Validity,
  rows: number,
  places: Int32Array,
  numbers: Int32Array,
): number[] {
  const used: number[] = [];
  for (let i = 0; i < rows; i++) {
    if (validity !== null && ((validity[i >> 3] >> (i & 7)) & 1) === 0) continue;
    const id = ids[i];
    if (numbers[id] === 0) numbers[id] = used.push(id);
    places[i] = numbers[id] - 1;
  }
  return used;
}

function renumberedByMap(ids: Int32Array, validity: Validity, rows: number, places: Int32Array): number[] {
  const numbers = new Map<number, number>();
  for (let i = 0; i < rows; i++) {
    if (!isValid(validity, i)) continue;
    if (!numbers.has(ids[i])) numbers.set(ids[i], numbers.size);
    places[i] = numbers.get(ids[i]) ?? 0;
  }
  return [...numbers.keys()];
}

/** Offsets from 0, null rows empty, and just the items they cover. */
function withoutGaps(column: ListColumn, validity: Validity, rows: number): ListColumn {
  let clean = column.offsets[0] === 0;
  for (let i = 0; clean && validity !== null && i < rows; i++) {
    clean = isValid(validity, i) || column.offsets[i] === column.offsets[i + 1];
  }
  if (clean) return column;
  const offsets = new Int32Array(rows + 1);
  const kept: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = column.offsets[i]; isValid(validity, i) && j < column.offsets[i + 1]; j++) kept.push(j);
    offsets[i + 1] = kept.length;
  }
  return { kind: 'list', offsets, items: takeColumn(column.items, Int32Array.from(kept), kept.length), validity };
}

function readColumn(
  reader: FrameReader,
  type: Type,
  rows: number,
  place: string,
  dictionaries: FrameDictionaries | undefined,
): Column {
  const [flags, size] = reader.u32();
  if (type.kind === 'features') {
    return { kind: 'features', columns: type.names.map(() => reader.floats(rows)) };
  }
  const validity = (flags & NULLS) === 0 ? null : reader.bytes(validityBytes(rows));
  const width = 1 << (flags >> WIDTH_SHIFT);
  if (flags >> WIDTH_SHIFT > 3) throw damagedFrame();
  switch (type.kind) {
    case 'bool':
      return { kind: 'bool', values: reader.bytes(rows), validity };
    case 'string':
    case 'enum':
    case 'secret': {
      const dictionary = dictionaries?.of(place) ?? createDictionary();
      const entries = readEntries(reader, size, dictionary);
      const places = reader.ints(rows, width);
      // Of nulls only: no entries, every place 0.
      if (size === 0 && countValid(validity, rows) > 0) throw damagedFrame();
      const ids = idsOf(places instanceof Int32Array ? places : new Int32Array(places), entries, validity, rows);
      return { kind: 'string', ids, dictionary, validity };
    }
    case 'list': {
      const offsets = reader.ints(rows + 1, 4) as Int32Array;
      if (offsets[0] !== 0 || offsets[rows] !== size) throw damagedFrame();
      for (let i = 0; i < rows; i++) if (offsets[i + 1] < offsets[i]) throw damagedFrame();
      return {
        kind: 'list',
        offsets,
        items: readColumn(reader, type.item, size, `${place}.0`, dictionaries),
        validity,
      };
    }
    case 'record': {
      const children = type.fields.map((field, i) =>
        readColumn(reader, field.type, rows, `${place}.${i}`, dictionaries),
      );
      return { kind: 'record', children, validity };
    }
    case 'tensor':
      throw new OperationalError('R403', 'tensor columns cannot be held in memory yet');
    default: {
      if (width === 8) return { kind: 'number', values: reader.floats(rows), validity };
      return { kind: 'number', values: new Float64Array(reader.ints(rows, width)), validity };
    }
  }
}

function idsOf(places: Int32Array, entries: Int32Array, validity: Validity, rows: number): Int32Array {
  const ids = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    if (validity !== null && ((validity[i >> 3] >> (i & 7)) & 1) === 0) continue;
    if (places[i] < 0 || places[i] >= entries.length) throw damagedFrame();
    ids[i] = entries[places[i]];
  }
  return ids;
}

/** Ids in `dictionary` of a frame's entries. */
function readEntries(reader: FrameReader, count: number, dictionary: Dictionary): Int32Array {
  const offsets = reader.ints(count + 1, 4);
  if (offsets[0] !== 0) throw damagedFrame();
  const bytes = reader.bytes(offsets[count]);
  const ids = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    if (offsets[i] > offsets[i + 1] || offsets[i + 1] > bytes.length) throw damagedFrame();
    ids[i] = dictionary.internBytes(bytes, offsets[i], offsets[i + 1]);
  }
  return ids;
}
