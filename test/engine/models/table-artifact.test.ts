import { readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchFromRows, rowsOfBatch } from '../../../src/engine/columnar/rows.ts';
import type { Schema } from '../../../src/engine/contract/types.ts';
import { openArtifactStore, removeUnfinished } from '../../../src/engine/models/artifact-store.ts';
import { CHUNK_ROWS } from '../../../src/engine/models/table-artifact.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folder = temporaryFolders();
const key = (letter: string) => letter.repeat(64);
const schema: Schema = {
  fields: [
    { name: 'n', type: { kind: 'int' }, nullable: false },
    { name: 'ward', type: { kind: 'string' }, nullable: true },
  ],
};
const about = { binding: 'rows', inputs: {}, counts: [] };
const flipped = (bytes: Buffer) => bytes.with(bytes.length >> 1, (bytes.at(bytes.length >> 1) ?? 0) ^ 1);
const rowOf = (n: number) => ({ n, ward: n % 7 === 0 ? null : `w${(n * 31) % 11}` });

async function write(store: ReturnType<typeof openArtifactStore>, name: string, cuts: readonly number[]) {
  const writer = await store.writeTable(name, schema, about);
  let at = 0;
  for (const rows of cuts) {
    await writer.write(
      batchFromRows(
        schema,
        Array.from({ length: rows }, (_, i) => rowOf(at + i)),
      ),
    );
    at += rows;
  }
  return writer.publish(about);
}

describe('table artifact', () => {
  it('gives the same bytes however its rows were cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 9000 }), { minLength: 1, maxLength: 5 }), async cuts => {
        const store = openArtifactStore(await folder());
        const total = cuts.reduce((sum, rows) => sum + rows, 0);
        const pieces = await write(store, key('a'), cuts);
        const whole = await write(store, key('b'), [total]);
        expect(pieces.hash).toBe(whole.hash);
        expect(pieces.rows).toBe(total);
      }),
      { numRuns: 12 },
    );
  });

  it('reads any range in order, across chunks', async () => {
    const store = openArtifactStore(await folder());
    const table = await write(store, key('a'), [CHUNK_ROWS * 2 + 100]);
    for (const [from, to, batchRows] of [
      [0, 10, 3],
      [CHUNK_ROWS - 2, CHUNK_ROWS + 3, 4],
      [CHUNK_ROWS * 2, 99_999_999, 1000],
      [5, 5, 1],
    ]) {
      const rows: unknown[] = [];
      for await (const batch of table.read({ from, to, batchRows })) {
        expect(batch.rows).toBeLessThanOrEqual(batchRows);
        rows.push(...rowsOfBatch(batch));
      }
      const end = Math.min(to, table.rows);
      expect(rows).toEqual(Array.from({ length: Math.max(0, end - from) }, (_, i) => rowOf(from + i)));
    }
  });

  it('reads the columns asked for alone', async () => {
    const store = openArtifactStore(await folder());
    const table = await write(store, key('a'), [3]);
    for await (const batch of table.read({ from: 0, to: 3, batchRows: 3, columns: ['ward'] })) {
      expect(batch.schema.fields.map(field => field.name)).toEqual(['ward']);
    }
  });

  it('is not there before publish, nor after abandon', async () => {
    const dir = await folder();
    const store = openArtifactStore(dir);
    const writer = await store.writeTable(key('a'), schema, about);
    await writer.write(batchFromRows(schema, [rowOf(1)]));
    expect(await store.table(key('a'))).toBeNull();
    await writer.abandon();
    await writer.abandon();
    expect(await store.table(key('a'))).toBeNull();
    expect(await readdir(join(dir, 'aa'))).toEqual([]);
  });

  it('keeps the first of two writers of one key', async () => {
    const store = openArtifactStore(await folder());
    const second = await store.writeTable(key('a'), schema, about);
    await write(store, key('a'), [4]);
    await second.write(batchFromRows(schema, [rowOf(9)]));
    expect((await second.publish(about)).rows).toBe(4);
  });

  it('removes what a killed run left, and nothing that may still be written', async () => {
    const dir = await folder();
    const store = openArtifactStore(dir);
    await write(store, key('a'), [1]);
    await store.writeTable(key('a'), schema, about);
    const before = await readdir(join(dir, 'aa'));
    const now = Date.now();
    // Filled for long: its folder is old, its rows are new.
    for (const name of before) await utimes(join(dir, 'aa', name), 0, 0);
    await removeUnfinished(dir, now);
    expect(await readdir(join(dir, 'aa'))).toEqual(before);
    await removeUnfinished(dir, now + 25 * 60 * 60 * 1_000);
    expect(await readdir(join(dir, 'aa'))).toEqual([key('a')]);
  });

  it.each([
    ['a table is cut short', 'rows.bin', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['a byte of its rows is another', 'rows.bin', flipped],
    ['its description is cut short', 'table.json', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['a value is cut short', 'value.json', (bytes: Buffer) => bytes.subarray(0, -1)],
    ['a byte of a value is another', 'trees.bin', flipped],
  ])('says so when %s, and makes room for another', async (_, file, damage) => {
    const dir = await folder();
    const store = openArtifactStore(dir);
    await write(store, key('a'), [100]);
    await store.putValue(key('b'), { json: 1, bytes: { trees: new Uint8Array(9) } }, about);
    const of = file.startsWith('rows') || file.startsWith('table') ? key('a') : key('b');
    const path = join(dir, of.slice(0, 2), of, file);
    await writeFile(path, damage(await readFile(path)));
    const read = async () => {
      const table = await store.table(key('a'));
      for await (const batch of table?.read({ from: 0, to: 100, batchRows: 100 }) ?? []) expect(batch.rows).toBe(100);
      return store.value(key('b'));
    };
    await expect(read()).rejects.toMatchObject({ code: 'R310' });
    expect(await store.remove(of)).toBe(true);
    expect(await store.remove(of)).toBe(false);
    await read();
    expect(await readdir(join(dir, of.slice(0, 2)))).toEqual([]);
  });

  it('keeps values with their bytes, hashed by content alone', async () => {
    const store = openArtifactStore(await folder());
    const content = { json: { b: 1, a: [0.1, null] }, bytes: { trees: new Uint8Array([1, 2, 3]) } };
    const one = await store.putValue(key('a'), content, about);
    const other = await store.putValue(
      key('b'),
      { ...content, json: { a: [0.1, null], b: 1 } },
      { ...about, binding: 'x' },
    );
    expect(other.hash).toBe(one.hash);
    expect((await store.value(key('a')))?.content).toEqual(content);
    expect(
      (await store.putValue(key('c'), { ...content, bytes: { trees: new Uint8Array([1, 2, 4]) } }, about)).hash,
    ).not.toBe(one.hash);
  });
});
