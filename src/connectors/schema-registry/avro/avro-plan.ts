import type { RowValue } from '../../../engine/contract/function.ts';
import { type Field, type Schema, type Type, typeText } from '../../../engine/contract/types.ts';
import { BLOCK_ROWS, EMPTY_TEXT, type SpanBlock } from '../../formats/spans/span-block.ts';
import { ABSENT, BAD_MISSING, BAD_RANGE, PRESENT } from '../../formats/spans/span-column.ts';
import type { ExtraTexts, RowPlace } from '../extra-texts.ts';
import { BadInside, numberInside, textInside } from '../inside-values.ts';
import type { AvroReader } from './avro-reader.ts';
import type { Avro, AvroField, AvroRecord } from './avro-schema.ts';

/** Reads one field of a writer's record and puts it down. */
type Fill = (reader: AvroReader, place: RowPlace) => void;
export type AvroPlan = readonly Fill[];

const MICROS_PER_MS = 1_000;

/** How rows are read that were written by a schema; a text: why they cannot be. */
export function planRead(
  writer: Avro,
  schema: Schema,
  names: Readonly<Record<string, string>>,
  except: ReadonlySet<string>,
  texts: ExtraTexts,
): AvroPlan | string {
  if (writer.kind !== 'record') return `it is a ${writer.kind}, no record`;
  const bySlot = new Map<AvroField, { readonly field: Field; readonly slot: number }[]>();
  for (const [slot, field] of schema.fields.entries()) {
    if (except.has(field.name)) continue;
    const found = fieldOf(writer, names[field.name] ?? field.name);
    if (found === undefined) {
      if (!field.nullable) return `it has no field \`${names[field.name] ?? field.name}\``;
      continue;
    }
    const why = unreadable(found.type, field.type, field.name);
    if (why !== null) return why;
    bySlot.set(found, [...(bySlot.get(found) ?? []), { field, slot }]);
  }
  return writer.fields.map(field => {
    const wanted = bySlot.get(field) ?? [];
    if (wanted.length === 0) return reader => reader.skip(field.type);
    const fills = wanted.map(one => fillOf(field.type, one.field, one.slot, texts));
    const [only] = fills;
    if (fills.length === 1) return only;
    return (reader, place) => {
      const from = reader.at;
      for (const fill of fills) {
        reader.at = from;
        fill(reader, place);
      }
    };
  });
}

function fieldOf({ fields }: AvroRecord, name: string): AvroField | undefined {
  return fields.find(field => field.name === name) ?? fields.find(field => field.aliases.includes(name));
}

/** Why a value of the writer's type cannot be one of the flow's; null: it can. */
export function unreadable(writer: Avro, type: Type, name: string): string | null {
  if (writer.kind === 'union') {
    for (const branch of writer.branches) {
      const why = branch.kind === 'null' ? null : unreadable(branch, type, name);
      if (why !== null) return why;
    }
    return null;
  }
  if (type.kind === 'list' && writer.kind === 'array') return unreadable(writer.items, type.item, `${name}[]`);
  if (type.kind === 'record' && writer.kind === 'record') {
    for (const field of type.fields) {
      const found = fieldOf(writer, field.name);
      if (found === undefined && !field.nullable) return `\`${name}\` has no field \`${field.name}\``;
      const why = found === undefined ? null : unreadable(found.type, field.type, `${name}.${field.name}`);
      if (why !== null) return why;
    }
    return null;
  }
  return fits(writer, type) ? null : `\`${name}\` is ${nameOf(writer)} there and ${typeText(type)} in the flow`;
}

function fits(writer: Avro, { kind }: Type): boolean {
  const logical = 'logical' in writer ? writer.logical : null;
  const isWhole = writer.kind === 'int' || writer.kind === 'long';
  switch (kind) {
    case 'bool':
      return writer.kind === 'boolean';
    case 'int':
      return isWhole;
    case 'float':
      return isWhole || writer.kind === 'float' || writer.kind === 'double' || logical === 'decimal';
    case 'string':
    case 'enum':
      return writer.kind === 'string' || writer.kind === 'enum';
    case 'timestamp':
      return writer.kind === 'long' && (logical === 'timestamp-millis' || logical === 'timestamp-micros');
    case 'date':
      return writer.kind === 'int' && logical === 'date';
    case 'duration':
      return isWhole && logical === null;
    default:
      return false;
  }
}
export function nameOf(writer: Avro): string {
  if (writer.kind === 'union') return `union of ${writer.branches.map(nameOf).join(', ')}`;
  return 'logical' in writer && writer.logical !== null ? `${writer.kind} (${writer.logical})` : writer.kind;
}

function fillOf(writer: Avro, field: Field, slot: number, texts: ExtraTexts): Fill {
  if (writer.kind === 'union') {
    const branches = new Map(writer.branches.map(branch => [branch, fillOf(branch, field, slot, texts)]));
    return (reader, place) => branches.get(reader.branch(writer))!(reader, place);
  }
  if (writer.kind === 'null') return () => {};
  const { kind } = field.type;
  const base = slot * BLOCK_ROWS;
  if (kind === 'string' || kind === 'enum') {
    if (writer.kind === 'enum') {
      const symbols = writer.symbols.map(symbol => texts.place(symbol));
      return (reader, { block, row, extraAt }) => {
        const symbol = symbols[reader.count()];
        if (symbol === undefined) reader.pass(-1);
        putText(block, base + row, extraAt + symbol.from, extraAt + symbol.to);
      };
    }
    return (reader, { block, row }) => {
      const from = reader.pass(reader.count());
      putText(block, base + row, from, reader.at);
    };
  }
  if (kind === 'list' || kind === 'record') {
    const read = readerOf(writer, field);
    return (reader, { staging, row }) => {
      const from = reader.at;
      try {
        staging.values[slot][row] = read(reader);
        staging.states[slot][row] = PRESENT;
      } catch (error) {
        if (!(error instanceof BadInside)) throw error;
        staging.states[slot][row] = error.state;
        reader.at = from;
        reader.skip(writer);
      }
    };
  }
  const read = numberOf(writer, field.type);
  return (reader, { staging, row }) => {
    const value = read(reader);
    staging.numbers[slot][row] = value;
    // NaN of a float is null, as everywhere; of whole numbers it is one that cannot be held.
    const isNone = kind === 'float' && !Number.isFinite(value);
    staging.states[slot][row] = isNone ? ABSENT : Number.isNaN(value) ? BAD_RANGE : PRESENT;
  };
}

function putText(block: SpanBlock, span: number, from: number, to: number): void {
  block.starts[span] = from;
  block.ends[span] = to > from ? to : from + EMPTY_TEXT;
}

function numberOf(writer: Avro, type: Type): (reader: AvroReader) => number {
  switch (writer.kind) {
    case 'boolean':
      return reader => (reader.bool() ? 1 : 0);
    case 'float':
      return reader => reader.float();
    case 'double':
      return reader => reader.double();
    case 'bytes':
    case 'fixed':
      return reader => decimalOf(reader, writer);
    default:
      if (type.kind === 'timestamp' && 'logical' in writer && writer.logical === 'timestamp-micros') {
        return reader => Math.floor(reader.whole() / MICROS_PER_MS);
      }
      return reader => reader.whole();
  }
}

/** Two's complement, big endian, over a power of ten: the nearest float. */
function decimalOf(reader: AvroReader, writer: Extract<Avro, { readonly scale: number }>): number {
  const length = writer.kind === 'fixed' ? writer.size : reader.count();
  const from = reader.pass(length);
  let unscaled = 0n;
  for (let at = from; at < reader.at; at++) unscaled = (unscaled << 8n) | BigInt(reader.bytes[at]);
  unscaled = BigInt.asIntN(8 * length, unscaled);
  return Number(`${unscaled}e${-writer.scale}`);
}

/** Values of lists and records. */
function readerOf(writer: Avro, field: Field): (reader: AvroReader) => RowValue {
  if (writer.kind === 'union') {
    const branches = new Map(writer.branches.map(branch => [branch, readerOf(branch, field)]));
    return reader => branches.get(reader.branch(writer))!(reader);
  }
  if (writer.kind === 'null') {
    return () => {
      if (!field.nullable) throw new BadInside(BAD_MISSING);
      return null;
    };
  }
  const { type } = field;
  if (type.kind === 'list' && writer.kind === 'array') {
    const item = readerOf(writer.items, { name: field.name, type: type.item, nullable: false });
    return reader => {
      const items: RowValue[] = [];
      reader.items(() => items.push(item(reader)));
      return items;
    };
  }
  if (type.kind === 'record' && writer.kind === 'record') {
    const wanted = writer.fields.map(inner => ({
      inner,
      all: type.fields
        .filter(one => fieldOf(writer, one.name) === inner)
        .map(one => ({ name: one.name, read: readerOf(inner.type, one) })),
    }));
    const absent = Object.fromEntries(type.fields.map(one => [one.name, null]));
    return reader => {
      const record: Record<string, RowValue> = { ...absent };
      for (const { inner, all } of wanted) {
        const from = reader.at;
        if (all.length === 0) reader.skip(inner.type);
        for (const { name, read } of all) {
          reader.at = from;
          record[name] = read(reader);
        }
      }
      return record;
    };
  }
  if (type.kind === 'string' || type.kind === 'enum') return textOf(writer, type);
  return numberInside(field, numberOf(writer, type));
}

function textOf(writer: Avro, type: Type): (reader: AvroReader) => RowValue {
  if (writer.kind === 'enum') return textInside(type, reader => writer.symbols[reader.count()] ?? null);
  return textInside(type, reader => {
    const from = reader.pass(reader.count());
    return Buffer.from(reader.bytes.buffer, reader.bytes.byteOffset + from, reader.at - from).toString('utf8');
  });
}
