import { type Type, typeText } from '../../../engine/contract/types.ts';
import type { ProtoField } from './message.ts';
import { TYPE } from './raw-schema.ts';

/** Types of whole numbers. */
export const WHOLE: ReadonlySet<number> = new Set<number>([
  TYPE.int32,
  TYPE.int64,
  TYPE.uint32,
  TYPE.uint64,
  TYPE.sint32,
  TYPE.sint64,
  TYPE.fixed32,
  TYPE.fixed64,
  TYPE.sfixed32,
  TYPE.sfixed64,
]);
export const TIMESTAMP = 'google.protobuf.Timestamp';
/** Wrappers hold one value, so that it may be absent. */
export const WRAPPERS: Readonly<Record<string, number>> = {
  'google.protobuf.DoubleValue': TYPE.double,
  'google.protobuf.FloatValue': TYPE.float,
  'google.protobuf.Int64Value': TYPE.int64,
  'google.protobuf.UInt64Value': TYPE.uint64,
  'google.protobuf.Int32Value': TYPE.int32,
  'google.protobuf.UInt32Value': TYPE.uint32,
  'google.protobuf.BoolValue': TYPE.bool,
  'google.protobuf.StringValue': TYPE.string,
};

/** Why a value of a message's field cannot be one of the flow's; null: it can. */
export function unreadable(proto: ProtoField, type: Type, name: string): string | null {
  const told = () =>
    `\`${name}\` is ${proto.isRepeated ? 'repeated ' : ''}${typeNameOf(proto)} there and ${typeText(type)} in the flow`;
  if (type.kind === 'list')
    return proto.isRepeated ? unreadable({ ...proto, isRepeated: false }, type.item, `${name}[]`) : told();
  if (proto.isRepeated) return told();
  if (type.kind === 'record') {
    if (proto.message === null) return told();
    for (const field of type.fields) {
      const found = [...proto.message.fields.values()].find(one => one.name === field.name);
      if (found === undefined && !field.nullable) return `\`${name}\` has no field \`${field.name}\``;
      const why = found === undefined ? null : unreadable(found, field.type, `${name}.${field.name}`);
      if (why !== null) return why;
    }
    return null;
  }
  return fits(WRAPPERS[proto.typeName] ?? proto.type, proto, type) ? null : told();
}
function fits(proto: number, { typeName, symbols }: ProtoField, { kind }: Type): boolean {
  switch (kind) {
    case 'bool':
      return proto === TYPE.bool;
    case 'int':
    case 'duration':
      return WHOLE.has(proto);
    case 'float':
      return WHOLE.has(proto) || proto === TYPE.float || proto === TYPE.double;
    case 'string':
    case 'enum':
      // Symbols of an imported file are not had: its numbers would be taken for lengths.
      return proto === TYPE.string || (proto === TYPE.enum && symbols !== null);
    case 'timestamp':
      return typeName === TIMESTAMP;
    default:
      return false;
  }
}
export function typeNameOf({ type, typeName }: ProtoField): string {
  return typeName !== ''
    ? typeName
    : (Object.entries(TYPE).find(([, number]) => number === type)?.[0] ?? `type ${type}`);
}
