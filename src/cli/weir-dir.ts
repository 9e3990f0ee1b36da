/** Where a run keeps its log, artifacts and models, unless `--log` says otherwise. */
export const DEFAULT_WEIR_DIR = '.weir';
