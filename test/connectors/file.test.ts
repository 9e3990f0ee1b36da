import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { AtomicFile } from '../../src/connectors/file/atomic-file.ts';
import { fileSink } from '../../src/connectors/file/file-sink.ts';
import { fileSource } from '../../src/connectors/file/file-source.ts';
import { findFiles } from '../../src/connectors/file/find-files.ts';
import { csv } from '../../src/connectors/formats/csv/csv.ts';
import type { SourceDefinition, Split } from '../../src/engine/contract/connector.ts';
import { sinkConformance } from '../conformance/sink-conformance.ts';
import { sourceConformance } from '../conformance/source-conformance.ts';
import { decode, decodeWhole } from './support/decode.ts';

const root = mkdtempSync(join(tmpdir(), 'weir-file-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const { signal } = new AbortController();
const schema = { fields: [] };

async function contentOf(source: SourceDefinition, split: Split, options = {}): Promise<Buffer> {
  const reader = source.open!({ options: options as never, schema, signal }, split);
  if (reader.kind !== 'bytes') return expect.unreachable();
  const chunks: Uint8Array[] = [];
  for await (const chunk of reader.chunks) chunks.push(chunk);
  expect(reader.consumed()).toBe(split.size);
  return Buffer.concat(chunks);
}

describe('finding files', () => {
  const folder = join(root, 'find');
  for (const name of ['b.csv', 'a.csv', 'c[1].csv', 'deep/er/d.csv', 'visits.csv']) {
    mkdirSync(join(folder, name, '..'), { recursive: true });
    writeFileSync(join(folder, name), name);
  }
  mkdirSync(join(folder, 'folder.csv'));
  const found = async (pattern: string): Promise<string[]> =>
    (await findFiles(join(folder, pattern))).map(path => path.slice(folder.length + 1));

  test('a pattern gives files, no folders, in a fixed order', async () => {
    expect(await found('*.csv')).toEqual(['a.csv', 'b.csv', 'c[1].csv', 'visits.csv']);
    expect(await found('**/*.csv')).toEqual(['a.csv', 'b.csv', 'c[1].csv', 'deep/er/d.csv', 'visits.csv']);
  });
  test('a name that looks like a pattern is that file', async () => {
    expect(await found('c[1].csv')).toEqual(['c[1].csv']);
  });
  test.each([
    ['visit.csv', 'R201', /did you mean .*visits\.csv\?/],
    ['nowhere/x.csv', 'R201', /does not exist either/],
    ['*.parquet', 'R204', /has a\.csv, b\.csv/],
    ['deep', 'R202', /deep\/\*\.csv/],
  ])('%s: %s', async (pattern, code, hint) => {
    await expect(found(pattern)).rejects.toMatchObject({ code, hint: expect.stringMatching(hint) });
  });
});

describe('reading', () => {
  const folder = join(root, 'read');
  mkdirSync(folder);
  const text = 'id,note\n'.concat(...Array.from({ length: 20_000 }, (_, i) => `${i},n${i}\n`));
  writeFileSync(join(folder, '1.csv'), text);
  writeFileSync(join(folder, '2.csv.gz'), Buffer.concat([gzipSync(text), gzipSync(text)]));
  writeFileSync(join(folder, '3.csv.ZST'), Buffer.concat([zstdCompressSync(text), zstdCompressSync('x')]));
  const read = async (name: string): Promise<Buffer> => {
    const context = { options: { path: join(folder, name) } as never, schema, signal };
    const [split] = await fileSource.splits!(context);
    return contentOf(fileSource, split);
  };

  test('plain and compressed files, of several members too', async () => {
    expect((await read('1.csv')).toString()).toBe(text);
    expect((await read('2.csv.gz')).toString()).toBe(text + text);
    expect((await read('3.csv.ZST')).toString()).toBe(`${text}x`);
  });
  test('a damaged or cut one is an error, wherever the damage is', async () => {
    const whole = gzipSync(text);
    const damaged = Uint8Array.from(whole);
    damaged[whole.length >> 1] ^= 0xff;
    for (const bytes of [whole.subarray(0, -1), whole.subarray(0, 1000), damaged, Buffer.from('no gzip')]) {
      writeFileSync(join(folder, 'bad.csv.gz'), bytes);
      await expect(read('bad.csv.gz')).rejects.toMatchObject({ code: 'R205' });
    }
    writeFileSync(join(folder, 'bad.csv.zst'), zstdCompressSync(text).subarray(0, 500));
    await expect(read('bad.csv.zst')).rejects.toMatchObject({ code: 'R205' });
    rmSync(join(folder, 'bad.csv.gz'));
    rmSync(join(folder, 'bad.csv.zst'));
  });
  test('a file that changed since it was hashed is an error', async () => {
    const path = join(folder, 'growing.csv');
    writeFileSync(path, text);
    const context = { options: { path } as never, schema, signal };
    const [split] = await fileSource.splits!(context);
    writeFileSync(path, `${text}more`);
    const reader = fileSource.open!(context, split);
    const drain = async (): Promise<void> => {
      if (reader.kind === 'bytes') for await (const _ of reader.chunks);
    };
    await expect(drain()).rejects.toMatchObject({ code: 'R207' });
    rmSync(path);
  });
  test('one that is gone or may not be read is an error', async () => {
    symlinkSync(join(folder, 'gone'), join(folder, 'dangling.csv'));
    await expect(read('dangling.csv')).rejects.toMatchObject({ code: 'R201' });
    rmSync(join(folder, 'dangling.csv'));
    if (process.getuid?.() === 0) return;
    chmodSync(join(folder, '1.csv'), 0);
    await expect(read('1.csv')).rejects.toMatchObject({ code: 'R203' });
    chmodSync(join(folder, '1.csv'), 0o644);
  });
  test('stops when it is told to', async () => {
    const stop = new AbortController();
    const context = { options: { path: join(folder, '1.csv') } as never, schema, signal: stop.signal };
    const [split] = await fileSource.splits!(context);
    const reader = fileSource.open!(context, split);
    stop.abort();
    const drain = async (): Promise<void> => {
      if (reader.kind === 'bytes') for await (const _ of reader.chunks);
    };
    await expect(drain()).rejects.toThrow('aborted');
  });
  sourceConformance(fileSource, {
    options: { path: join(folder, '*.csv*') },
    schema,
    content: async (source, split) => (await contentOf(source, split)).toString('hex'),
    nothing: { options: { path: join(folder, '*.none') }, code: 'R204' },
  });
});

describe('writing', () => {
  for (const ending of ['csv', 'csv.gz', 'ndjson.zst', 'arrow']) {
    let target = 0;
    const folder = (): string => join(root, 'write', ending, String(target));
    const path = (): string => join(folder(), 'new', `out.${ending}`);
    sinkConformance(fileSink, {
      open: (sink, rows) => sink.open!({ options: { path: path() } as never, schema: rows, sink: 's' }),
      async visible(rows) {
        try {
          const bytes = readFileSync(path());
          const content = ending.endsWith('gz')
            ? gunzipSync(bytes)
            : ending.endsWith('zst')
              ? zstdDecompressSync(bytes)
              : bytes;
          const name = ending.split('.')[0].replace('ndjson', 'json');
          const { builtinFormats } = await import('../../src/connectors/all.ts');
          return (await decodeWhole(builtinFormats().get(name)!, rows, new Uint8Array(content))).rows;
        } catch (error) {
          if ((error as { code?: string }).code === 'ENOENT') return null;
          throw error;
        }
      },
      leftovers: async () => readdirSync(join(folder(), 'new')),
      fresh: async () => {
        target++;
      },
    });
  }
  const open = (path: string): unknown => fileSink.open!({ options: { path } as never, schema, sink: 's' });

  test('what cannot be written is said at once', () => {
    mkdirSync(join(root, 'a folder.csv'));
    writeFileSync(join(root, 'a file'), '');
    expect(() => open(join(root, 'a folder.csv'))).toThrow(expect.objectContaining({ code: 'R211' }));
    expect(() => open(join(root, 'a file', 'x.csv'))).toThrow(expect.objectContaining({ code: 'R211' }));
    expect(() => open('/proc/nowhere/x.csv')).toThrow(expect.objectContaining({ code: 'R211' }));
    expect(() => open(join(root, 'x.parquet'))).toThrow(expect.objectContaining({ code: 'R233' }));
  });
  test('a full disk is an error, and the last version stays', async () => {
    // Whatever is written to /dev/full fails as on a full disk.
    const path = join(root, 'full.csv');
    writeFileSync(path, 'before');
    const file = new AtomicFile(path, () => openSync('/dev/full', 'w'));
    const fill = async (): Promise<void> => {
      await file.write(new Uint8Array(1 << 20));
      await file.publish();
    };
    await expect(fill()).rejects.toMatchObject({ code: 'R212', retriable: false });
    await file.abandon();
    expect(readFileSync(path, 'utf8')).toBe('before');
    expect(readdirSync(root)).not.toContain('.full.csv.part');
  });
});

const realFile = join(import.meta.dirname, '../../../shared/data/diabetes130/diabetic_data.csv.gz');
test.skipIf(!readable(realFile))('a real file of hospital encounters has all its rows', async () => {
  const [split] = await fileSource.splits!({ options: { path: realFile } as never, schema, signal });
  const bytes = new Uint8Array(await contentOf(fileSource, split));
  const header = Buffer.from(bytes.subarray(0, bytes.indexOf(10)))
    .toString()
    .trim()
    .split(',');
  const fields = header.map(name => ({
    name,
    type: { kind: /^(?:num|time)|_nbr$|_id$/.test(name) ? ('int' as const) : ('string' as const) },
    nullable: true,
  }));
  const { rows, bad } = decode(csv, { fields }, bytes, { nulls: ['?'] });
  expect([rows.length, bad.length]).toEqual([101_766, 0]);
  expect(rows.filter(row => row['readmitted'] === '<30').length).toBe(11_357);
  expect(rows.filter(row => row['weight'] === null).length).toBe(98_569);
});

function readable(path: string): boolean {
  try {
    return readFileSync(path).length > 0;
  } catch {
    return false;
  }
}
