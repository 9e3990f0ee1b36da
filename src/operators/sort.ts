import { columnOf, concatBatches, takeRows } from '../engine/columnar/take.ts';
import { isValid } from '../engine/columnar/validity.ts';
import type { Batch, Column } from '../engine/contract/batch.ts';
import { defineOperator } from '../engine/contract/operator.ts';
import { optional, required } from '../engine/contract/parameter.ts';
import { fieldOf, PLAIN_KINDS, type Type } from '../engine/contract/types.ts';
import { emitCut } from './support/emit-cut.ts';
import { rowsInput } from './support/schema.ts';

export const sort = defineOperator({
  name: 'sort',
  summary: 'Puts the rows of a bounded input in order.',
  details:
    'Numbers and times by size, `false` before `true`, strings by Unicode code point, enums in the order their values are declared. Nulls come last either way; rows that are equal keep their order.',
  params: {
    by: required('columns', 'Columns to order by, the first one first.', { position: 0, types: PLAIN_KINDS }),
    order: optional('choice', 'Direction of all columns.', { choices: ['asc', 'desc'], default: 'asc' }),
  },
  boundedOnly: true,
  examples: [
    {
      title: 'Latest first; unknown times last',
      flow: 'sort by: at, order: desc',
      schema: 'id: string, at: int?',
      input: [
        { id: 'a', at: 5 },
        { id: 'b', at: null },
        { id: 'c', at: 9 },
        { id: 'd', at: 5 },
      ],
      output: [
        { id: 'c', at: 9 },
        { id: 'a', at: 5 },
        { id: 'd', at: 5 },
        { id: 'b', at: null },
      ],
    },
    {
      title: 'By two columns',
      flow: 'sort by: [ward, bed]',
      schema: 'ward: string, bed: int',
      input: [
        { ward: 'B', bed: 1 },
        { ward: 'A', bed: 2 },
        { ward: 'A', bed: 1 },
      ],
      output: [
        { ward: 'A', bed: 1 },
        { ward: 'A', bed: 2 },
        { ward: 'B', bed: 1 },
      ],
    },
  ],
  check: ({ input }) => ({ out: rowsInput(input) }),
  reads: params => params.by,
  execution: {
    mode: 'rows',
    placement: () => ({ kind: 'single' }),
    create({ params, output }) {
      const held: Batch[] = [];
      return {
        onBatch: batch => void (batch.rows > 0 && held.push(batch)),
        onEnd(emit) {
          if (held.length === 0) return;
          const all = concatBatches(output(), held);
          const ranks = params.by.map(name => columnRanks(columnOf(all, name), typeOf(all, name), all.rows));
          emitCut(takeRows(all, orderOf(ranks, all.rows, params.order === 'desc' ? -1 : 1), all.rows), emit);
        },
      };
    },
  },
});

function typeOf(batch: Batch, name: string): Type {
  return fieldOf(batch.schema, name)!.type;
}

/** One number a row that sorts as the value does; NaN for null. */
function columnRanks(column: Column, type: Type, rows: number): Float64Array {
  const ranks = new Float64Array(rows);
  if (column.kind === 'number' || column.kind === 'bool') {
    for (let row = 0; row < rows; row++) {
      ranks[row] = isValid(column.validity, row) ? column.values[row] : Number.NaN;
    }
  } else if (column.kind === 'string') {
    const { dictionary, ids, validity } = column;
    const place = new Float64Array(dictionary.size);
    const entries = Array.from(place.keys());
    if (type.kind === 'enum') for (const id of entries) place[id] = type.values.indexOf(dictionary.text(id));
    else {
      entries.sort((a, b) => byBytes(dictionary.bytes(a), dictionary.bytes(b)));
      entries.forEach((id, rank) => {
        place[id] = rank;
      });
    }
    for (let row = 0; row < rows; row++) ranks[row] = isValid(validity, row) ? place[ids[row]] : Number.NaN;
  }
  return ranks;
}

/** UTF-8 bytes order as code points do. */
function byBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

function orderOf(ranks: readonly Float64Array[], rows: number, sign: 1 | -1): Int32Array {
  const order = new Int32Array(rows);
  for (let row = 0; row < rows; row++) order[row] = row;
  return order.sort((a, b) => {
    for (const rank of ranks) {
      const x = rank[a];
      const y = rank[b];
      if (x === y) continue;
      const xNull = Number.isNaN(x);
      const yNull = Number.isNaN(y);
      if (xNull && yNull) continue;
      if (xNull) return 1;
      if (yNull) return -1;
      return x < y ? -sign : sign;
    }
    return a - b;
  });
}
