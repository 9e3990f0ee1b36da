import { fileURLToPath } from 'node:url';

/** Path of `load-catalog`, which every worker imports: a source here, a built file in the package. */
export const catalogModule: string = fileURLToPath(
  new URL(`./load-catalog${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);
