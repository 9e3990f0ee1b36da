import { assert } from '../base/assert.ts';
import { OperationalError } from '../base/operational-error.ts';
import { columnOf } from '../columnar/take.ts';
import type { TableArtifact } from '../contract/artifact.ts';
import type { Batch, Column } from '../contract/batch.ts';
import type { LearnPartition } from '../contract/learner.ts';
import { fieldOf, type Type } from '../contract/types.ts';

/** Rows under which one more partition does not pay. */
const ROWS_PER_PARTITION = 2_048;
const MAX_PARTITIONS = 8;

/** How many partitions training rows are cut into: a matter of the rows alone, so that any worker count learns the same. */
export function partitionCount(rows: number): number {
  return Math.max(1, Math.min(MAX_PARTITIONS, Math.floor(rows / ROWS_PER_PARTITION)));
}

export interface LearnColumns {
  readonly features: string;
  readonly featureNames: readonly string[];
  readonly label: string;
  readonly weight: string | null;
  readonly classes: readonly (boolean | string)[];
}

/** Which columns of the training rows are learned from, and the classes of the label by its type. */
export function learnColumns(table: TableArtifact, label: string, weight: string | null): LearnColumns {
  const features = table.schema.fields.find(field => field.type.kind === 'features');
  assert(features?.type.kind === 'features', 'training rows have a features column');
  const type = fieldOf(table.schema, label)?.type;
  assert(type !== undefined, `training rows have no column ${label}`);
  return { features: features.name, featureNames: features.type.names, label, weight, classes: classesOf(type) };
}

export function classesOf(type: Type): readonly (boolean | string)[] {
  if (type.kind === 'bool') return [false, true];
  assert(type.kind === 'enum', `a label of type ${type.kind} has no classes`);
  return type.values;
}

/** Partition `index` of `partitions` equal row ranges. */
export async function readLearnPartition(
  table: TableArtifact,
  columns: LearnColumns,
  index: number,
  partitions: number,
): Promise<LearnPartition> {
  const from = Math.floor((table.rows * index) / partitions);
  const to = Math.floor((table.rows * (index + 1)) / partitions);
  const rows = to - from;
  const features = columns.featureNames.map(() => new Float64Array(rows));
  const labels = new Float64Array(rows);
  const weights = columns.weight === null ? null : new Float64Array(rows);
  const names = [columns.features, columns.label, ...(columns.weight === null ? [] : [columns.weight])];
  let at = 0;
  for await (const batch of table.read({ from, to, batchRows: 8_192, columns: [...new Set(names)] })) {
    const matrix = columnOf(batch, columns.features);
    assert(matrix.kind === 'features', 'a features column');
    matrix.columns.forEach((values, i) => {
      features[i].set(values.subarray(0, batch.rows), at);
    });
    fillLabels(columnOf(batch, columns.label), columns, batch, labels.subarray(at, at + batch.rows));
    if (weights !== null && columns.weight !== null) {
      fillWeights(columnOf(batch, columns.weight), batch, weights.subarray(at, at + batch.rows), columns.weight);
    }
    at += batch.rows;
  }
  assert(at === rows, 'a table gives the rows it says it has');
  return { rows, features, labels, weights };
}

function fillLabels(column: Column, columns: LearnColumns, batch: Batch, into: Float64Array): void {
  refuseNulls(column, batch, columns.label);
  if (column.kind === 'bool') {
    for (let row = 0; row < batch.rows; row++) into[row] = column.values[row];
    return;
  }
  assert(column.kind === 'string', `label ${columns.label} is a bool or an enum`);
  const classOf = new Int32Array(column.dictionary.size);
  for (let id = 0; id < classOf.length; id++) classOf[id] = columns.classes.indexOf(column.dictionary.text(id));
  for (let row = 0; row < batch.rows; row++) into[row] = classOf[column.ids[row]];
}

function fillWeights(column: Column, batch: Batch, into: Float64Array, name: string): void {
  refuseNulls(column, batch, name);
  assert(column.kind === 'number', `weight ${name} is a number`);
  into.set(column.values.subarray(0, batch.rows));
}

function refuseNulls(column: Column, batch: Batch, name: string): void {
  if (column.kind === 'features' || column.validity === null) return;
  for (let row = 0; row < batch.rows; row++) {
    if (((column.validity[row >> 3] >> (row & 7)) & 1) === 1) continue;
    throw new OperationalError('R430', `column ${name} of the training rows has nulls`, {
      hint: `leave such rows out before training: where ${name} != null`,
    });
  }
}
