import { assert } from '../../../engine/base/assert.ts';
import { isValid } from '../../../engine/columnar/validity.ts';
import type { Batch, Column } from '../../../engine/contract/batch.ts';
import type { EncodedValues, Encoder } from '../../../engine/contract/connector.ts';
import type { Schema, Type } from '../../../engine/contract/types.ts';
import { durationText } from '../text/duration.ts';
import { dateText, timestampText } from '../text/iso-time.ts';

const encoder = new TextEncoder();

/** Each line as a value of its own, without its end: no line feed is inside one. */
export function linesOf(bytes: Uint8Array, rows: number): EncodedValues {
  const starts = new Int32Array(rows);
  const ends = new Int32Array(rows);
  for (let row = 0, at = 0; row < rows; row++) {
    starts[row] = at;
    ends[row] = bytes.indexOf(10, at);
    at = ends[row] + 1;
  }
  return { bytes, starts, ends };
}

type ValueText = (row: number) => string;

/**
 * A JSON object a line, with all its fields in the schema's order: timestamps and dates as ISO 8601, durations as in a flow,
 * features as an object by feature name with null for missing ones.
 */
export class JsonEncoder implements Encoder {
  readonly #keys: readonly string[];

  constructor(schema: Schema) {
    this.#keys = schema.fields.map(({ name }) => JSON.stringify(name));
  }

  start(): Uint8Array {
    return new Uint8Array(0);
  }
  encode(batch: Batch): Uint8Array {
    const texts = batch.schema.fields.map(({ type }, i) => valueText(type, batch.columns[i], batch.rows));
    const lines: string[] = [];
    for (let row = 0; row < batch.rows; row++) {
      let line = '{';
      for (let i = 0; i < texts.length; i++) line += `${i === 0 ? '' : ','}${this.#keys[i]}:${texts[i](row)}`;
      lines.push(line, '}\n');
    }
    return encoder.encode(lines.join(''));
  }
  end(): Uint8Array {
    return new Uint8Array(0);
  }
}

function valueText(type: Type, column: Column, rows: number): ValueText {
  if (column.kind === 'features') {
    assert(type.kind === 'features', 'a features column has a features type');
    const keys = type.names.map(name => JSON.stringify(name));
    return row => `{${column.columns.map((values, i) => `${keys[i]}:${numberText(values[row])}`).join(',')}}`;
  }
  const present = presentText(type, column, rows);
  const { validity } = column;
  return validity === null ? present : row => (isValid(validity, row) ? present(row) : 'null');
}

function presentText(type: Type, column: Exclude<Column, { kind: 'features' }>, rows: number): ValueText {
  switch (column.kind) {
    case 'bool':
      return row => (column.values[row] === 1 ? 'true' : 'false');
    case 'number': {
      const { values } = column;
      if (type.kind === 'timestamp') return row => `"${timestampText(values[row])}"`;
      if (type.kind === 'date') return row => `"${dateText(values[row])}"`;
      if (type.kind === 'duration') return row => `"${durationText(values[row])}"`;
      return row => numberText(values[row]);
    }
    case 'string': {
      const { ids, dictionary } = column;
      if (dictionary.size > rows * 4) return row => JSON.stringify(dictionary.text(ids[row]));
      const texts: (string | undefined)[] = [];
      return row => (texts[ids[row]] ??= JSON.stringify(dictionary.text(ids[row])));
    }
    case 'list': {
      assert(type.kind === 'list', 'a list column has a list type');
      const { offsets } = column;
      const item = valueText(type.item, column.items, offsets[rows]);
      return row => {
        let text = '';
        for (let i = offsets[row]; i < offsets[row + 1]; i++) text += (text === '' ? '' : ',') + item(i);
        return `[${text}]`;
      };
    }
    case 'record': {
      assert(type.kind === 'record', 'a record column has a record type');
      const keys = type.fields.map(({ name }) => JSON.stringify(name));
      const members = type.fields.map((field, i) => valueText(field.type, column.children[i], rows));
      return row => `{${members.map((member, i) => `${keys[i]}:${member(row)}`).join(',')}}`;
    }
  }
}

function numberText(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  return Object.is(value, -0) ? '-0' : String(value);
}
