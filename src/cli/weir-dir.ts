import { join } from 'node:path';

/** Where a run keeps its log, artifacts and models, unless `--log` says otherwise. */
export const DEFAULT_WEIR_DIR = '.weir';

export const registryDir = (weirDir: string): string => join(weirDir, 'registry');
export const artifactsDir = (weirDir: string): string => join(weirDir, 'artifacts');
