import { assert } from '../base/assert.ts';
import type { Batch, Column, Dictionary, Origin } from '../contract/batch.ts';
import { fieldOf, type Schema } from '../contract/types.ts';
import { createDictionary } from './dictionary.ts';
import { copyBits, setBits, sliceValidity, takeValidity, type Validity, validityBytes } from './validity.ts';

/** The rows at `indices[0, count)`, in that order; an index may come again. Dictionaries are shared. */
export function takeRows(batch: Batch, indices: Int32Array, count: number): Batch {
  return {
    schema: batch.schema,
    rows: count,
    columns: batch.columns.map(column => takeColumn(column, indices, count)),
    ...takenOrigin(batch.origin, indices, count),
  };
}

/** The origin of rows `indices[0, count)`, for a batch made of them. The indices may be written to again. */
export function takenOrigin(
  origin: Origin | undefined,
  indices: Int32Array,
  count: number,
): { readonly origin?: Origin } {
  if (origin === undefined) return {};
  const rows = indices.slice(0, count);
  return { origin: { split: origin.split, recordOf: row => origin.recordOf(rows[row]) } };
}

/** Rows `[from, to)`. Numbers are views of the batch's, not copies. */
export function sliceRows(batch: Batch, from: number, to: number): Batch {
  assert(from >= 0 && from <= to && to <= batch.rows, `rows ${from} to ${to} of ${batch.rows}`);
  if (from === 0 && to === batch.rows) return batch;
  const { schema, origin } = batch;
  const columns = batch.columns.map(column => sliceColumn(column, from, to));
  if (origin === undefined || from === 0) return { ...batch, rows: to - from, columns };
  return {
    schema,
    rows: to - from,
    columns,
    origin: { split: origin.split, recordOf: row => origin.recordOf(from + row) },
  };
}

/** The named columns, in the order of `names`. */
export function selectColumns(batch: Batch, names: readonly string[]): Batch {
  const at = names.map(name => batch.schema.fields.findIndex(field => field.name === name));
  assert(!at.includes(-1), `no column ${names[at.indexOf(-1)]}`);
  return {
    ...batch,
    schema: { fields: at.map(i => batch.schema.fields[i]) },
    columns: at.map(i => batch.columns[i]),
  };
}

/** The column of that name; asserts that there is one. */
export function columnOf(batch: Batch, name: string): Column {
  const at = batch.schema.fields.findIndex(field => field.name === name);
  assert(at >= 0, `no column ${name}`);
  return batch.columns[at];
}

/** The batch with one column more, or with the column of that name replaced in its place. */
export function withColumn(batch: Batch, field: Schema['fields'][number], column: Column): Batch {
  const exists = fieldOf(batch.schema, field.name) !== undefined;
  const place = <T>(items: readonly T[], item: T): T[] =>
    exists ? items.map((old, i) => (batch.schema.fields[i].name === field.name ? item : old)) : [...items, item];
  return {
    ...batch,
    schema: { fields: place(batch.schema.fields, field) },
    columns: place(batch.columns, column),
  };
}

/** All rows in order, as one batch of `schema`. Columns that share one dictionary keep it; else a new one is made. */
export function concatBatches(schema: Schema, batches: readonly Batch[]): Batch {
  if (batches.length === 1 && batches[0].schema === schema) return batches[0];
  const rows = batches.reduce((sum, batch) => sum + batch.rows, 0);
  const columns = schema.fields.map((field, i) =>
    concatColumns(
      field.type,
      batches.map(batch => batch.columns[i]),
      batches.map(batch => batch.rows),
    ),
  );
  return { schema, rows, columns };
}

export function takeColumn(column: Column, indices: Int32Array, count: number): Column {
  switch (column.kind) {
    case 'number':
      return { kind: 'number', values: takeFloats(column.values, indices, count), validity: taken(column) };
    case 'bool':
      return { kind: 'bool', values: takeBytes(column.values, indices, count), validity: taken(column) };
    case 'string': {
      const ids = takeInts(column.ids, indices, count);
      return { kind: 'string', ids, dictionary: column.dictionary, validity: taken(column) };
    }
    case 'list': {
      const offsets = new Int32Array(count + 1);
      for (let i = 0; i < count; i++) {
        offsets[i + 1] = offsets[i] + column.offsets[indices[i] + 1] - column.offsets[indices[i]];
      }
      const items = new Int32Array(offsets[count]);
      for (let i = 0, at = 0; i < count; i++) {
        for (let j = column.offsets[indices[i]]; j < column.offsets[indices[i] + 1]; j++) items[at++] = j;
      }
      return { kind: 'list', offsets, items: takeColumn(column.items, items, items.length), validity: taken(column) };
    }
    case 'record':
      return {
        kind: 'record',
        children: column.children.map(child => takeColumn(child, indices, count)),
        validity: taken(column),
      };
    case 'features':
      return { kind: 'features', columns: column.columns.map(values => takeFloats(values, indices, count)) };
  }

  function taken(nullable: { readonly validity: Validity }): Validity {
    return takeValidity(nullable.validity, indices, count);
  }
}

// One function per array type: a loop that sees two kinds of array runs several times slower.
export function takeFloats(values: Float64Array, indices: Int32Array, count: number): Float64Array {
  const out = new Float64Array(count);
  for (let i = 0; i < count; i++) out[i] = values[indices[i]];
  return out;
}
export function takeBytes(values: Uint8Array, indices: Int32Array, count: number): Uint8Array {
  const out = new Uint8Array(count);
  for (let i = 0; i < count; i++) out[i] = values[indices[i]];
  return out;
}
export function takeInts(values: Int32Array, indices: Int32Array, count: number): Int32Array {
  const out = new Int32Array(count);
  for (let i = 0; i < count; i++) out[i] = values[indices[i]];
  return out;
}

export function sliceColumn(column: Column, from: number, to: number): Column {
  if (column.kind === 'features') {
    return { kind: 'features', columns: column.columns.map(values => values.subarray(from, to)) };
  }
  const validity = sliceValidity(column.validity, from, to);
  switch (column.kind) {
    case 'number':
      return { kind: 'number', values: column.values.subarray(from, to), validity };
    case 'bool':
      return { kind: 'bool', values: column.values.subarray(from, to), validity };
    case 'string':
      return { kind: 'string', ids: column.ids.subarray(from, to), dictionary: column.dictionary, validity };
    case 'list': {
      const first = column.offsets[from];
      const offsets = column.offsets.slice(from, to + 1);
      for (let i = 0; i < offsets.length; i++) offsets[i] -= first;
      return { kind: 'list', offsets, items: sliceColumn(column.items, first, column.offsets[to]), validity };
    }
    case 'record':
      return { kind: 'record', children: column.children.map(child => sliceColumn(child, from, to)), validity };
  }
}

function concatColumns(
  type: Schema['fields'][number]['type'],
  parts: readonly Column[],
  rows: readonly number[],
): Column {
  const total = rows.reduce((sum, n) => sum + n, 0);
  switch (type.kind) {
    case 'features': {
      const columns = parts.map(part => as(part, 'features').columns);
      return {
        kind: 'features',
        columns: type.names.map((_, f) =>
          concatFloats(
            columns.map(c => c[f]),
            rows,
            total,
          ),
        ),
      };
    }
    case 'bool': {
      const values = new Uint8Array(total);
      forEachPart(rows, (i, at) => values.set(as(parts[i], 'bool').values.subarray(0, rows[i]), at));
      return { kind: 'bool', values, validity: concatValidity(parts, rows, total) };
    }
    case 'string':
    case 'enum':
    case 'secret':
      return concatStrings(
        parts.map(part => as(part, 'string')),
        rows,
        total,
      );
    case 'list': {
      const lists = parts.map(part => as(part, 'list'));
      const offsets = new Int32Array(total + 1);
      forEachPart(rows, (i, at) => {
        const own = lists[i].offsets;
        for (let r = 0; r < rows[i]; r++) offsets[at + r + 1] = offsets[at + r] + own[r + 1] - own[r];
      });
      const items = lists.map((list, i) => sliceColumn(list.items, list.offsets[0], list.offsets[rows[i]]));
      const lengths = lists.map((list, i) => list.offsets[rows[i]] - list.offsets[0]);
      return {
        kind: 'list',
        offsets,
        items: concatColumns(type.item, items, lengths),
        validity: concatValidity(parts, rows, total),
      };
    }
    case 'record': {
      const records = parts.map(part => as(part, 'record'));
      return {
        kind: 'record',
        children: type.fields.map((field, f) =>
          concatColumns(
            field.type,
            records.map(r => r.children[f]),
            rows,
          ),
        ),
        validity: concatValidity(parts, rows, total),
      };
    }
    default: {
      const values = parts.map(part => as(part, 'number').values);
      return {
        kind: 'number',
        values: concatFloats(values, rows, total),
        validity: concatValidity(parts, rows, total),
      };
    }
  }
}

function as<K extends Column['kind']>(column: Column, kind: K): Extract<Column, { kind: K }> {
  assert(column.kind === kind, `a ${kind} column, not ${column.kind}`);
  return column as Extract<Column, { kind: K }>;
}

function forEachPart(rows: readonly number[], copy: (part: number, at: number) => void): void {
  for (let i = 0, at = 0; i < rows.length; at += rows[i], i++) copy(i, at);
}

function concatFloats(parts: readonly Float64Array[], rows: readonly number[], total: number): Float64Array {
  const out = new Float64Array(total);
  forEachPart(rows, (i, at) => out.set(parts[i].subarray(0, rows[i]), at));
  return out;
}

function concatValidity(parts: readonly Column[], rows: readonly number[], total: number): Validity {
  const bitmaps = parts.map(part => (part.kind === 'features' ? null : part.validity));
  if (bitmaps.every(bits => bits === null)) return null;
  const out = new Uint8Array(validityBytes(total));
  forEachPart(rows, (i, at) => {
    const bits = bitmaps[i];
    if (bits === null) setBits(out, at, rows[i]);
    else copyBits(bits, 0, rows[i], out, at);
  });
  return out;
}

function concatStrings(
  parts: readonly Extract<Column, { kind: 'string' }>[],
  rows: readonly number[],
  total: number,
): Column {
  const ids = new Int32Array(total);
  const validity = concatValidity(parts, rows, total);
  const shared = parts.length > 0 && parts.every(part => part.dictionary === parts[0].dictionary);
  if (shared) {
    forEachPart(rows, (i, at) => ids.set(parts[i].ids.subarray(0, rows[i]), at));
    return { kind: 'string', ids, dictionary: parts[0].dictionary, validity };
  }
  const dictionary = createDictionary();
  const remaps = new Map<Dictionary, Int32Array>();
  forEachPart(rows, (i, at) => {
    const part = parts[i];
    let remap = remaps.get(part.dictionary);
    if (remap === undefined) remaps.set(part.dictionary, (remap = new Int32Array(part.dictionary.size).fill(-1)));
    for (let r = 0; r < rows[i]; r++) {
      const present = part.validity === null || ((part.validity[r >> 3] >> (r & 7)) & 1) === 1;
      if (present) ids[at + r] = remapped(part.dictionary, remap, part.ids[r], dictionary);
    }
  });
  return { kind: 'string', ids, dictionary, validity };
}

/** The id in `to` of entry `id` of `from`, remembered in `remap` (−1 unknown). */
function remapped(from: Dictionary, remap: Int32Array, id: number, to: Dictionary): number {
  if (remap[id] >= 0) return remap[id];
  const bytes = from.bytes(id);
  return (remap[id] = to.internBytes(bytes, 0, bytes.length));
}
