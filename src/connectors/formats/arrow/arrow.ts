import type { Batch } from '../../../engine/contract/batch.ts';
import { defineFormat, type FormatDefinition } from '../../../engine/contract/connector.ts';
import { required } from '../../../engine/contract/parameter.ts';
import { ArrowDecoder } from './arrow-decoder.ts';

/**
 * One format but for what is written where the flow does not say. Arrow's library is loaded when bytes are there for it: it is a third of
 * what every thread would load.
 */
function arrowIpc(
  kind: 'file' | 'stream',
  about: Pick<FormatDefinition, 'name' | 'summary' | 'extensions' | 'examples'>,
): FormatDefinition {
  return defineFormat({
    ...about,
    options: {
      kind: required('choice', 'What is written; both are read.', { default: kind, choices: ['file', 'stream'] }),
    },
    accepts: ({ kind }, use) => !['tensor', 'secret'].includes(kind) && !(kind === 'features' && use === 'read'),
    files: {
      decoder: context => new ArrowDecoder(context),
      encoder({ options, schema }) {
        const batches: Batch[] = [];
        const nothing = new Uint8Array(0);
        return {
          start: () => nothing,
          encode(batch) {
            batches.push(batch);
            return nothing;
          },
          async end() {
            const { toArrowIpc } = await import('../../../engine/columnar/arrow-write.ts');
            return toArrowIpc(schema, batches, options.kind === 'stream' ? 'stream' : 'file');
          },
        };
      },
    },
  });
}

export const arrow = arrowIpc('file', {
  name: 'arrow',
  summary:
    'Arrow IPC, file or stream; read and written whole, so for tables that fit into memory. Read compressed (LZ4, Zstandard) or not; equal rows give equal bytes.',
  extensions: ['.arrow', '.feather', '.ipc'],
  examples: [
    { title: 'A table from pandas or polars', flow: 'file("visits.arrow") { schema: Visit, on_bad: fail }' },
    { title: 'Written for them', flow: 'write file("scores.arrow")' },
    { title: 'As a stream, beside the `file(…)`', flow: 'write file("scores.ipc"), kind: stream' },
  ],
});

export const arrows = arrowIpc('stream', {
  name: 'arrows',
  summary: 'Arrow IPC as the stream its ending means: `arrow` but for what is written.',
  extensions: ['.arrows'],
  examples: [{ title: 'For a reader of streams', flow: 'write file("scores.arrows")' }],
});
