import { assert } from '../../../engine/base/assert.ts';
import { isValid } from '../../../engine/columnar/validity.ts';
import type { Batch, Column } from '../../../engine/contract/batch.ts';
import type { Encoder } from '../../../engine/contract/connector.ts';
import type { Field, Schema } from '../../../engine/contract/types.ts';
import { durationText } from '../text/duration.ts';
import { dateText, timestampText } from '../text/iso-time.ts';

const encoder = new TextEncoder();

/** Text of one row of a column; '' for null. */
type CellText = (row: number) => string;

/**
 * Rows as CSV: lines end in LF; a text is quoted where it must be; null is nothing and the empty text is `""`; numbers are the
 * shortest text that reads as the same number; features become a column each, `name.feature`.
 */
export class CsvEncoder implements Encoder {
  readonly #schema: Schema;
  readonly #delimiter: string;
  readonly #header: boolean;
  readonly #special: RegExp;

  constructor(schema: Schema, delimiter: string, header: boolean) {
    this.#schema = schema;
    this.#delimiter = delimiter;
    this.#header = header;
    // Blanks at the ends too: readers differ in whether they keep them.
    this.#special = new RegExp(
      `["\\r\\n${delimiter === '\t' ? '\\t' : `\\u${delimiter.charCodeAt(0).toString(16).padStart(4, '0')}`}]|^[ \\t]|[ \\t]$`,
    );
  }

  start(): Uint8Array {
    if (!this.#header) return new Uint8Array(0);
    const names = this.#schema.fields.flatMap(({ name, type }) =>
      type.kind === 'features' ? type.names.map(feature => `${name}.${feature}`) : [name],
    );
    return encoder.encode(`${names.map(name => this.#quoted(name)).join(this.#delimiter)}\n`);
  }

  encode(batch: Batch): Uint8Array {
    const cells = batch.schema.fields.flatMap((field, i) => this.#cells(field, batch.columns[i], batch.rows));
    const lines: string[] = [];
    for (let row = 0; row < batch.rows; row++) {
      let line = '';
      for (let i = 0; i < cells.length; i++) line += i === 0 ? cells[i](row) : this.#delimiter + cells[i](row);
      lines.push(line, '\n');
    }
    return encoder.encode(lines.join(''));
  }

  end(): Uint8Array {
    return new Uint8Array(0);
  }

  #cells(field: Field, column: Column, rows: number): CellText[] {
    switch (column.kind) {
      case 'features':
        return column.columns.map(values => row => (Number.isNaN(values[row]) ? '' : String(values[row])));
      case 'bool':
        return [row => (isValid(column.validity, row) ? (column.values[row] === 1 ? 'true' : 'false') : '')];
      case 'number': {
        const text = numberText(field);
        return [row => (isValid(column.validity, row) ? text(column.values[row]) : '')];
      }
      case 'string': {
        // Each distinct text is quoted once.
        const texts: (string | undefined)[] = [];
        const { ids, dictionary, validity } = column;
        if (dictionary.size <= rows * 4) {
          return [
            row => (isValid(validity, row) ? (texts[ids[row]] ??= this.#textCell(dictionary.text(ids[row]))) : ''),
          ];
        }
        return [row => (isValid(validity, row) ? this.#textCell(dictionary.text(ids[row])) : '')];
      }
      default:
        assert(false, `CSV holds no ${column.kind}; the checker refuses it`);
    }
  }

  #textCell(text: string): string {
    return text === '' ? '""' : this.#quoted(text);
  }
  #quoted(text: string): string {
    return this.#special.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }
}

function numberText(field: Field): (value: number) => string {
  switch (field.type.kind) {
    case 'timestamp':
      return timestampText;
    case 'date':
      return dateText;
    case 'duration':
      return durationText;
    default:
      return value => (Object.is(value, -0) ? '-0' : String(value));
  }
}
