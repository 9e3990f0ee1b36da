import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { systemCode } from '../../engine/base/system-error.ts';
import type { Split, SplitReader } from '../../engine/contract/connector.ts';
import { compressionOf, decompress } from './compression.ts';

const CHUNK_BYTES = 256 * 1024;

/** A file as a split: the hash is the SHA-256 of its bytes as they lie on the disk, the size their number. */
export async function splitOfFile(path: string, signal: AbortSignal): Promise<Split> {
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES, signal })) hash.update(chunk);
    return { name: path, hash: hash.digest('hex'), size: (await stat(path)).size };
  } catch (cause) {
    throw readError(path, cause, signal);
  }
}

/** A file's content, decompressed by its ending. `size`: bytes it had when it was hashed; null where that is not known. */
export function readFileSplit(path: string, size: number | null, signal: AbortSignal): SplitReader & { kind: 'bytes' } {
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES, signal });
  return { kind: 'bytes', consumed: () => file.bytesRead, chunks: chunksOf(file, path, size, signal) };
}

async function* chunksOf(
  file: ReturnType<typeof createReadStream>,
  path: string,
  size: number | null,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const compression = compressionOf(path);
  try {
    const content = compression === 'none' ? file : decompress(compression, file);
    for await (const chunk of content) yield chunk as Uint8Array;
  } catch (cause) {
    throw readError(path, cause, signal);
  } finally {
    file.destroy();
  }
  if (size !== null && file.bytesRead !== size) {
    throw new OperationalError('R207', `${path} changed while it was read`, { hint: 'run again once it is complete' });
  }
}

function readError(path: string, cause: unknown, signal: AbortSignal): unknown {
  if (signal.aborted || cause instanceof OperationalError) return cause;
  const code = systemCode(cause);
  if (/^(?:Z_|ZSTD_)/.test(code)) {
    return new OperationalError('R205', `the compressed data of ${path} are damaged or cut short`, {
      hint: 'fetch the file again; its ending says how it is compressed',
      cause,
    });
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new OperationalError('R203', `${path} may not be read`, { hint: 'check its permissions', cause });
  }
  if (code === 'ENOENT') return new OperationalError('R201', `the file ${path} does not exist any more`, { cause });
  return new OperationalError('R206', `reading ${path} failed${code === '' ? '' : ` (${code})`}`, {
    retriable: true,
    cause,
  });
}
