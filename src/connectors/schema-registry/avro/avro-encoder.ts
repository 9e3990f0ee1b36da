import { assert } from '../../../engine/base/assert.ts';
import { isValid } from '../../../engine/columnar/validity.ts';
import type { Batch, Column } from '../../../engine/contract/batch.ts';
import type { EncodedValues, RecordEncoder } from '../../../engine/contract/connector.ts';
import type { Field, Schema, Type } from '../../../engine/contract/types.ts';
import { ByteSink } from '../../formats/records/byte-sink.ts';
import { encodedBehindId } from '../wire-format.ts';

type Json = string | number | null | readonly Json[] | { readonly [key: string]: Json };

/** Names of Avro: fields have them by the language's rule, the texts of enums may not. */
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** The schema rows of these fields are written by: times as milliseconds, durations too, what may be null as a union with null first. */
export function avroSchemaOf(schema: Schema, record: string): string {
  const at = record.lastIndexOf('.');
  return JSON.stringify(recordType(schema.fields, record.slice(at + 1), at < 0 ? undefined : record.slice(0, at)));
}

function recordType(fields: readonly Field[], name: string, namespace?: string): Json {
  return {
    type: 'record',
    name,
    ...(namespace === undefined ? {} : { namespace }),
    fields: fields.map((field): Json => {
      const type = typeOf(field.type, `${name}_${field.name}`);
      if (!field.nullable) return { name: field.name, type };
      return { name: field.name, type: ['null', type], default: null };
    }),
  };
}

/** `name`: of the record or enum that it may be. */
function typeOf(type: Type, name: string): Json {
  switch (type.kind) {
    case 'bool':
      return 'boolean';
    case 'int':
    case 'duration':
      return 'long';
    case 'float':
      return 'double';
    case 'timestamp':
      return { type: 'long', logicalType: 'timestamp-millis' };
    case 'date':
      return { type: 'int', logicalType: 'date' };
    case 'enum':
      return type.values.every(value => NAME.test(value)) ? { type: 'enum', name, symbols: type.values } : 'string';
    case 'list':
      return { type: 'array', items: typeOf(type.item, name) };
    case 'record':
      return recordType(type.fields, name);
    default:
      return 'string';
  }
}

type Put = (sink: ByteSink, row: number) => void;

/** Rows as Avro's binary encoding, behind the id of their schema. */
export class AvroEncoder implements RecordEncoder {
  readonly #id: number;
  readonly #sink = new ByteSink();

  constructor(id: number) {
    this.#id = id;
  }
  encode({ schema, rows, columns }: Batch): EncodedValues {
    const puts = schema.fields.map((field, i) => putOf(field, columns[i], rows));
    return encodedBehindId(this.#sink, this.#id, rows, (sink, row) => {
      for (const put of puts) put(sink, row);
    });
  }
}

function putOf({ type, nullable }: Field, column: Column, rows: number): Put {
  const put = presentOf(type, column, rows);
  if (!nullable) return put;
  const validity = column.kind === 'features' ? null : column.validity;
  // Branches of the union: null is the first.
  return (sink, row) => {
    if (!isValid(validity, row)) sink.byte(0);
    else {
      sink.byte(2);
      put(sink, row);
    }
  };
}

function presentOf(type: Type, column: Column, rows: number): Put {
  switch (column.kind) {
    case 'bool':
      return (sink, row) => sink.byte(column.values[row]);
    case 'number':
      if (type.kind === 'float') return (sink, row) => sink.double(column.values[row]);
      return (sink, row) => sink.zigzag(column.values[row]);
    case 'string': {
      const { ids, dictionary } = column;
      if (type.kind === 'enum' && type.values.every(value => NAME.test(value))) {
        return (sink, row) => sink.zigzag(type.values.indexOf(dictionary.text(ids[row])));
      }
      return (sink, row) => {
        const id = ids[row];
        const length = dictionary.byteLength(id);
        sink.zigzag(length);
        sink.reserve(length);
        dictionary.copyBytes(id, sink.bytes, sink.length);
        sink.length += length;
      };
    }
    case 'list': {
      assert(type.kind === 'list', 'a list column has a list type');
      const { offsets } = column;
      const item = presentOf(type.item, column.items, offsets[rows]);
      return (sink, row) => {
        const count = offsets[row + 1] - offsets[row];
        if (count > 0) sink.zigzag(count);
        for (let i = offsets[row]; i < offsets[row + 1]; i++) item(sink, i);
        sink.byte(0);
      };
    }
    case 'record': {
      assert(type.kind === 'record', 'a record column has a record type');
      const members = type.fields.map((field, i) => putOf(field, column.children[i], rows));
      return (sink, row) => {
        for (const member of members) member(sink, row);
      };
    }
    default:
      assert(false, 'no features go to topics');
  }
}
