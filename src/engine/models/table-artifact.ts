import { createHash, type Hash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32c } from '@node-rs/crc32';
import { assert } from '../base/assert.ts';
import { decodeFrame, encodeFrames } from '../columnar/frame.ts';
import { concatBatches, selectColumns, sliceRows } from '../columnar/take.ts';
import type { ArtifactAbout, TableArtifact, TableWriter } from '../contract/artifact.ts';
import type { Batch } from '../contract/batch.ts';
import type { Schema } from '../contract/types.ts';
import { damaged, readMeta } from './artifact-meta.ts';
import { type StagedFolder, stageFolder, writeSynced } from './staged-folder.ts';

/**
 * Rows of a chunk. Fixed, so that the same rows give the same bytes however they were cut when written, and so that ranges
 * of rows can be dealt out to tasks by arithmetic.
 */
export const CHUNK_ROWS = 8_192;
const MAX_CHUNK_BYTES = 1 << 30;

interface TableMeta {
  readonly format: 1;
  readonly schema: Schema;
  readonly rows: number;
  readonly hash: string;
  /** Byte offset, length and CRC32C of each chunk in `rows.bin`. */
  readonly chunks: readonly { readonly at: number; readonly bytes: number; readonly crc32c: number }[];
  readonly about: ArtifactAbout;
}

export async function openTable(folder: string, key: string): Promise<TableArtifact | null> {
  const meta = await readMeta<TableMeta>(folder, 'table.json');
  if (meta === null) return null;
  return {
    key,
    schema: meta.schema,
    rows: meta.rows,
    about: meta.about,
    hash: meta.hash,
    read: range => readRows(folder, meta, range),
  };
}

async function* readRows(
  folder: string,
  meta: TableMeta,
  range: { from: number; to: number; batchRows: number; columns?: readonly string[] },
): AsyncGenerator<Batch> {
  const to = Math.min(range.to, meta.rows);
  if (range.from >= to) return;
  const file = await open(join(folder, 'rows.bin'), 'r').catch(cause => {
    throw damaged(folder, cause);
  });
  try {
    for (let at = range.from; at < to; ) {
      const chunk = Math.floor(at / CHUNK_ROWS);
      const start = chunk * CHUNK_ROWS;
      const whole = await readChunk(file, folder, meta, chunk);
      const wanted = range.columns === undefined ? whole : selectColumns(whole, range.columns);
      const end = Math.min(to, start + CHUNK_ROWS);
      for (; at < end; at += range.batchRows) {
        yield sliceRows(wanted, at - start, Math.min(end, at + range.batchRows) - start);
      }
      at = end;
    }
  } finally {
    await file.close();
  }
}

async function readChunk(file: FileHandle, folder: string, meta: TableMeta, index: number): Promise<Batch> {
  const chunk = meta.chunks[index];
  assert(chunk !== undefined, `table has no chunk ${index}`);
  const bytes = new Uint8Array(chunk.bytes);
  const { bytesRead } = await file.read(bytes, 0, chunk.bytes, chunk.at);
  if (bytesRead !== chunk.bytes || crc32c(bytes) !== chunk.crc32c) throw damaged(folder);
  return decodeFrame(bytes, meta.schema);
}

export async function tableWriter(
  target: string,
  schema: Schema,
  published: () => Promise<TableArtifact>,
): Promise<TableWriter> {
  const folder = await stageFolder(target);
  return new ChunkedWriter(folder, schema, await open(join(folder.path, 'rows.bin'), 'w'), published);
}

class ChunkedWriter implements TableWriter {
  readonly #folder: StagedFolder;
  readonly #schema: Schema;
  readonly #file: FileHandle;
  readonly #published: () => Promise<TableArtifact>;
  readonly #hash: Hash = createHash('sha256');
  readonly #chunks: { at: number; bytes: number; crc32c: number }[] = [];
  #waiting: Batch[] = [];
  #waitingRows = 0;
  #rows = 0;
  #at = 0;
  #open = true;

  constructor(folder: StagedFolder, schema: Schema, file: FileHandle, published: () => Promise<TableArtifact>) {
    this.#folder = folder;
    this.#schema = schema;
    this.#file = file;
    this.#published = published;
  }

  async write(batch: Batch): Promise<void> {
    if (batch.rows === 0) return;
    this.#waiting.push(batch);
    this.#waitingRows += batch.rows;
    if (this.#waitingRows < CHUNK_ROWS) return;
    const all = concatBatches(this.#schema, this.#waiting);
    let at = 0;
    for (; all.rows - at >= CHUNK_ROWS; at += CHUNK_ROWS) await this.#writeChunk(sliceRows(all, at, at + CHUNK_ROWS));
    this.#waiting = at < all.rows ? [sliceRows(all, at, all.rows)] : [];
    this.#waitingRows = all.rows - at;
  }

  async #writeChunk(batch: Batch): Promise<void> {
    const [frame, ...rest] = encodeFrames(batch, MAX_CHUNK_BYTES);
    assert(frame !== undefined && rest.length === 0, 'a chunk is one frame');
    await this.#file.writeFile(frame);
    this.#hash.update(frame);
    this.#chunks.push({ at: this.#at, bytes: frame.length, crc32c: crc32c(frame) });
    this.#at += frame.length;
    this.#rows += batch.rows;
  }

  async publish(about: ArtifactAbout): Promise<TableArtifact> {
    if (this.#waitingRows > 0) await this.#writeChunk(concatBatches(this.#schema, this.#waiting));
    await this.#close();
    const hash = this.#hash.update(JSON.stringify(this.#schema)).digest('hex');
    const meta: TableMeta = { format: 1, schema: this.#schema, rows: this.#rows, hash, chunks: this.#chunks, about };
    await writeSynced(join(this.#folder.path, 'table.json'), JSON.stringify(meta));
    await this.#folder.publish();
    return this.#published();
  }

  async abandon(): Promise<void> {
    await this.#close();
    await this.#folder.abandon();
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#file.close();
  }
}
