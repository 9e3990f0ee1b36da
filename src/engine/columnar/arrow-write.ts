import {
  Field as ArrowField,
  Schema as ArrowSchema,
  Bool,
  type Data,
  type DataType,
  DateDay,
  Dictionary,
  Duration,
  Float64,
  Int32,
  Int64,
  List,
  makeData,
  makeVector,
  RecordBatch,
  Struct,
  Table,
  TimestampMillisecond,
  TimeUnit,
  tableToIPC,
  Utf8,
} from 'apache-arrow';
import { assert } from '../base/assert.ts';
import { OperationalError } from '../base/operational-error.ts';
import type { Batch, Column, FeaturesColumn, Dictionary as Texts } from '../contract/batch.ts';
import type { Field, Schema, Type } from '../contract/types.ts';
import { createDictionary } from './dictionary.ts';
import { decodeFrame, encodeFrame } from './frame.ts';
import { concatBatches, sliceRows } from './take.ts';
import { allValid, countValid, isValid, packValidity, type Validity } from './validity.ts';

/** Key of the field metadata that keeps what Arrow's types cannot say: the values of an enum. */
export const TYPE_KEY = 'weir:type';
const ROWS_PER_RECORD_BATCH = 65_536;

/**
 * Rows as Arrow IPC, for readers outside. int is Int64, timestamp Timestamp(ms, UTC), date Date32, duration Duration(ms), bool
 * bit-packed, string and enum Dictionary<Int32, Utf8>, a record a Struct, a feature matrix a Struct of Float64 with nulls.
 * Equal rows give equal bytes, however they are cut into batches: record batches have one size, dictionaries hold the texts
 * used in order of first use, and what is under a null is 0.
 */
export function toArrowIpc(schema: Schema, batches: readonly Batch[], format: 'stream' | 'file'): Uint8Array {
  const fieldOf = arrowFields();
  const arrow = new ArrowSchema(schema.fields.map(fieldOf));
  const all = concatBatches(schema, settled(batches));
  const dictionaries = new Map<Texts, Data<Utf8>>();
  const records: RecordBatch[] = [];
  for (let from = 0; from < all.rows; from += ROWS_PER_RECORD_BATCH) {
    records.push(
      recordBatch(sliceRows(all, from, Math.min(all.rows, from + ROWS_PER_RECORD_BATCH)), arrow, dictionaries),
    );
  }
  if (records.length === 0) records.push(recordBatch(all, arrow, dictionaries));
  return tableToIPC(new Table(arrow, records), format);
}

/**
 * The batches as their frames say them, which have one form for equal content; each column with one dictionary, since the
 * file format does not allow it to change between record batches.
 */
function settled(batches: readonly Batch[]): readonly Batch[] {
  const dictionaries = new Map<string, Texts>();
  const of = (place: string): Texts => {
    let dictionary = dictionaries.get(place);
    if (dictionary === undefined) dictionaries.set(place, (dictionary = createDictionary()));
    return dictionary;
  };
  return batches.map(batch => decodeFrame(encodeFrame(batch), batch.schema, { of }));
}

/** Fields of one schema; their dictionaries are numbered in its order, and not through the life of the process. */
function arrowFields(): (field: Field) => ArrowField {
  let dictionaries = 0;
  const fieldOf = (field: Field): ArrowField => {
    const nullable = field.nullable || field.type.kind === 'features';
    const metadata = field.type.kind === 'enum' ? [[TYPE_KEY, JSON.stringify(field.type)] as const] : [];
    return new ArrowField(field.name, typeOf(field.type), nullable, new Map(metadata));
  };
  const typeOf = (type: Type): DataType => {
    switch (type.kind) {
      case 'int':
        return new Int64();
      case 'float':
        return new Float64();
      case 'bool':
        return new Bool();
      case 'timestamp':
        return new TimestampMillisecond('UTC');
      case 'date':
        return new DateDay();
      case 'duration':
        return new Duration(TimeUnit.MILLISECOND);
      case 'string':
      case 'enum':
        return new Dictionary(new Utf8(), new Int32(), dictionaries++);
      case 'list':
        return new List(new ArrowField('item', typeOf(type.item), true));
      case 'record':
        return new Struct(type.fields.map(fieldOf));
      case 'features':
        return new Struct(type.names.map(name => new ArrowField(name, new Float64(), true)));
      case 'secret':
      case 'tensor':
        throw new OperationalError('R403', `${type.kind} columns cannot be written as Arrow`);
    }
  };
  return fieldOf;
}

function recordBatch(batch: Batch, schema: ArrowSchema, dictionaries: Map<Texts, Data<Utf8>>): RecordBatch {
  const children = batch.schema.fields.map((_, i) =>
    arrowData(batch.columns[i], schema.fields[i].type, batch.rows, dictionaries),
  );
  return new RecordBatch(schema, makeData({ type: new Struct(schema.fields), length: batch.rows, children }));
}

function arrowData(column: Column, type: DataType, rows: number, dictionaries: Map<Texts, Data<Utf8>>): Data {
  if (column.kind === 'features') return featuresData(column, type as Struct, rows);
  const nulls = { length: rows, nullCount: rows - countValid(column.validity, rows), nullBitmap: column.validity };
  switch (column.kind) {
    case 'number':
      return numberData(column.values, column.validity, type, rows, nulls);
    case 'bool': {
      const bits = packValidity(column.values, rows) ?? allValid(rows);
      return makeData({ ...nulls, type: type as Bool, data: bits });
    }
    case 'string': {
      let texts = dictionaries.get(column.dictionary);
      if (texts === undefined) dictionaries.set(column.dictionary, (texts = textsData(column.dictionary)));
      return makeData({
        ...nulls,
        type: type as Dictionary,
        data: column.ids.slice(0, rows),
        dictionary: makeVector(texts),
      });
    }
    case 'list': {
      const items = arrowData(column.items, (type as List).children[0].type, column.offsets[rows], dictionaries);
      return makeData({ ...nulls, type: type as List, valueOffsets: column.offsets.slice(0, rows + 1), child: items });
    }
    case 'record': {
      const children = column.children.map((child, i) =>
        arrowData(child, (type as Struct).children[i].type, rows, dictionaries),
      );
      return makeData({ ...nulls, type: type as Struct, children });
    }
  }
}

type Nulls = { readonly length: number; readonly nullCount: number; readonly nullBitmap: Validity };

function numberData(values: Float64Array, validity: Validity, type: DataType, rows: number, nulls: Nulls): Data {
  if (type instanceof Float64) return makeData({ ...nulls, type, data: values.slice(0, rows) });
  if (type instanceof DateDay) return makeData({ ...nulls, type, data: Int32Array.from(values.subarray(0, rows)) });
  assert(
    type instanceof Int64 || type instanceof TimestampMillisecond || type instanceof Duration,
    'a type of whole numbers',
  );
  const data = new BigInt64Array(rows);
  for (let i = 0; i < rows; i++) if (isValid(validity, i)) data[i] = BigInt(values[i]);
  return makeData({ ...nulls, type: type as Int64, data });
}

function textsData(dictionary: Texts): Data<Utf8> {
  const offsets = new Int32Array(dictionary.size + 1);
  for (let id = 0; id < dictionary.size; id++) offsets[id + 1] = offsets[id] + dictionary.bytes(id).length;
  const data = new Uint8Array(offsets[dictionary.size]);
  for (let id = 0; id < dictionary.size; id++) data.set(dictionary.bytes(id), offsets[id]);
  return makeData({ type: new Utf8(), length: dictionary.size, valueOffsets: offsets, data });
}

function featuresData(column: FeaturesColumn, type: Struct, rows: number): Data {
  const children = column.columns.map(values => {
    const present = Uint8Array.from({ length: rows }, (_, row) => Number(!Number.isNaN(values[row])));
    const nullBitmap = packValidity(present, rows);
    const data = values.slice(0, rows).map(value => (Number.isNaN(value) ? 0 : value));
    return makeData({
      type: new Float64(),
      length: rows,
      nullCount: rows - countValid(nullBitmap, rows),
      nullBitmap,
      data,
    });
  });
  return makeData({ type, length: rows, children });
}
