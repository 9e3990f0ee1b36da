import { LABEL, type RawEnum, type RawField, type RawFile, type RawMessage, TYPE } from './raw-schema.ts';

/** Comments, texts, names with dots, numbers, and all else letter by letter. */
const TOKEN = /\/\/[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\.?[A-Za-z_][\w.]*|-?\d[\w.]*|\S/g;
const MOST_DEEP = 64;

/** A `.proto` file as far as messages are read by it: what serves code or services is passed over. Throws where it is none. */
export function parseProto(text: string): RawFile {
  const tokens = (text.match(TOKEN) ?? []).filter(token => !token.startsWith('//') && !token.startsWith('/*'));
  return new ProtoParser(tokens).file();
}

class ProtoParser {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }
  get #token(): string {
    return this.#tokens[this.#at] ?? '';
  }
  #take(): string {
    if (this.#at >= this.#tokens.length) throw new Error('the file ends in the middle');
    return this.#tokens[this.#at++];
  }
  #expect(token: string): void {
    if (this.#take() !== token) throw new Error(`there is no ${token} where one has to be`);
  }

  file(): RawFile {
    const file: RawFile = { space: '', isProto3: false, messages: [], enums: [] };
    while (this.#at < this.#tokens.length) {
      const word = this.#take();
      if (word === 'syntax') {
        this.#expect('=');
        file.isProto3 = this.#take().slice(1, -1) === 'proto3';
        this.#expect(';');
      } else if (word === 'package') {
        file.space = this.#take();
        this.#expect(';');
      } else if (word === 'message') file.messages.push(this.#message(0));
      else if (word === 'enum') file.enums.push(this.#enum());
      else if (word !== ';') this.#pass();
    }
    return file;
  }

  /** To the end of a statement: a semicolon, or the braces that it has. */
  #pass(): void {
    for (let depth = 0; ; ) {
      const token = this.#take();
      if (token === '{') depth++;
      else if (token === '}') depth--;
      if (depth === 0 && (token === ';' || token === '}')) return;
    }
  }

  #message(depth: number): RawMessage {
    if (depth > MOST_DEEP) throw new Error('messages lie too deep in one another');
    const message = {
      name: this.#take(),
      fields: [] as RawField[],
      nested: [] as RawMessage[],
      enums: [] as RawEnum[],
    };
    this.#expect('{');
    while (this.#token !== '}') {
      const word = this.#token;
      // A field may have a type of such a name.
      const isWord = /^\.?[A-Za-z_]/.test(this.#tokens[this.#at + 1] ?? '') && this.#tokens[this.#at + 2] === '{';
      if (word === 'message' && isWord) {
        this.#take();
        message.nested.push(this.#message(depth + 1));
      } else if (word === 'enum' && isWord) {
        this.#take();
        message.enums.push(this.#enum());
      } else if (word === 'oneof' && isWord) {
        this.#at += 3;
        while (this.#token !== '}') {
          if (this.#token === 'option') this.#pass();
          else message.fields.push(this.#field(true));
        }
        this.#take();
      } else if (['option', 'reserved', 'extensions', 'extend'].includes(word)) this.#pass();
      else if (word === ';') this.#take();
      else message.fields.push(this.#field(false));
    }
    this.#take();
    return message;
  }

  #field(oneof: boolean): RawField {
    let label: number = LABEL.optional;
    let isOptional = false;
    if (['optional', 'required', 'repeated'].includes(this.#token) && this.#tokens[this.#at + 2] !== '=') {
      const word = this.#take() as keyof typeof LABEL;
      label = LABEL[word];
      isOptional = word === 'optional';
    }
    let typeName = this.#take();
    if (typeName === 'map' && this.#token === '<') {
      // Nobody can want it: it is passed over like any field that is not wanted.
      while (this.#take() !== '>');
      label = LABEL.repeated;
      typeName = '.map';
    }
    const name = this.#take();
    this.#expect('=');
    const number = Number(this.#take());
    if (!Number.isSafeInteger(number)) throw new Error('a field without a number');
    if (typeName === 'group' || this.#token === '{') throw new Error('groups are not read');
    this.#pass();
    const type =
      Object.hasOwn(TYPE, typeName) && !['message', 'enum'].includes(typeName)
        ? TYPE[typeName as keyof typeof TYPE]
        : 0;
    return { name, number, label, type, typeName: type === 0 ? typeName : '', isOptional, oneof };
  }

  #enum(): RawEnum {
    const name = this.#take();
    const values = new Map<number, string>();
    this.#expect('{');
    while (this.#token !== '}') {
      if (this.#token === 'option' || this.#token === 'reserved') this.#pass();
      else if (this.#token === ';') this.#take();
      else {
        const symbol = this.#take();
        this.#expect('=');
        const number = Number(this.#take());
        // Of an alias the first counts.
        if (!values.has(number)) values.set(number, symbol);
        this.#pass();
      }
    }
    this.#take();
    return { name, values };
  }
}
