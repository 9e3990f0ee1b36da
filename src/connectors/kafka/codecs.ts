import { createRequire } from 'node:module';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { bufferOver } from '../../engine/base/buffer-over.ts';
import { LogError } from '../../engine/contract/log.ts';
import type { RecordCodec } from '../../engine/contract/record-topics.ts';
import { MAX_BATCH_BYTES } from './record-format.ts';

/** Equal bytes give equal bytes: no header holds a time. */
export function compress(codec: Exclude<RecordCodec, 'none'>, bytes: Uint8Array): Uint8Array {
  switch (codec) {
    case 'gzip':
      return gzipSync(bytes);
    case 'zstd':
      return zstdCompressSync(bytes);
    case 'lz4':
      return lz4().compressFrameSync(bufferOver(bytes));
    case 'snappy':
      return xerialCompress(bytes);
  }
}

/** Throws LogError `corrupt` for bytes that are damaged, or more than `maxBytes` when they are unpacked. */
export function decompress(
  codec: Exclude<RecordCodec, 'none'>,
  bytes: Uint8Array,
  maxBytes: number = MAX_BATCH_BYTES,
): Uint8Array {
  // Outside of the try: a library that cannot be loaded is no damage.
  const unpack = unpackers[codec]();
  let unpacked: Uint8Array;
  try {
    unpacked = unpack(bytes, maxBytes);
  } catch (error) {
    throw new LogError('corrupt', `Records compressed by ${codec} cannot be unpacked.`, { cause: error });
  }
  if (unpacked.length > maxBytes) throw new LogError('corrupt', `Records compressed by ${codec} are too large.`);
  return unpacked;
}

type Unpack = (bytes: Uint8Array, maxBytes: number) => Uint8Array;
const unpackers: Readonly<Record<Exclude<RecordCodec, 'none'>, () => Unpack>> = {
  gzip: () => (bytes, maxOutputLength) => gunzipSync(bytes, { maxOutputLength }),
  zstd: () => (bytes, maxOutputLength) => zstdDecompressSync(bytes, { maxOutputLength }),
  // Its format unpacks to no more than 255 times its size; the library takes nothing for an empty frame.
  lz4: () => {
    const { decompressFrameSync } = lz4();
    return bytes => {
      if (bytes.length === 0) throw new RangeError('no frame of lz4');
      return decompressFrameSync(bufferOver(bytes));
    };
  },
  snappy: () => {
    const { uncompressSync } = snappy();
    return (bytes, maxBytes) => snappyDecompress(bytes, maxBytes, block => uncompressSync(block) as Uint8Array);
  },
};

/**
 * The frame that Java's clients put around snappy: magic, version i32, oldest version that can read it i32, and blocks, each
 * behind its length i32. Their reader takes it and plain snappy; librdkafka and others write plain.
 */
const XERIAL = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1);
const XERIAL_MAGIC_BYTES = 8;
/** As Java's clients cut them. */
const XERIAL_BLOCK_BYTES = 32 * 1024;

function xerialCompress(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [XERIAL];
  for (let at = 0; at < bytes.length; at += XERIAL_BLOCK_BYTES) {
    const block = snappy().compressSync(bytes.subarray(at, at + XERIAL_BLOCK_BYTES));
    const length = Buffer.alloc(4);
    length.writeInt32BE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}

function snappyDecompress(
  bytes: Uint8Array,
  maxBytes: number,
  unpackBlock: (block: Uint8Array) => Uint8Array,
): Uint8Array {
  let total = 0;
  const unpack = (block: Uint8Array): Uint8Array => {
    // The library allocates what a block claims before it looks at the rest.
    total += claimedBytes(block);
    if (total > maxBytes) throw new RangeError('a block of snappy is too large');
    return unpackBlock(block);
  };
  for (let i = 0; i < XERIAL_MAGIC_BYTES; i++) if (bytes[i] !== XERIAL[i]) return unpack(bytes);
  if (bytes.length < XERIAL.length) throw new RangeError('the head of snappy is cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: Uint8Array[] = [];
  for (let at = XERIAL.length; at < bytes.length; ) {
    const length = view.getUint32(at);
    at += 4;
    if (length > bytes.length - at) throw new RangeError('a block of snappy is cut off');
    blocks.push(unpack(bytes.subarray(at, (at += length))));
  }
  return blocks.length === 1 ? blocks[0] : Buffer.concat(blocks);
}

/** A plain block begins with the size of its content, an unsigned varint. */
function claimedBytes(block: Uint8Array): number {
  let size = 0;
  for (let i = 0; i < 5 && i < block.length; i++) {
    size += (block[i] & 127) * 2 ** (7 * i);
    if (block[i] < 128) return size;
  }
  throw new RangeError('a block of snappy has no size');
}

/** Loaded when there is something for them: most runs never meet them, and decoding must not wait for a promise. */
const require = createRequire(import.meta.url);
const snappy = (): typeof import('snappy') => require('snappy');
const lz4 = (): typeof import('lz4-napi') => require('lz4-napi');
