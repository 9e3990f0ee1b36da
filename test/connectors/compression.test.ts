import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decompress } from '../../src/connectors/file/compression.ts';

const WAYS = { gzip: gzipSync, zstd: zstdCompressSync } as const;

/** The content, or zlib's code. */
async function read(way: 'gzip' | 'zstd', bytes: Uint8Array, chunkBytes: number): Promise<string> {
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
  }
  const found: Uint8Array[] = [];
  try {
    for await (const content of decompress(way, chunks())) found.push(content);
  } catch (error) {
    return (error as { code: string }).code;
  }
  return Buffer.concat(found).toString();
}
const damaged = expect.stringMatching(/^(?:Z_|ZSTD_)/);

describe.each(['gzip', 'zstd'] as const)('%s', way => {
  const compress = (text: string): Buffer => WAYS[way](text);
  const [one, two] = ['one\n', 'two\n'].map(compress);

  test('any members, in any chunks, are read whole', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ maxLength: 40 }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 1, max: 60 }),
        fc.nat(way === 'gzip' ? 9 : 0),
        async (texts, chunkBytes, padding) => {
          const bytes = Buffer.concat([...texts.map(compress), Buffer.alloc(padding)]);
          expect(await read(way, bytes, chunkBytes)).toBe(texts.join(''));
        },
      ),
    ));

  test('cut anywhere but between two members it is damaged', async () => {
    const bytes = Buffer.concat([one, two]);
    for (const chunkBytes of [1, 7, 1000]) {
      for (let cut = 0; cut <= bytes.length; cut++) {
        const expected = cut === one.length ? 'one\n' : cut === bytes.length ? 'one\ntwo\n' : damaged;
        expect(await read(way, bytes.subarray(0, cut), chunkBytes)).toEqual(expected);
      }
    }
  });

  test('anything else behind the last member is damage, never passed over', async () => {
    for (const behind of ['x', 'garbage, and more of it', '\0\0x', '\x1f', ...(way === 'zstd' ? ['\0'] : [])]) {
      for (const chunkBytes of [1, one.length, 1000]) {
        expect(await read(way, Buffer.concat([one, Buffer.from(behind)]), chunkBytes)).toEqual(damaged);
      }
    }
  });

  test('a large member before another one', async () => {
    const large = 'abcdefgh'.repeat(100_000);
    expect(await read(way, Buffer.concat([compress(large), two]), 1 << 18)).toBe(`${large}two\n`);
  });

  test('a reader that stops early, and a file that fails', async () => {
    for await (const content of decompress(way, failing())) {
      expect(Buffer.from(content).toString()).toBe('one\n');
      break;
    }
    const all = async (): Promise<void> => {
      for await (const _ of decompress(way, failing()));
    };
    await expect(all()).rejects.toThrow('unplugged');
  });
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield one;
    throw new Error('unplugged');
  }
});

test('a frame of zstd that holds no content is passed', async () => {
  const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]);
  const bytes = Buffer.concat([zstdCompressSync('one\n'), skippable, zstdCompressSync('two\n')]);
  for (const chunkBytes of [1, 5, 1000]) expect(await read('zstd', bytes, chunkBytes)).toBe('one\ntwo\n');
});
