import { LOG } from './operational/log.ts';
import { MODELS } from './operational/models.ts';
import { ROWS } from './operational/rows.ts';
import { RUNS } from './operational/runs.ts';
import { WORLD } from './operational/world.ts';

/**
 * Codes of operational errors (`OperationalError.code`) and of rows refused to `on_bad`: R1xx log, R2xx sources, sinks and files,
 * R3xx models and learning, R4xx rows and values, R5xx runs and workers. A number is never used again for something else.
 */
export const OPERATIONAL = { ...LOG, ...WORLD, ...MODELS, ...ROWS, ...RUNS } as const;

export type OperationalCode = keyof typeof OPERATIONAL;
