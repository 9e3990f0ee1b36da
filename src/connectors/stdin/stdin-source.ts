import { createReadStream, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { isatty, ReadStream } from 'node:tty';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { systemCode } from '../../engine/base/system-error.ts';
import { defineSource } from '../../engine/contract/connector.ts';

export const stdinSource = defineSource({
  name: 'stdin',
  summary:
    'Rows from standard input, as they come. They cannot be read again: a run that resumes goes on with what comes next.',
  options: {},
  examples: [
    {
      title: 'JSON lines through a pipe',
      flow: 'stdin() { format: json, schema: Vital, on_bad: drop }',
    },
  ],
  nature: 'unbounded',
  splits: async () => [{ name: 'stdin', hash: null, size: null }],
  open: ({ signal }) => {
    let consumed = 0;
    async function* chunks(): AsyncGenerator<Uint8Array> {
      const input = openDescriptor();
      const stop = (): void => {
        input.destroy();
      };
      signal.addEventListener('abort', stop, { once: true });
      try {
        for await (const chunk of input) {
          consumed += chunk.length;
          yield chunk as Uint8Array;
        }
      } catch (cause) {
        if (signal.aborted) return;
        throw new OperationalError('R206', `reading standard input failed (${systemCode(cause)})`, { cause });
      } finally {
        signal.removeEventListener('abort', stop);
      }
    }
    return { kind: 'bytes', chunks: chunks(), consumed: () => consumed };
  },
});

/**
 * The descriptor itself: `process.stdin` of a worker thread is an empty stream of its own. What may be idle is polled, since a
 * read that blocks in a thread of the pool can neither be given up nor outlived; only files, which never are, are read so.
 * The descriptor stays open when the stream is destroyed (libuv spares 0 to 2).
 */
function openDescriptor(): Readable {
  if (isatty(0)) return new ReadStream(0);
  const kind = fstatSync(0);
  if (kind.isFIFO() || kind.isSocket()) return new Socket({ fd: 0, readable: true, writable: false });
  return createReadStream('', { fd: 0, autoClose: false });
}
