import { generatedLoops } from '../columnar/compile-program.ts';
import { type FuseStages, fuseStages } from './fuse-stages.ts';
import { interpretStages } from './interpret-stages.ts';

/** What runs stages of expressions. All give the same bytes, so none is part of a plan or of a result's name. */
export const STAGE_BACKENDS = {
  generated: fuseStages(generatedLoops),
  interpreted: interpretStages,
} satisfies Readonly<Record<string, FuseStages>>;

export type StageBackend = keyof typeof STAGE_BACKENDS;
