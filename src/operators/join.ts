import { assert } from '../engine/base/assert.ts';
import { OperationalError } from '../engine/base/operational-error.ts';
import { nullColumn } from '../engine/columnar/null-column.ts';
import { columnOf, concatBatches, selectColumns, takeColumn, takeRows } from '../engine/columnar/take.ts';
import type { Batch, Column } from '../engine/contract/batch.ts';
import { defineOperator } from '../engine/contract/operator.ts';
import { optional, required } from '../engine/contract/parameter.ts';
import { type Field, fieldOf, PLAIN_KINDS, type Schema, typeText } from '../engine/contract/types.ts';
import { KeyIndex } from './support/key-index.ts';
import { withNulls } from './support/nulls.ts';
import { rowsInput, withFields } from './support/schema.ts';

export const join = defineOperator({
  name: 'join',
  summary: 'Looks each row up in a table by key and takes the match along.',
  details: `Without a block the match is one record column named after the table: \`labs.creatinine\`. A block takes fields up beside the row's own instead, \`{ readmitted }\` or \`{ * }\`; a name the row has already is an error, so rename it: \`{ other_ward = ward }\`.

\`inner\` drops rows without a match; \`left\` keeps them, and what comes from the table is then nullable. A null key matches nothing. A key that is twice in the table stops the run, unless \`match: many\` gives a row for each match, in the table's order.`,
  params: {
    right: required('stream', 'The table to look up in; it must end.', { position: 0 }),
    on: required('columns', 'Key columns, named alike on both sides.', { types: PLAIN_KINDS }),
    kind: optional('choice', 'What becomes of rows without a match.', { choices: ['left', 'inner'], default: 'inner' }),
    match: optional('choice', 'How many rows of the table may match one.', {
      choices: ['one', 'many'],
      default: 'one',
    }),
  },
  block: { kind: 'fields', doc: 'Fields of the table to take up.', optional: true },
  examples: [
    {
      title: 'The outcome of a visit',
      flow: 'join outcomes, on: visit { readmitted }',
      schema: 'visit: int, age: int',
      tables: {
        outcomes: {
          schema: 'visit: int, readmitted: bool',
          rows: [
            { visit: 1, readmitted: true },
            { visit: 2, readmitted: false },
          ],
        },
      },
      input: [
        { visit: 2, age: 70 },
        { visit: 9, age: 30 },
      ],
      output: [{ visit: 2, age: 70, readmitted: false }],
    },
    {
      title: 'All of a patient’s allergies, or none',
      flow: 'join allergies, on: patient, kind: left, match: many',
      schema: 'patient: string?',
      tables: {
        allergies: {
          schema: 'patient: string, to: string?',
          rows: [
            { patient: 'a', to: 'latex' },
            { patient: 'a', to: 'penicillin' },
          ],
        },
      },
      input: [{ patient: 'a' }, { patient: 'b' }],
      output: [
        { patient: 'a', allergies: { patient: 'a', to: 'latex' } },
        { patient: 'a', allergies: { patient: 'a', to: 'penicillin' } },
        { patient: 'b', allergies: null },
      ],
    },
  ],
  check({ input, params, bindings, report }) {
    const left = rowsInput(input);
    const [binding] = bindings.right;
    const right = rowsInput(binding.type);
    if (!right.bounded) report('E413', 'right', { of: '`join`', name: binding.name });
    for (const name of params.on) {
      const [mine, other] = [fieldOf(left.schema, name), fieldOf(right.schema, name)];
      if (other === undefined) {
        const hint = `\`${binding.name}\` has ${right.schema.fields.map(field => `\`${field.name}\``).join(', ')}.`;
        report('E201', 'on', { kind: 'field', name, hint });
      } else if (mine !== undefined && !sameKey(mine, other)) {
        report('E301', 'on', {
          where: `\`${name}\` of \`${binding.name}\``,
          expected: typeText(mine.type),
          found: typeText(other.type),
          hint: 'Convert it on one side, in a `derive` before.',
        });
      }
    }
    const optional = params.kind === 'left';
    const added: readonly Field[] =
      params.block === undefined
        ? [recordField(binding.name, right.schema, optional)]
        : lifted(params.block, params.on).flatMap(({ name, from }) => {
            const field = fieldOf(right.schema, from);
            return field === undefined ? [] : [{ ...field, name, nullable: field.nullable || optional }];
          });
    const taken = added.findIndex(
      (field, i) =>
        fieldOf(left.schema, field.name) !== undefined || added.findIndex(one => one.name === field.name) !== i,
    );
    if (taken >= 0) report('E210', params.block === undefined ? 'right' : 'block', { name: added[taken].name });
    return { out: withFields(left, [...left.schema.fields, ...added]) };
  },
  reads: params => params.on,
  execution: {
    mode: 'rows',
    placement: () => ({ kind: 'rows' }),
    create(context) {
      const { params, input } = context;
      const schema = context.output();
      const table = tableOf(context.table('right'), params.on, params.match === 'many', context.id);
      const added = schema.fields.slice(input.fields.length);
      const fields = params.block === undefined ? null : lifted(params.block, params.on).map(({ from }) => from);
      return {
        onBatch(batch, emit) {
          if (batch.rows === 0) return;
          const { left, right, rows, misses } = matches(table, batch, params.kind === 'left');
          if (rows === 0) return;
          const base = rows === batch.rows && isIdentity(left, rows) ? batch : takeRows(batch, left, rows);
          const taken = added.map((field, i) =>
            fields === null
              ? recordColumn(field, table.all, right, rows, misses)
              : taking(field, table.all, fields[i], right, rows, misses),
          );
          emit({ ...base, schema, columns: [...base.columns, ...taken] });
        },
      };
    },
  },
});

/** `*` names the key columns too; the row has them already. */
function lifted<F extends { readonly name: string; readonly from: string }>(
  block: readonly F[],
  on: readonly string[],
): readonly F[] {
  return block.filter(({ name, from }) => name !== from || !on.includes(name));
}

function recordField(name: string, right: Schema, nullable: boolean): Field {
  const fields = right.fields.filter(field => !field.hidden);
  const phi = fields.some(field => field.phi) ? { phi: true as const } : {};
  return { name, type: { kind: 'record', fields }, nullable, ...phi };
}

function sameKey(a: Field, b: Field): boolean {
  const text = (field: Field) => (field.type.kind === 'enum' ? 'string' : field.type.kind);
  return text(a) === text(b);
}

interface Table {
  readonly all: Batch;
  readonly index: KeyIndex;
  /** First row of each key, and of each row the next with the same key; −1 none. */
  readonly first: Int32Array;
  readonly next: Int32Array;
}

function tableOf(batches: readonly Batch[], on: readonly string[], many: boolean, id: string): Table {
  const all = concatBatches(batches[0]?.schema ?? { fields: [] }, batches);
  const index = new KeyIndex(on);
  const keys = batches.length === 0 ? new Int32Array(0) : index.add(all);
  const first = new Int32Array(index.size).fill(-1);
  const next = new Int32Array(all.rows).fill(-1);
  for (let row = all.rows - 1; row >= 0; row--) {
    const key = keys[row];
    if (key < 0) continue;
    if (first[key] >= 0 && !many) {
      throw new OperationalError('R440', `two rows of the table joined have the same ${on.join(', ')}`, {
        operator: id,
        hint: 'Make the key unique first (aggregate by it), or write `match: many`.',
      });
    }
    next[row] = first[key];
    first[key] = row;
  }
  return { all, index, first, next };
}

/** Pairs of rows: `right` −1 for a left row without a match. */
function matches(table: Table, batch: Batch, keep: boolean) {
  const keys = table.index.size === 0 ? new Int32Array(batch.rows).fill(-1) : table.index.find(batch);
  let rows = 0;
  for (let row = 0; row < batch.rows; row++) {
    if (keys[row] < 0) rows += keep ? 1 : 0;
    else for (let at = table.first[keys[row]]; at >= 0; at = table.next[at]) rows++;
  }
  const left = new Int32Array(rows);
  const right = new Int32Array(rows);
  let out = 0;
  let misses = 0;
  for (let row = 0; row < batch.rows; row++) {
    if (keys[row] < 0) {
      if (!keep) continue;
      left[out] = row;
      right[out++] = -1;
      misses++;
      continue;
    }
    for (let at = table.first[keys[row]]; at >= 0; at = table.next[at]) {
      left[out] = row;
      right[out++] = at;
    }
  }
  return { left, right, rows, misses };
}

function isIdentity(indices: Int32Array, rows: number): boolean {
  for (let i = 0; i < rows; i++) if (indices[i] !== i) return false;
  return true;
}

function taking(field: Field, all: Batch, from: string, right: Int32Array, rows: number, misses: number): Column {
  if (misses === rows) return nullColumn(field.type, rows);
  const column = columnOf(all, from);
  if (misses === 0) return takeColumn(column, right, rows);
  return withNulls(
    takeColumn(
      column,
      right.map(at => Math.max(at, 0)),
      rows,
    ),
    right,
    rows,
  );
}

function recordColumn(field: Field, all: Batch, right: Int32Array, rows: number, misses: number): Column {
  assert(field.type.kind === 'record', `${field.name} is no record`);
  if (misses === rows) return nullColumn(field.type, rows);
  const names = field.type.fields.map(part => part.name);
  const whole: Column = { kind: 'record', children: selectColumns(all, names).columns, validity: null };
  if (misses === 0) return takeColumn(whole, right, rows);
  const indices = right.map(at => Math.max(at, 0));
  return withNulls(takeColumn(whole, indices, rows), right, rows);
}
