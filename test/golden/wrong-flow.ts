import { existsSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { withRegisteredSchemas } from '../../src/cli/registered-schemas.ts';
import type { Compiled, CompileHost, CompileOptions } from '../../src/dsl/compile.ts';
import { parseFlow } from '../../src/dsl/parse.ts';
import type { Catalog } from '../../src/engine/contract/catalog.ts';
import type { Diagnostic } from '../../src/engine/contract/diagnostic.ts';
import { fakeSchemaRegistry } from '../support/fake-schema-registry.ts';
import { recordWorld } from '../support/record-world.ts';
import { SUBJECTS } from '../support/registered-subjects.ts';

interface Said {
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: ReadonlyMap<string, string>;
}

const COMPILER = new URL('../../src/dsl/compile-flow.ts', import.meta.url);
const CATALOG = new URL('../../src/cli/catalog.ts', import.meta.url);

/**
 * What is said about a flow of a folder; paths are relative to the folder, so that texts are the same anywhere. Flows named
 * `syntax-…` are only parsed: they pin what the parser says by itself. All others are compiled, as by `weir check`, those named
 * `registered-…` beside a schema registry.
 */
export async function wrongDiagnostics(folder: URL, name: string): Promise<Said> {
  const text = readFileSync(new URL(name, folder), 'utf8');
  if (name.startsWith('syntax-') || !existsSync(COMPILER)) {
    return { diagnostics: parseFlow(name, text).diagnostics, sources: new Map([[name, text]]) };
  }
  const { compileFlow } = (await import(COMPILER.href)) as { compileFlow(options: CompileOptions): Compiled };
  const { builtinCatalog } = (await import(CATALOG.href)) as { builtinCatalog(): Catalog };
  const host = name.startsWith('registered-') ? await askedHost(name, folder) : folderHost(folder);
  return compileFlow({ path: name, catalog: builtinCatalog(), host, params: null });
}

/** With a registry that knows `SUBJECTS`, asked as by `weir check`. */
async function askedHost(name: string, folder: URL): Promise<CompileHost> {
  const registry = await fakeSchemaRegistry(SUBJECTS);
  const env = (variable: string) => (variable === 'WEIR_SCHEMA_REGISTRY' ? registry.url : undefined);
  return withRegisteredSchemas(name, { ...folderHost(folder), env }, recordWorld(), 0).finally(() => registry.close());
}

/** Files of the folder for the compiler. */
export function folderHost(folder: URL): CompileHost {
  return {
    read(path) {
      const at = new URL(path, folder);
      return existsSync(at) ? readFileSync(at, 'utf8') : null;
    },
    resolve: (from, relative) => posix.join(posix.dirname(from), relative),
    env: () => undefined,
  };
}
