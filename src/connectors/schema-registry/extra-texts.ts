import type { Staging } from '../formats/records/staged-columns.ts';
import type { SpanBlock } from '../formats/spans/span-block.ts';

/** Texts that are no part of a record's bytes, the symbols of enums: they stand behind each block. */
export class ExtraTexts {
  #bytes = new Uint8Array(0);
  readonly #places = new Map<string, { readonly from: number; readonly to: number }>();

  get bytes(): Uint8Array {
    return this.#bytes;
  }
  place(text: string): { readonly from: number; readonly to: number } {
    let place = this.#places.get(text);
    if (place === undefined) {
      const from = this.#bytes.length;
      this.#bytes = Buffer.concat([this.#bytes, Buffer.from(text)]);
      this.#places.set(text, (place = { from, to: this.#bytes.length }));
    }
    return place;
  }
}

/** Where a row is put down. */
export interface RowPlace {
  readonly block: SpanBlock;
  readonly staging: Staging;
  /** Where the extra texts begin in the block. */
  readonly extraAt: number;
  row: number;
}
