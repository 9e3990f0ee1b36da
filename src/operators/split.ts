import { assert } from '../engine/base/assert.ts';
import { columnOf, takeRows } from '../engine/columnar/take.ts';
import { isValid } from '../engine/columnar/validity.ts';
import type { Batch } from '../engine/contract/batch.ts';
import { type CheckContext, defineOperator } from '../engine/contract/operator.ts';
import { optional, required } from '../engine/contract/parameter.ts';
import { fieldOf, PLAIN_KINDS, type Schema, type Type, typeText } from '../engine/contract/types.ts';
import type { Role, ValueContent } from '../engine/contract/value.ts';
import { rowsInput } from './support/schema.ts';
import { stratifiedParts, UnitCounts, type UnitParts } from './support/strata.ts';
import { entityColumns, HASHES, hasherState, idColumns, rowHasher } from './support/unit-hash.ts';

const ROLES: readonly string[] = ['train', 'val', 'test'];

export const split = defineOperator({
  name: 'split',
  summary: 'Deals the rows into named parts, whole groups at a time.',
  details: `Each part is a binding of its own: \`parts.train\`. Parts named \`train\`, \`val\` and \`test\` keep that role through the stages after them, and learning stages insist on it.

The hash of the group decides, so nothing about a row's neighbours matters and new rows move no old ones. With \`stratify\`, a first pass over the rows sets the cuts instead, in hash order, so that every part holds its share of all rows and of every class as nearly as whole groups allow; more rows may then move groups next to a cut.

Rows whose \`@entity\` is split over parts would let a model recognise people it was trained on. So where the rows have an \`@entity\`, \`group:\` is required and names it; write \`group: none\` where each row is someone else all the same. A group that holds people whole (a family) is marked \`@entity\` too.`,
  params: {
    parts: required('named_floats', 'Name and share of each part; the shares add up to 1.'),
    group: optional('columns', 'Rows with the same value stay together; `none`: each row goes alone.', {
      none: true,
      types: PLAIN_KINDS,
    }),
    stratify: optional('column', 'Every part gets its share of each value of this column.', {
      types: ['bool', 'enum'],
    }),
    seed: optional('int', 'Another seed deals differently.'),
  },
  parts: true,
  examples: [
    {
      title: 'By patient, with the share of readmissions the same everywhere',
      flow: 'split train: 0.7, val: 0.15, test: 0.15, group: patient, stratify: soon, seed: 42',
      schema: 'patient: string @entity, soon: bool',
    },
    { title: 'Rows that are nobody’s', flow: 'split a: 0.5, b: 0.5, group: none, seed: 1', schema: 'reading: int @id' },
  ],
  check({ input, params, report }) {
    const rows = rowsInput(input);
    params.parts.forEach((share, part) => {
      const { name, value } = share;
      if (isShare(share)) return;
      report('E303', `parts.${part}`, { what: `\`${name}\``, value: String(value), range: 'above 0, and at most 1' });
    });
    const sum = params.parts.reduce((total, part) => total + part.value, 0);
    if (params.parts.every(isShare) && Math.abs(sum - 1) > 1e-9)
      report('E513', 'parts', { sum: String(Number(sum.toFixed(6))) });
    if (params.seed === undefined) report('E514', null, {});
    checkGroup(rows.schema, params.group, report);
    if (params.stratify !== undefined && !rows.bounded) {
      report('E405', 'stratify', { stage: 'split', reason: 'the cuts need all rows' });
    }
    return Object.fromEntries(
      params.parts.map(({ name }) => [name, ROLES.includes(name) ? { ...rows, role: name as Role } : rows]),
    );
  },
  execution: {
    mode: 'rows',
    placement: (params, input) => ({ kind: unitColumns(params.group, input.schema).length > 0 ? 'rows' : 'single' }),
    needsPrepare: params => params.stratify !== undefined,
    prepare({ params, input }) {
      assert(params.stratify !== undefined, 'only a stratified split has a first pass');
      const { type } = fieldOf(input, params.stratify) ?? { type: { kind: 'bool' } as Type };
      const counts = new UnitCounts(classesOf(type) + 1);
      const hash = rowHasher(unitColumns(params.group, input), params.seed ?? 0, null);
      const name = params.stratify;
      return {
        onBatch(batch) {
          const hashes = hash(batch);
          const labels = labelReader(batch, name, type);
          for (let row = 0; row < batch.rows; row++) counts.add(hashes[row], labels(row));
        },
        finish: () =>
          partsContent(
            stratifiedParts(
              counts,
              params.parts.map(part => part.value),
            ),
          ),
      };
    },
    state: (params, input) => hasherState(unitColumns(params.group, input)),
    create({ params, input, prepared, state }) {
      const hash = rowHasher(unitColumns(params.group, input), params.seed ?? 0, state);
      const partOf = prepared === null ? byShares(params.parts.map(part => part.value)) : byContent(prepared);
      return {
        onBatch(batch, emit) {
          if (batch.rows === 0) return;
          const hashes = hash(batch);
          const taken = params.parts.map(() => new Int32Array(batch.rows));
          const counts = params.parts.map(() => 0);
          for (let row = 0; row < batch.rows; row++) {
            const part = partOf(hashes[row]);
            taken[part][counts[part]++] = row;
          }
          params.parts.forEach(({ name }, part) => {
            if (counts[part] === 0) return;
            emit(counts[part] === batch.rows ? batch : takeRows(batch, taken[part], counts[part]), name);
          });
        },
      };
    },
  },
});

function isShare({ value }: { readonly value: number }): boolean {
  return value > 0 && value <= 1;
}

/** A group of fewer columns than tell people apart keeps them whole; any other column may tear them. */
function checkGroup(
  schema: Schema,
  group: readonly string[] | undefined,
  report: CheckContext<unknown>['report'],
): void {
  const columns = entityColumns(schema);
  if (columns.length === 0) return;
  const entity = columns.length === 1 ? columns[0] : `[${columns.join(', ')}]`;
  if (group === undefined) report('E501', null, { entity });
  const other = group?.find(name => !columns.includes(name));
  if (other === undefined) return;
  const otherwise = `or mark \`${other}\` \`@entity\` as well, if all rows of one \`${entity}\` have the same.`;
  report('E501', 'group', { entity, otherwise });
}

/** What stays together: the group; alone, a row is told by its `@id` columns, and without any by its place. */
function unitColumns(group: readonly string[] | undefined, schema: Schema): readonly string[] {
  return group !== undefined && group.length > 0 ? group : idColumns(schema);
}

function byShares(shares: readonly number[]): (hash: number) => number {
  let sum = 0;
  const ends = shares.map(share => (sum += share) * HASHES);
  return hash => {
    let part = 0;
    while (part < ends.length - 1 && hash >= ends[part]) part++;
    return part;
  };
}

/** Sorted hashes as little-endian words, and the part of each. */
function partsContent(units: UnitParts): ValueContent {
  const hashes = new Uint8Array(units.hashes.length * 4);
  const view = new DataView(hashes.buffer);
  for (let i = 0; i < units.hashes.length; i++) view.setUint32(i * 4, units.hashes[i], true);
  return { json: { units: units.hashes.length }, bytes: { hashes, parts: units.parts } };
}

function byContent({ bytes }: ValueContent): (hash: number) => number {
  const { parts } = bytes;
  const view = new DataView(bytes.hashes.buffer, bytes.hashes.byteOffset, bytes.hashes.byteLength);
  const hashes = Uint32Array.from({ length: parts.length }, (_, i) => view.getUint32(i * 4, true));
  return hash => {
    let low = 0;
    let high = hashes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (hashes[middle] < hash) low = middle + 1;
      else high = middle;
    }
    assert(hashes[low] === hash, 'the first pass of a split saw other rows');
    return parts[low];
  };
}

function classesOf(type: Type): number {
  assert(type.kind === 'bool' || type.kind === 'enum', `no classes in ${typeText(type)}`);
  return type.kind === 'enum' ? type.values.length : 2;
}

/** Class index by row; null is a class of its own, the last. */
function labelReader(batch: Batch, name: string, type: Type): (row: number) => number {
  const column = columnOf(batch, name);
  const none = classesOf(type);
  if (column.kind === 'bool') return row => (isValid(column.validity, row) ? column.values[row] : none);
  assert(column.kind === 'string' && type.kind === 'enum', `no classes in a ${column.kind} column`);
  const classOf = Array.from({ length: column.dictionary.size }, (_, id) =>
    type.values.indexOf(column.dictionary.text(id)),
  );
  return row => (isValid(column.validity, row) ? classOf[column.ids[row]] : none);
}
