import { assert } from '../../../engine/base/assert.ts';
import { isValid } from '../../../engine/columnar/validity.ts';
import type { Batch, Column } from '../../../engine/contract/batch.ts';
import type { EncodedValues, RecordEncoder } from '../../../engine/contract/connector.ts';
import type { Field, Schema, Type } from '../../../engine/contract/types.ts';
import { ByteSink } from '../../formats/records/byte-sink.ts';
import { encodedBehindId } from '../wire-format.ts';
import { WIRE } from './wire-reader.ts';

/** Of the field a list's item or a nullable one is, too. */
export function isWritable(type: Type): boolean {
  if (type.kind === 'list') return type.item.kind !== 'list' && isWritable(type.item);
  if (type.kind === 'record')
    return type.fields.every(field => isWritable(field.type) && !(field.nullable && field.type.kind === 'list'));
  return !['tensor', 'secret', 'features', 'date'].includes(type.kind);
}

/** The schema rows of these fields are written by (proto3): numbered in their order, `optional` where they may be null. */
export function protoSchemaOf({ fields }: Schema, record: string): string {
  const at = record.lastIndexOf('.');
  const lines = ['syntax = "proto3";'];
  if (at >= 0) lines.push(`package ${record.slice(0, at)};`);
  const body = messageText(fields, record.slice(at + 1), '');
  if (body.some(line => line.includes('google.protobuf.Timestamp'))) {
    lines.push('import "google/protobuf/timestamp.proto";');
  }
  return `${[...lines, ...body].join('\n')}\n`;
}
function messageText(fields: readonly Field[], name: string, indent: string): string[] {
  const inner: string[] = [];
  const lines = fields.map(({ name: field, type, nullable }, i) => {
    const item = type.kind === 'list' ? type.item : type;
    const message = `${field[0].toUpperCase()}${field.slice(1)}Message`;
    if (item.kind === 'record') inner.push(...messageText(item.fields, message, `${indent}  `));
    const label =
      type.kind === 'list'
        ? 'repeated '
        : nullable && item.kind !== 'record' && item.kind !== 'timestamp'
          ? 'optional '
          : '';
    return `${indent}  ${label}${typeNameOf(item, message)} ${field} = ${i + 1};`;
  });
  return [`${indent}message ${name} {`, ...inner, ...lines, `${indent}}`];
}
function typeNameOf({ kind }: Type, message: string): string {
  switch (kind) {
    case 'bool':
      return 'bool';
    case 'int':
    case 'duration':
      return 'int64';
    case 'float':
      return 'double';
    case 'timestamp':
      return 'google.protobuf.Timestamp';
    case 'record':
      return message;
    default:
      return 'string';
  }
}

type Put = (sink: ByteSink, row: number) => void;
/** Which message of its file: the first. */
const FIRST_MESSAGE = 0;

/** Rows as Protobuf's binary encoding, behind the id of their schema. */
export class ProtoEncoder implements RecordEncoder {
  readonly #id: number;
  readonly #sink = new ByteSink();

  constructor(id: number) {
    this.#id = id;
  }
  encode({ schema, rows, columns }: Batch): EncodedValues {
    const put = messageOf(schema.fields, columns, rows);
    return encodedBehindId(this.#sink, this.#id, rows, (sink, row) => {
      sink.byte(FIRST_MESSAGE);
      put(sink, row);
    });
  }
}

function messageOf(fields: readonly Field[], columns: readonly Column[], rows: number): Put {
  const puts = fields.map((field, i) => fieldOf(field.type, columns[i], rows, i + 1));
  return (sink, row) => {
    for (const put of puts) put(sink, row);
  };
}

function fieldOf(type: Type, column: Column, rows: number, number: number): Put {
  assert(column.kind !== 'features', 'no features go to topics');
  if (column.kind === 'list') {
    assert(type.kind === 'list', 'a list column has a list type');
    const { offsets } = column;
    // Each with its tag: readers take both forms.
    const item = taggedValue(type.item, column.items, offsets[rows], number);
    return (sink, row) => {
      for (let i = offsets[row]; i < offsets[row + 1]; i++) item(sink, i);
    };
  }
  const value = taggedValue(type, column, rows, number);
  const { validity } = column;
  return (sink, row) => {
    if (isValid(validity, row)) value(sink, row);
  };
}

/** A value behind its tag. */
function taggedValue(type: Type, column: Column, rows: number, number: number): Put {
  const tag = (wire: number) => number * 8 + wire;
  switch (column.kind) {
    case 'bool':
      return (sink, row) => {
        sink.varint(tag(WIRE.varint));
        sink.byte(column.values[row]);
      };
    case 'number': {
      const { values } = column;
      if (type.kind === 'float') {
        return (sink, row) => {
          sink.varint(tag(WIRE.fixed64));
          sink.double(values[row]);
        };
      }
      if (type.kind === 'timestamp') return inner(tag(WIRE.bytes), (sink, row) => putTimestamp(sink, values[row]));
      return (sink, row) => {
        sink.varint(tag(WIRE.varint));
        sink.int64(values[row]);
      };
    }
    case 'string': {
      const { ids, dictionary } = column;
      return (sink, row) => {
        const id = ids[row];
        const length = dictionary.byteLength(id);
        sink.varint(tag(WIRE.bytes));
        sink.varint(length);
        sink.reserve(length);
        dictionary.copyBytes(id, sink.bytes, sink.length);
        sink.length += length;
      };
    }
    case 'record':
      assert(type.kind === 'record', 'a record column has a record type');
      return inner(tag(WIRE.bytes), messageOf(type.fields, column.children, rows));
    default:
      return assert(false, 'lists have their items') as never;
  }
}

function putTimestamp(sink: ByteSink, ms: number): void {
  const seconds = Math.floor(ms / 1_000);
  sink.varint(8);
  sink.int64(seconds);
  sink.varint(16);
  sink.varint((ms - seconds * 1_000) * 1e6);
}

/** A message behind its tag and its length. */
function inner(tag: number, put: Put): Put {
  const body = new ByteSink();
  return (sink, row) => {
    put(body, row);
    const bytes = body.take();
    sink.varint(tag);
    sink.varint(bytes.length);
    sink.put(bytes);
  };
}
