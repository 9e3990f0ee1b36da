import { SchemaDamage } from '../unreadable-schema.ts';
import type { Message, ProtoField } from './message.ts';
import { parseProto } from './proto-text.ts';
import { LABEL, type RawEnum, type RawField, type RawFile, type RawMessage, TYPE } from './raw-schema.ts';
import { WireReader } from './wire-reader.ts';

/** The messages at the top of a file, of its descriptor (`FileDescriptorProto`) in base64 or of its text, as registries tell either. Throws SchemaDamage. */
export function messagesOf(schema: string): readonly Message[] {
  try {
    return messagesIn(/[;{}]/.test(schema) ? parseProto(schema) : fileIn(Buffer.from(schema, 'base64')));
  } catch (cause) {
    throw new SchemaDamage('it is not one of Protobuf', { cause });
  }
}

function fileIn(bytes: Uint8Array): RawFile {
  const file: RawFile = { space: '', isProto3: false, messages: [], enums: [] };
  each(bytes, (number, reader) => {
    if (number === 2) file.space = reader.text();
    else if (number === 12) file.isProto3 = reader.text() === 'proto3';
    else if (number === 4) file.messages.push(messageIn(reader.body()));
    else if (number === 5) file.enums.push(enumIn(reader.body()));
    else reader.skip();
  });
  return file;
}

function messagesIn({ space, isProto3, messages: raw, enums }: RawFile): readonly Message[] {
  const messages = new Map<string, Message>();
  const symbols = new Map<string, ReadonlyMap<number, string>>();
  const scope = space === '' ? '' : `.${space}`;
  for (const one of enums) symbols.set(`${scope}.${one.name}`, one.values);
  const declare = (message: RawMessage, at: string): Message => {
    const name = `${at}.${message.name}`;
    for (const one of message.enums) symbols.set(`${name}.${one.name}`, one.values);
    const declared: Message = {
      name: name.slice(1),
      fields: new Map(),
      nested: message.nested.map(inner => declare(inner, name)),
    };
    messages.set(name, declared);
    return declared;
  };
  /** By Protobuf's rule: the innermost scope that has the name. */
  const full = (name: string, within: string): string => {
    if (name.startsWith('.')) return name;
    for (let at = `.${within}`; ; at = at.slice(0, at.lastIndexOf('.'))) {
      if (messages.has(`${at}.${name}`) || symbols.has(`${at}.${name}`)) return `${at}.${name}`;
      if (at === '') return `.${name}`;
    }
  };
  const fill = (message: RawMessage, declared: Message): void => {
    const fields = declared.fields as Map<number, ProtoField>;
    for (const field of message.fields) {
      const typeName = field.typeName === '' ? '' : full(field.typeName, declared.name);
      const type = field.type !== 0 ? field.type : symbols.has(typeName) ? TYPE.enum : TYPE.message;
      fields.set(field.number, {
        name: field.name,
        type,
        isRepeated: field.label === LABEL.repeated,
        // Without presence what is not there is the type's zero.
        hasPresence:
          field.isOptional || field.oneof || type === TYPE.message || (!isProto3 && field.label !== LABEL.required),
        typeName: typeName.slice(1),
        message: messages.get(typeName) ?? null,
        symbols: symbols.get(typeName) ?? null,
      });
    }
    for (const [i, inner] of message.nested.entries()) fill(inner, declared.nested[i]);
  };
  const top = raw.map(message => declare(message, scope));
  for (const [i, message] of raw.entries()) fill(message, top[i]);
  return top;
}

function each(bytes: Uint8Array, take: (number: number, reader: WireReader) => void): void {
  const reader = new WireReader();
  reader.begin(bytes, 0, bytes.length);
  while (reader.next()) take(reader.number, reader);
}

function messageIn(bytes: Uint8Array): RawMessage {
  const message = { name: '', fields: [] as RawField[], nested: [] as RawMessage[], enums: [] as RawEnum[] };
  each(bytes, (number, reader) => {
    if (number === 1) message.name = reader.text();
    else if (number === 2) message.fields.push(fieldIn(reader.body()));
    else if (number === 3) message.nested.push(messageIn(reader.body()));
    else if (number === 4) message.enums.push(enumIn(reader.body()));
    else reader.skip();
  });
  return message;
}
function fieldIn(bytes: Uint8Array): RawField {
  const field: RawField = { name: '', number: 0, label: 0, type: 0, typeName: '', isOptional: false, oneof: false };
  each(bytes, (number, reader) => {
    if (number === 1) field.name = reader.text();
    else if (number === 3) field.number = reader.varint();
    else if (number === 4) field.label = reader.varint();
    else if (number === 5) field.type = reader.varint();
    else if (number === 6) field.typeName = reader.text();
    else if (number === 9) {
      reader.varint();
      field.oneof = true;
    } else if (number === 17) field.isOptional = reader.varint() === 1;
    else reader.skip();
  });
  return field;
}
function enumIn(bytes: Uint8Array): RawEnum {
  let name = '';
  const values = new Map<number, string>();
  each(bytes, (number, reader) => {
    if (number === 1) name = reader.text();
    else if (number === 2) {
      let symbol = '';
      let value = 0;
      each(reader.body(), (inner, of) => {
        if (inner === 1) symbol = of.text();
        else if (inner === 2) value = of.int(TYPE.int32);
        else of.skip();
      });
      values.set(value, symbol);
    } else reader.skip();
  });
  return { name, values };
}
