import { assert } from '../base/assert.ts';
import { sha256 } from '../base/sha256.ts';
import { encodeFrame } from '../columnar/frame.ts';
import { concatBatches, selectColumns, sliceRows } from '../columnar/take.ts';
import type { ArtifactStore, TableArtifact, ValueArtifact } from '../contract/artifact.ts';
import type { Batch } from '../contract/batch.ts';
import type { Schema } from '../contract/types.ts';
import { hashOfContent } from '../models/value-bytes.ts';

/** Artifacts that live as long as the process: for tests of flows and for looking at rows. */
export function memoryArtifacts(): ArtifactStore {
  const tables = new Map<string, TableArtifact>();
  const values = new Map<string, ValueArtifact>();
  return {
    table: async key => tables.get(key) ?? null,
    value: async key => values.get(key) ?? null,
    async writeTable(key, schema) {
      const batches: Batch[] = [];
      return {
        write: async batch => {
          batches.push(batch);
        },
        async publish(about) {
          const all = concatBatches(schema, batches);
          const hash = sha256({ schema, rows: sha256(encodeFrame(all)) });
          const table: TableArtifact = {
            key,
            schema,
            rows: all.rows,
            about,
            hash,
            read: range => readRows(all, range),
          };
          if (!tables.has(key)) tables.set(key, table);
          return made(tables.get(key));
        },
        abandon: async () => undefined,
      };
    },
    async putValue(key, content, about) {
      if (!values.has(key)) values.set(key, { key, hash: hashOfContent(content), content, about });
      return made(values.get(key));
    },
    remove: async key => [tables.delete(key), values.delete(key)].includes(true),
  };
}

function made<T>(artifact: T | undefined): T {
  assert(artifact !== undefined, 'an artifact is there once it is published');
  return artifact;
}

async function* readRows(
  all: Batch,
  range: { from: number; to: number; batchRows: number; columns?: readonly string[] },
): AsyncGenerator<Batch> {
  const wanted: { schema: Schema } & Batch = range.columns === undefined ? all : selectColumns(all, range.columns);
  const to = Math.min(range.to, all.rows);
  for (let at = range.from; at < to; at += range.batchRows)
    yield sliceRows(wanted, at, Math.min(to, at + range.batchRows));
}
