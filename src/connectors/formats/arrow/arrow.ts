import { toArrowIpc } from '../../../engine/columnar/arrow-write.ts';
import type { Batch } from '../../../engine/contract/batch.ts';
import { defineFormat } from '../../../engine/contract/connector.ts';
import { required } from '../../../engine/contract/parameter.ts';
import { ArrowDecoder } from './arrow-decoder.ts';

export const arrow = defineFormat({
  name: 'arrow',
  summary:
    'Arrow IPC, file or stream; read and written whole, so for tables that fit into memory. Read compressed (LZ4, Zstandard) or not; equal rows give equal bytes.',
  extensions: ['.arrow', '.feather', '.arrows', '.ipc'],
  options: {
    kind: required('choice', 'What is written; both are read.', { default: 'file', choices: ['file', 'stream'] }),
  },
  examples: [
    { title: 'A table from pandas or polars', flow: 'file("visits.arrow") { schema: Visit, on_bad: fail }' },
    { title: 'Written for them', flow: 'write file("scores.arrow")' },
  ],
  accepts: ({ kind }, use) => !['tensor', 'secret'].includes(kind) && !(kind === 'features' && use === 'read'),
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
      end: () => toArrowIpc(schema, batches, options.kind === 'stream' ? 'stream' : 'file'),
    };
  },
});
