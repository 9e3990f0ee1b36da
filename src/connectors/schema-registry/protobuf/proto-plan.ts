import type { RowValue } from '../../../engine/contract/function.ts';
import type { Field, Schema, Type } from '../../../engine/contract/types.ts';
import { BLOCK_ROWS, EMPTY_TEXT } from '../../formats/spans/span-block.ts';
import { BAD_MISSING, BAD_RANGE, PRESENT } from '../../formats/spans/span-column.ts';
import type { ExtraTexts, RowPlace } from '../extra-texts.ts';
import { BadInside, numberInside, textInside } from '../inside-values.ts';
import type { Message, ProtoField } from './message.ts';
import { TIMESTAMP, unreadable, WRAPPERS } from './proto-types.ts';
import { TYPE } from './raw-schema.ts';
import { WIRE, WireDamage, type WireReader, wireOf } from './wire-reader.ts';

/** Reads one value of a field, behind its tag, and puts it down. */
type Fill = (reader: WireReader, place: RowPlace) => void;
export interface ProtoPlan {
  readonly fills: ReadonlyMap<
    number,
    { readonly type: number; readonly wire: number; readonly isList: boolean; readonly fill: Fill }
  >;
  /** What is put down for fields that are not there. */
  readonly zeros: readonly ((place: RowPlace) => void)[];
}

/** How rows are read that were written as a message; a text: why they cannot be. */
export function planMessage(
  message: Message,
  schema: Schema,
  names: Readonly<Record<string, string>>,
  except: ReadonlySet<string>,
  texts: ExtraTexts,
): ProtoPlan | string {
  const fills = new Map<number, { type: number; wire: number; isList: boolean; fill: Fill }>();
  const zeros: ((place: RowPlace) => void)[] = [];
  for (const [slot, field] of schema.fields.entries()) {
    if (except.has(field.name)) continue;
    const name = names[field.name] ?? field.name;
    const found = [...message.fields].find(([, one]) => one.name === name);
    if (found === undefined) {
      if (!field.nullable) return `it has no field \`${name}\``;
      continue;
    }
    const [number, proto] = found;
    const why = unreadable(proto, field.type, field.name);
    if (why !== null) return why;
    if (fills.has(number)) return `\`${name}\` fills two fields`;
    const fill = fillOf(proto, field, slot, texts);
    fills.set(number, { type: proto.type, wire: wireOf(proto.type), isList: proto.isRepeated, fill });
    const zero = zeroOf(proto, field.type, slot, texts);
    if (zero !== null) zeros.push(zero);
  }
  return { fills, zeros };
}

function fillOf(proto: ProtoField, field: Field, slot: number, texts: ExtraTexts): Fill {
  const { kind } = field.type;
  const base = slot * BLOCK_ROWS;
  if (kind === 'string' || kind === 'enum') {
    if (proto.symbols !== null) {
      const symbols = new Map([...proto.symbols].map(([value, symbol]) => [value, texts.place(symbol)]));
      return (reader, { block, row, extraAt }) => {
        const symbol = symbols.get(reader.int(TYPE.int32));
        // Left empty it would pass for a null.
        if (symbol === undefined) throw new WireDamage();
        block.starts[base + row] = extraAt + symbol.from;
        block.ends[base + row] = extraAt + symbol.to;
      };
    }
    const isWrapper = WRAPPERS[proto.typeName] !== undefined;
    return (reader, { block, row }) => {
      const put = (): void => {
        const from = reader.pass(reader.varint());
        block.starts[base + row] = from;
        block.ends[base + row] = reader.at > from ? reader.at : from + EMPTY_TEXT;
      };
      if (isWrapper) {
        block.starts[base + row] = reader.at;
        block.ends[base + row] = reader.at + EMPTY_TEXT;
        inMessage(reader, isFirst(WIRE.bytes), put);
      } else put();
    };
  }
  if (kind === 'list' || kind === 'record') {
    const item: Field =
      kind === 'list'
        ? { name: field.name, type: (field.type as Extract<Type, { kind: 'list' }>).item, nullable: false }
        : field;
    const read = readerOf(proto, item);
    return (reader, { staging, row }) => {
      const from = reader.at;
      try {
        if (kind === 'record') staging.values[slot][row] = read(reader);
        else {
          const items = staging.states[slot][row] === PRESENT ? (staging.values[slot][row] as RowValue[]) : [];
          items.push(read(reader));
          staging.values[slot][row] = items;
        }
        staging.states[slot][row] = staging.states[slot][row] > PRESENT ? staging.states[slot][row] : PRESENT;
      } catch (error) {
        if (!(error instanceof BadInside)) throw error;
        staging.states[slot][row] = error.state;
        reader.at = from;
        reader.wire = wireOf(proto.type);
        reader.skip();
      }
    };
  }
  const read = numberOf(proto);
  return (reader, { staging, row }) => {
    const value = read(reader);
    staging.numbers[slot][row] = value;
    const isNone = kind === 'float' && !Number.isFinite(value);
    staging.states[slot][row] = isNone ? 0 : Number.isNaN(value) ? BAD_RANGE : PRESENT;
  };
}

/** Goes through an embedded message. A field of another wire type than declared is to Protobuf one nobody knows: `wants` says no. */
function inMessage(reader: WireReader, wants: (number: number, wire: number) => boolean, take: () => void): void {
  const { end } = reader;
  const length = reader.varint();
  const from = reader.pass(length);
  reader.at = from;
  reader.end = from + length;
  while (reader.next()) {
    if (wants(reader.number, reader.wire)) take();
    else reader.skip();
  }
  reader.end = end;
}

const isFirst = (wire: number) => (number: number, of: number) => number === 1 && of === wire;

function numberOf(proto: ProtoField): (reader: WireReader) => number {
  if (proto.typeName === TIMESTAMP) {
    return reader => {
      let seconds = 0;
      let nanos = 0;
      inMessage(
        reader,
        (number, wire) => (number === 1 || number === 2) && wire === WIRE.varint,
        () => {
          if (reader.number === 1) seconds = reader.int(TYPE.int64);
          else nanos = reader.int(TYPE.int32);
        },
      );
      return seconds * 1_000 + Math.floor(nanos / 1e6);
    };
  }
  const wrapped = WRAPPERS[proto.typeName];
  if (wrapped !== undefined) {
    const wants = isFirst(wireOf(wrapped));
    return reader => {
      let value = 0;
      inMessage(reader, wants, () => (value = plainNumber(reader, wrapped)));
      return value;
    };
  }
  return reader => plainNumber(reader, proto.type);
}
function plainNumber(reader: WireReader, type: number): number {
  if (type === TYPE.bool) return reader.varint() === 0 ? 0 : 1;
  return wireOf(type) === WIRE.varint ? reader.int(type) : reader.fixed(type);
}

function zeroOf(proto: ProtoField, type: Type, slot: number, texts: ExtraTexts): ((place: RowPlace) => void) | null {
  if (proto.isRepeated) {
    return ({ staging, row }) => {
      staging.values[slot][row] = [];
      staging.states[slot][row] = PRESENT;
    };
  }
  if (proto.hasPresence) return null;
  if (type.kind === 'string' || type.kind === 'enum') {
    const zero = texts.place(proto.symbols?.get(0) ?? '');
    const base = slot * BLOCK_ROWS;
    return ({ block, row, extraAt }) => {
      block.starts[base + row] = extraAt + zero.from;
      block.ends[base + row] = zero.to > zero.from ? extraAt + zero.to : extraAt + zero.from + EMPTY_TEXT;
    };
  }
  return ({ staging, row }) => {
    staging.numbers[slot][row] = 0;
    staging.states[slot][row] = PRESENT;
  };
}

/** Values of lists and records. */
function readerOf(proto: ProtoField, field: Field): (reader: WireReader) => RowValue {
  const { type } = field;
  if (type.kind === 'record') return recordOf(proto, type);
  if (type.kind === 'string' || type.kind === 'enum') {
    const { symbols } = proto;
    if (WRAPPERS[proto.typeName] !== undefined) return textInside(type, wrappedText);
    if (symbols === null) return textInside(type, reader => reader.text());
    return textInside(type, reader => symbols.get(reader.int(TYPE.int32)) ?? null);
  }
  return numberInside(field, numberOf(proto));
}

function wrappedText(reader: WireReader): string {
  let text = '';
  inMessage(reader, isFirst(WIRE.bytes), () => {
    text = reader.text();
  });
  return text;
}

function recordOf(proto: ProtoField, type: Extract<Type, { kind: 'record' }>): (reader: WireReader) => RowValue {
  const { message } = proto;
  if (message === null) throw new WireDamage();
  const members = new Map(
    [...message.fields].flatMap(([number, one]) => {
      const field = type.fields.find(each => each.name === one.name);
      if (field === undefined) return [];
      const item = field.type.kind === 'list' ? { ...field, type: field.type.item, nullable: false } : field;
      return [[number, { one, field, read: readerOf(one, item) }] as const];
    }),
  );
  return reader => {
    const record: Record<string, RowValue> = {};
    for (const field of type.fields) record[field.name] = null;
    for (const { one, field } of members.values()) {
      if (one.isRepeated) record[field.name] = [];
      else if (!one.hasPresence) record[field.name] = plainZero(one, field.type);
    }
    inMessage(
      reader,
      number => members.has(number),
      () => {
        const { one, field, read } = members.get(reader.number)!;
        if (one.isRepeated) readRepeated(reader, one, () => (record[field.name] as RowValue[]).push(read(reader)));
        else if (reader.wire !== wireOf(one.type)) reader.skip();
        else record[field.name] = read(reader);
      },
    );
    if (type.fields.some(field => !field.nullable && record[field.name] === null)) throw new BadInside(BAD_MISSING);
    return record;
  };
}
function plainZero({ symbols }: ProtoField, { kind }: Type): RowValue {
  if (kind === 'bool') return false;
  return kind === 'string' || kind === 'enum' ? (symbols?.get(0) ?? '') : 0;
}

/** One value, or as many as stand packed in one field; one of another wire type is passed over. */
export function readRepeated(reader: WireReader, { type }: Pick<ProtoField, 'type'>, read: () => void): void {
  if (reader.wire === wireOf(type)) {
    read();
    return;
  }
  if (reader.wire !== WIRE.bytes) {
    reader.skip();
    return;
  }
  const length = reader.varint();
  const to = reader.pass(length) + length;
  reader.at = to - length;
  while (reader.at < to) read();
  if (reader.at !== to) throw new WireDamage();
}
