import { createReadStream } from 'node:fs';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { defineSource } from '../../engine/contract/connector.ts';
import { systemCode } from '../world-errors.ts';

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
      // The descriptor itself: `process.stdin` of a worker thread is an empty stream of its own.
      const input = createReadStream('', { fd: 0, autoClose: false });
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
