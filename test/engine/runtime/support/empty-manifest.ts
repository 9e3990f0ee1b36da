import type { StreamManifest } from '../../../../src/engine/runtime/stream/stream-manifest.ts';

/** Of a stream that has no tasks and reads nothing. */
export const emptyManifest: StreamManifest = {
  generation: 1,
  planHash: 'plan',
  flowVersion: 1,
  tasks: {},
  splits: {},
  tables: {},
};
