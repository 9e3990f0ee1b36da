import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { OperationalError } from '../engine/base/operational-error.ts';
import type { Catalog } from '../engine/contract/catalog.ts';
import { evaluator } from '../engine/models/evaluation/evaluator.ts';
import { builtinCatalog, type Definition } from './catalog.ts';
import { definitionFault } from './definition-fault.ts';

export { evaluator };

const KINDS: ReadonlySet<unknown> = new Set([
  'operator',
  'source',
  'sink',
  'format',
  'learner',
] satisfies Definition['kind'][]);

/** The built-in catalogue and every definition the modules export (`--with ./my-operator.ts`). Used in every worker too. */
export async function loadCatalog(modules: readonly string[]): Promise<Catalog> {
  const extra: Definition[] = [];
  for (const path of modules) extra.push(...(await definitionsOf(path)));
  return builtinCatalog(extra);
}

async function definitionsOf(path: string): Promise<readonly Definition[]> {
  let exported: Record<string, unknown>;
  try {
    exported = (await import(pathToFileURL(resolve(path)).href)) as Record<string, unknown>;
  } catch (cause) {
    throw new OperationalError(
      'R501',
      `--with ${path} cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`,
      {
        // What `npm init` makes: a package whose .ts and .js files are CommonJS.
        hint: /outside a module/.test(String(cause))
          ? 'name it .mts, or say "type": "module" in the package.json that is nearest to it'
          : 'give the path of a TypeScript or JavaScript module that exports definitions, see docs/extending.md',
        cause,
      },
    );
  }
  const found = Object.entries(exported).filter((one): one is [string, Definition] => isDefinition(one[1]));
  for (const [name, definition] of found) {
    const fault = definitionFault(definition);
    if (fault === null) continue;
    throw new OperationalError(
      'R504',
      `--with ${path}: \`${name}\` is no ${definition.kind} that can be used: ${fault}`,
      {
        hint: 'see docs/extending.md for what a definition holds',
      },
    );
  }
  if (found.length > 0) return found.map(([, definition]) => definition);
  throw new OperationalError('R502', `--with ${path} exports no definition`, {
    hint: 'export what defineOperator, defineSource, defineSink, defineFormat or defineLearner returns',
  });
}

function isDefinition(value: unknown): value is Definition {
  return typeof value === 'object' && value !== null && KINDS.has((value as { kind?: unknown }).kind);
}
