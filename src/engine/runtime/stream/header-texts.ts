import { assert } from '../../base/assert.ts';
import type { Part } from '../../columnar/record-frame.ts';
import { HeaderWriter } from '../../columnar/record-headers.ts';
import { columnOf } from '../../columnar/take.ts';
import type { Batch } from '../../contract/batch.ts';
import { fieldOf } from '../../contract/types.ts';
import { type KeyTexts, keyTexts } from './key-texts.ts';

/** The headers of rows: each is a field's text; a null is a header without a value. */
export class HeaderTexts {
  readonly #names: readonly { readonly field: string; readonly text: Uint8Array }[];
  #columns: readonly KeyTexts[] = [];
  readonly #writer = new HeaderWriter();

  constructor(headers: Readonly<Record<string, string>>) {
    this.#names = Object.entries(headers).map(([name, field]) => ({ field, text: Buffer.from(name) }));
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
    this.#writer.begin(this.#names.length);
    for (const [i, { text }] of this.#names.entries()) {
      const { ids, texts } = this.#columns[i];
      this.#writer.add(text, ids[row] < 0 ? null : texts[ids[row]]);
    }
    return this.#writer.part;
  }
}
