import { OperationalError } from '../../engine/base/operational-error.ts';
import { scalarFunctions } from '../../engine/columnar/functions/all.ts';
import { columnOf, takeRows } from '../../engine/columnar/take.ts';
import { createTransform, type Transform } from '../../engine/columnar/transform.ts';
import { isValid } from '../../engine/columnar/validity.ts';
import type { Batch, FeaturesColumn } from '../../engine/contract/batch.ts';
import type { OperatorContext, RowRejection, Scorer, SideValue } from '../../engine/contract/operator.ts';
import { fieldOf, type Schema } from '../../engine/contract/types.ts';
import type { ModelContent } from '../../engine/contract/value.ts';

/** The name of the column `apply` adds. */
export const FEATURES = 'features';

/** A model, ready to score batches. */
export interface ReadyModel {
  readonly content: ModelContent;
  readonly scorer: Scorer;
  readonly name: string;
  /** What is put on each row as its version: the registry's, or the start of the content's hash. */
  readonly version: string;
  /** The decision threshold; one half where none was set. */
  readonly threshold: number;
}

export function readyModel(side: SideValue, catalog: OperatorContext<unknown>['catalog']): ReadyModel {
  const content = side.content.json as unknown as ModelContent;
  return {
    content,
    scorer: catalog.scorer(content, side.content.bytes),
    name: side.name,
    version: side.version ?? side.hash.slice(0, 12),
    threshold: content.threshold ?? 0.5,
  };
}

/**
 * The features a model scores a row by. The model's own transform makes them wherever the rows have the columns it reads, so
 * that training and scoring cannot differ; a column `features` is used where they have not, if it holds the same names.
 */
export function featureReader(
  model: ReadyModel,
  id: string,
  reject: (batch: Batch, row: number, why: RowRejection) => void,
  catalog: OperatorContext<unknown>['catalog'],
): (batch: Batch) => { readonly rows: Batch; readonly features: FeaturesColumn } {
  const { transform, features: names } = model.content;
  const own = transform === null ? null : createTransform(transform, catalog, scalarFunctions());
  return batch => {
    if (own !== null && transform !== null && hasColumns(batch.schema, transform.input)) {
      return transformed(batch, transform.input, own, reject);
    }
    const at = batch.schema.fields.findIndex(field => field.type.kind === 'features' && field.name === FEATURES);
    const type = batch.schema.fields[at]?.type;
    const column = batch.columns[at];
    if (type?.kind === 'features' && column?.kind === 'features' && sameNames(type.names, names)) {
      return { rows: batch, features: column };
    }
    throw new OperationalError(
      'R345',
      `the rows have neither the columns nor the features that model ${model.name} reads`,
      {
        operator: id,
        hint: 'score rows with the fields the model was trained on, or apply its transform before',
      },
    );
  };
}

/**
 * The features of a batch's rows. Rows that have none are reported and left out: a value cannot be computed for them, or a
 * field is null that never was in the rows the transform was learned on (it would be read as 0).
 */
export function transformed(
  batch: Batch,
  input: Schema,
  transform: Transform,
  reject: (batch: Batch, row: number, why: RowRejection) => void,
): { readonly rows: Batch; readonly features: FeaturesColumn } {
  const bad = new Set<number>();
  const refuse = (row: number, why: RowRejection): void => {
    if (bad.has(row)) return;
    bad.add(row);
    reject(batch, row, why);
  };
  refuseNewNulls(batch, input, refuse);
  const features = transform.run(batch, refuse);
  if (bad.size === 0) return { rows: batch, features };
  const kept = Int32Array.from({ length: batch.rows }, (_, row) => row).filter(row => !bad.has(row));
  return {
    rows: takeRows(batch, kept, kept.length),
    features: {
      kind: 'features',
      columns: features.columns.map(values => Float64Array.from(kept, row => values[row])),
    },
  };
}

function refuseNewNulls(batch: Batch, input: Schema, refuse: (row: number, why: RowRejection) => void): void {
  for (const { name, nullable } of input.fields) {
    const column = columnOf(batch, name);
    if (nullable || column.kind === 'features' || column.validity === null) continue;
    for (let row = 0; row < batch.rows; row++) {
      if (isValid(column.validity, row)) continue;
      refuse(row, {
        code: 'R401',
        reason: `field ${name} is null, and the transform was learned on rows that have it`,
      });
    }
  }
}

function hasColumns(schema: Schema, wanted: Schema): boolean {
  return wanted.fields.every(field => fieldOf(schema, field.name)?.type.kind === field.type.kind);
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name, i) => name === b[i]);
}
