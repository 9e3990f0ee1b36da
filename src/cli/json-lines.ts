import { builtinFormats } from '../connectors/all.ts';
import { assert } from '../engine/base/assert.ts';
import type { Batch } from '../engine/contract/batch.ts';
import type { Schema } from '../engine/contract/types.ts';

/** Gives the rows of batches as JSON texts, as the format `json` writes them. */
export function jsonLines(schema: Schema): (batch: Batch) => readonly string[] {
  const json = builtinFormats().get('json');
  assert(json?.files !== undefined, 'JSON is a built-in format');
  const encoder = json.files.encoder({ options: {} as never, schema });
  const decoder = new TextDecoder();
  return batch =>
    decoder
      .decode(encoder.encode(batch))
      .split('\n')
      .filter(line => line !== '');
}
