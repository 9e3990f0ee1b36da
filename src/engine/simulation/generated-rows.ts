import { assert } from '../base/assert.ts';
import { concatBatches } from '../columnar/take.ts';
import type { Batch } from '../contract/batch.ts';
import type { Catalog } from '../contract/catalog.ts';
import type { SourceNode } from '../plan/plan.ts';
import { splitRows } from './split-rows.ts';

/** The source that makes rows after a schema; handed in with the catalogue, as all connectors are. */
const GENERATOR = 'generate';
const SPLITS = 2;
/** So that persons come again, and again. */
const ROWS_OF_AN_ENTITY = 8;
const NULL_SHARE = 0.1;

/** Rows for a source after its schema: values in range, nulls, keys that come again; its splits. Throws R241 for types nothing can be made up of. */
export function generatedRows(
  catalog: Catalog,
  { schema }: Pick<SourceNode, 'schema'>,
  { rows, seed }: { readonly rows: number; readonly seed: number },
): readonly Batch[] {
  const generate = catalog.sources.get(GENERATOR);
  assert(generate?.open !== undefined, 'the catalogue can generate rows');
  const entities = Math.max(1, Math.floor(rows / ROWS_OF_AN_ENTITY));
  const options = { rows, seed, entities, null_share: NULL_SHARE } as never;
  const split = { name: `rows 0 to ${rows}`, hash: null, size: rows };
  const opened = generate.open({ options, schema, signal: new AbortController().signal }, split);
  assert(opened.kind === 'batches', 'what is generated are rows');
  return splitRows(concatBatches(schema, [...opened.batches(0, rows)]), SPLITS);
}
