import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { builtinCatalog } from '../src/cli/catalog.ts';
import { renderCatalogueMarkdown } from '../src/dsl/diagnostics/markdown.ts';
import { connectorReference, functionReference, learnerReference } from './reference/catalog-reference.ts';
import { operatorReference } from './reference/operator-reference.ts';

export const ROOT: string = join(import.meta.dirname, '..');

/** Everything that is derived from definitions: path in the repository → text. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const catalog = builtinCatalog();
  return new Map([
    ['src/operators/REFERENCE.md', operatorReference(catalog.operators.values())],
    ['src/connectors/REFERENCE.md', connectorReference(catalog)],
    ['src/learners/REFERENCE.md', learnerReference(catalog)],
    ['docs/functions.md', functionReference(catalog)],
    ...renderCatalogueMarkdown(),
  ]);
}

if (import.meta.main) {
  const files = generatedFiles();
  const pages = join(ROOT, 'docs/diagnostics');
  mkdirSync(pages, { recursive: true });
  for (const name of readdirSync(pages)) if (!files.has(`docs/diagnostics/${name}`)) rmSync(join(pages, name));
  for (const [path, text] of files) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
  }
  process.stdout.write(`${files.size} files are up to date\n`);
}
