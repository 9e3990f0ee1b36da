import { assert } from '../../base/assert.ts';
import type { Part } from '../../columnar/record-frame.ts';
import { columnOf } from '../../columnar/take.ts';
import type { Batch } from '../../contract/batch.ts';
import { fieldOf } from '../../contract/types.ts';
import { type KeyTexts, keyTexts } from './key-texts.ts';

/** The headers of rows, in Kafka's form: each is a field's text; a null is a header without a value. */
export class HeaderTexts {
  readonly #names: readonly { readonly field: string; readonly encoded: Uint8Array }[];
  #columns: readonly KeyTexts[] = [];
  readonly #part: Part = { bytes: new Uint8Array(256), from: 0, to: 0 };

  constructor(headers: Readonly<Record<string, string>>) {
    this.#names = Object.entries(headers).map(([name, field]) => {
      const text = Buffer.from(name);
      return { field, encoded: Buffer.concat([Uint8Array.from(varint(text.length)), text]) };
    });
  }

  begin(batch: Batch): void {
    this.#columns = this.#names.map(({ field }) => {
      const type = fieldOf(batch.schema, field)?.type;
      assert(type !== undefined, `header field ${field} is there`);
      return keyTexts(type, columnOf(batch, field), batch.rows);
    });
  }

  /** Good until the next call. */
  of(row: number): Part {
    const part = this.#part;
    let at = this.#put(varint(this.#names.length), 0);
    for (const [i, { encoded }] of this.#names.entries()) {
      const { ids, texts } = this.#columns[i];
      at = this.#put(encoded, at);
      const text = ids[row] < 0 ? null : texts[ids[row]];
      at = this.#put(varint(text === null ? -1 : text.length), at);
      if (text !== null) at = this.#put(text, at);
    }
    part.to = at;
    return part;
  }

  #put(bytes: ArrayLike<number>, at: number): number {
    const part = this.#part;
    if (at + bytes.length > part.bytes.length) {
      const grown = new Uint8Array((at + bytes.length) * 2);
      grown.set(part.bytes);
      part.bytes = grown;
    }
    part.bytes.set(bytes, at);
    return at + bytes.length;
  }
}

/** Zig-zag, of up to 31 bits. */
function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  for (; rest > 127; rest >>>= 7) bytes.push((rest & 127) | 128);
  return [...bytes, rest];
}
