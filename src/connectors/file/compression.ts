import type { Transform } from 'node:stream';
import { createGunzip, createGzip, createZstdCompress, createZstdDecompress } from 'node:zlib';

/** How a file is compressed, by the ending of its name. */
export type Compression = 'none' | 'gzip' | 'zstd';

export function compressionOf(path: string): Compression {
  if (/\.gz$/i.test(path)) return 'gzip';
  return /\.zst$/i.test(path) ? 'zstd' : 'none';
}

/** Equal input gives equal bytes: neither header holds a time. */
export function compressor(compression: Exclude<Compression, 'none'>): Transform {
  return compression === 'gzip' ? createGzip() : createZstdCompress();
}

/**
 * The content of a compressed file: all members (gzip) or frames (zstd) one after another, as many tools write them. Zeros
 * behind a member of gzip are padding. Throws zlib's error, by its `code`, where bytes are damaged, missing, or are none of it.
 */
export async function* decompress(
  compression: Exclude<Compression, 'none'>,
  compressed: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const input = new Input(compressed);
  do yield* decompressMember(compression, input);
  while (await input.hasMore(compression === 'gzip'));
}

/** Content up to where zlib stops taking input; what it did not take is given back. */
async function* decompressMember(compression: Exclude<Compression, 'none'>, input: Input): AsyncGenerator<Uint8Array> {
  const zlib = compression === 'gzip' ? createGunzip(READING) : createZstdDecompress(READING);
  // A stream of zlib that meets the end of its data within a chunk ends without a word about the rest of it.
  const ended = new Promise<void>(resolve => zlib.once('close', resolve).once('end', resolve));
  const feed = async (): Promise<void> => {
    for (let chunk = await input.next(); chunk !== null; chunk = await input.next()) {
      const before = zlib.bytesWritten;
      await Promise.race([new Promise<void>(resolve => zlib.write(chunk, () => resolve())), ended]);
      const taken = zlib.bytesWritten - before;
      if (taken < chunk.length) return input.giveBack(chunk.subarray(taken));
    }
    zlib.end();
  };
  const fed = feed().catch(error => void zlib.destroy(error));
  try {
    for await (const content of zlib) yield content as Uint8Array;
    await fed;
  } finally {
    zlib.destroy();
  }
}

const READING = { chunkSize: 65_536 };

/** Chunks, with a place to put back what was not used of one. */
class Input {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Uint8Array | null = null;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  giveBack(rest: Uint8Array): void {
    this.#rest = rest;
  }

  async next(): Promise<Uint8Array | null> {
    const rest = this.#rest;
    this.#rest = null;
    if (rest !== null) return rest;
    const { done, value } = await this.#chunks.next();
    return done === true ? null : value;
  }

  /** Whether anything follows, after the zeros where they are padding. */
  async hasMore(padded: boolean): Promise<boolean> {
    for (let chunk = await this.next(); chunk !== null; chunk = await this.next()) {
      const at = chunk.findIndex(byte => byte !== 0 || !padded);
      if (at < 0) continue;
      this.giveBack(chunk.subarray(at));
      return true;
    }
    return false;
  }
}
