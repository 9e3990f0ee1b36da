import type { Held, RegisteredField } from '../../../engine/contract/registered-schema.ts';
import type { Field, Type } from '../../../engine/contract/types.ts';
import { SchemaDamage } from '../unreadable-schema.ts';
import type { Message, ProtoField } from './message.ts';
import { TIMESTAMP, typeNameOf, unreadable, WHOLE, WRAPPERS } from './proto-types.ts';
import { TYPE } from './raw-schema.ts';

/** The fields of a file's first message. Throws SchemaDamage where it has none. */
export function protoFields([first]: readonly Message[]): readonly RegisteredField[] {
  if (first === undefined) throw new SchemaDamage('it has no message');
  const known: Known = new Map();
  return [...first.fields.values()].map(field => ({
    name: field.name,
    aliases: [],
    told: toldOf(field),
    holds: heldBy(field, field.name, [first], known),
    unreadable: wanted => unreadable(field, wanted, field.name),
  }));
}

function toldOf(field: ProtoField): string {
  return `${field.isRepeated ? 'repeated ' : ''}${typeNameOf(field)}`;
}

/** Types that were made: one that is used twice is one type, however often it is written out. */
type Known = Map<Message, Type>;

/** `around`: the messages it is in, for one that holds itself has no type. */
function heldBy(field: ProtoField, place: string, around: readonly Message[], known: Known): Held {
  if (field.isRepeated) {
    const item = typeOf({ ...field, isRepeated: false }, place, around, known);
    return 'why' in item ? item : { type: { kind: 'list', item: item.type }, nullable: false };
  }
  const held = typeOf(field, place, around, known);
  return 'why' in held ? held : { type: held.type, nullable: field.hasPresence };
}

function typeOf(field: ProtoField, place: string, around: readonly Message[], known: Known): Held {
  const type = plainType(WRAPPERS[field.typeName] ?? field.type, field);
  if (type !== null) return { type, nullable: false };
  const { message } = field;
  const made = message === null ? undefined : known.get(message);
  if (made !== undefined) return { type: made, nullable: false };
  if (message === null || around.includes(message)) return { why: { place, told: typeNameOf(field) } };
  const fields: Field[] = [];
  for (const inner of message.fields.values()) {
    const held = heldBy(inner, `${place}.${inner.name}`, [...around, message], known);
    if ('why' in held) return held;
    fields.push({ name: inner.name, ...held });
  }
  const record: Type = { kind: 'record', fields };
  known.set(message, record);
  return { type: record, nullable: false };
}

function plainType(type: number, { typeName, symbols }: ProtoField): Type | null {
  if (WHOLE.has(type)) return { kind: 'int' };
  if (typeName === TIMESTAMP) return { kind: 'timestamp' };
  switch (type) {
    case TYPE.bool:
      return { kind: 'bool' };
    case TYPE.float:
    case TYPE.double:
      return { kind: 'float' };
    case TYPE.string:
      return { kind: 'string' };
    case TYPE.enum:
      return symbols === null ? null : { kind: 'enum', values: [...new Set(symbols.values())] };
    default:
      return null;
  }
}
