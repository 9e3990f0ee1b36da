import { execFileSync } from 'node:child_process';
import { compressionsAlgorithms } from '@platformatic/kafka';
import fc from 'fast-check';
import { compressSync } from 'snappy';
import { describe, expect, test } from 'vitest';
import { compress, decompress } from '../../../src/connectors/kafka/codecs.ts';
import { LogError } from '../../../src/engine/contract/log.ts';
import { bytesOf, hexOf } from './support/plain-batch.ts';

const CODECS = ['gzip', 'snappy', 'lz4', 'zstd'] as const;
/** Short and long, that repeat themselves and that do not. */
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .tuple(fc.uint8Array({ minLength: 1, maxLength: 50 }), fc.integer({ min: 1, max: 4000 }))
    .map(([part, times]) => new Uint8Array(Buffer.alloc(part.length * times, part))),
);

function failureOf(codec: (typeof CODECS)[number], bytes: Uint8Array): unknown {
  try {
    return decompress(codec, bytes);
  } catch (error) {
    return error;
  }
}

describe.each(CODECS)('%s', codec => {
  test('unpacks what it packed, and another library reads and writes the same', () => {
    const peer = compressionsAlgorithms[codec];
    fc.assert(
      fc.property(anyBytes, bytes => {
        const packed = compress(codec, bytes);
        expect(Buffer.compare(decompress(codec, packed), bytes)).toBe(0);
        // Nothing is packed as nothing there, which some do not take for a file.
        if (bytes.length === 0) return;
        expect(Buffer.compare(peer.decompressSync(Buffer.from(packed)), bytes)).toBe(0);
        expect(Buffer.compare(decompress(codec, peer.compressSync(Buffer.from(bytes))), bytes)).toBe(0);
      }),
    );
  });

  test('bytes that are cut off or no such thing at all are refused', () => {
    const packed = compress(codec, Buffer.alloc(100_000, 'some text that repeats itself, and '));
    const wrong = [packed.subarray(0, packed.length - 9), packed.subarray(0, 11), Uint8Array.of(), Uint8Array.of(255)];
    for (const bytes of wrong) {
      expect(failureOf(codec, bytes)).toBeInstanceOf(LogError);
      expect(failureOf(codec, bytes)).toMatchObject({ code: 'corrupt' });
    }
  });
});

test('snappy is written in blocks of 32 KiB behind the head of Java', () => {
  const packed = compress('snappy', new Uint8Array(70_000));
  expect(hexOf(packed.subarray(0, 16))).toBe('82534e41505059000000000100000001');
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const sizes: number[] = [];
  for (let at = 16; at < packed.length; at += 4 + view.getInt32(at)) {
    sizes.push(decompress('snappy', packed.subarray(at + 4, at + 4 + view.getInt32(at))).length);
  }
  expect(sizes).toEqual([32_768, 32_768, 4464]);
});

test('plain snappy is read', () => {
  expect(hexOf(decompress('snappy', compressSync(Buffer.from('plain'))))).toBe(hexOf(Buffer.from('plain')));
});

test('a size that snappy only claims is not believed', () => {
  const tooLarge = { cause: { message: 'a block of snappy is too large' } };
  const head = '82534e41505059000000000100000001';
  for (const block of ['ffffffff0f00', `${head}00000006ffffffff0f00`]) {
    expect(failureOf('snappy', bytesOf(block))).toMatchObject(tooLarge);
  }
  // Nor that of a block; this one is whole but for its length.
  expect(hexOf(decompress('snappy', bytesOf(`${head}00000004020401ff`)))).toBe('01ff');
  expect(failureOf('snappy', bytesOf(`${head}ffffffff020401ff`))).toMatchObject({ code: 'corrupt' });
});

test.each(CODECS)('bytes that %s unpacks to more than is allowed are refused', codec => {
  const packed = compress(codec, new Uint8Array(100_000));
  expect(decompress(codec, packed, 100_000).length).toBe(100_000);
  expect(() => decompress(codec, packed, 99_999)).toThrowError(LogError);
});

test('lz4 has blocks that stand alone, as Java reads no others', () => {
  expect(compress('lz4', new Uint8Array(200_000))[4] & 0x20).toBe(0x20);
});

test('libraries are loaded when there is something for them', () => {
  const loaded = (use: string) => {
    const codecs = new URL('../../../src/connectors/kafka/codecs.ts', import.meta.url);
    const code = `const { compress } = await import(${JSON.stringify(codecs.href)}); ${use}
      console.log(Object.keys((await import('node:module')).createRequire(import.meta.url).cache).join());`;
    return execFileSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' });
  };
  expect(loaded('')).not.toMatch(/snappy|lz4/);
  expect(loaded("compress('snappy', Uint8Array.of(1)); compress('lz4', Uint8Array.of(1));")).toMatch(
    /snappy[\s\S]*lz4/,
  );
}, 30_000);
