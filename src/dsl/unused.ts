import { nearest } from './diagnostics/nearest.ts';
import type { Module } from './modules.ts';
import type { Reporter } from './reporter.ts';

/**
 * What is declared and never mentioned. By the text alone, so that a mistake elsewhere does not make everything after it look
 * unused; a field with the name of a `let` counts as a mention.
 */
export function reportUnused(module: Module, reporter: Reporter): void {
  const mentioned = new Set<string>();
  for (const statement of module.file.statements) {
    const own = 'name' in statement ? statement.name : null;
    mentions(statement, own, mentioned);
  }
  const meant = meantByMistake(module, mentioned);
  for (const [key, declaration] of module.declarations) {
    if (mentioned.has(key) || meant.has(key)) continue;
    const { kind, name, imported, span } = declaration;
    if (imported !== undefined) {
      if (kind !== 'unknown') reporter.report('W801', imported, { name, hint: 'Leave it out of the `import`.' });
    } else if (module.file.flow === null || kind === 'unknown') continue;
    else if (kind === 'param') reporter.report('E206', span, { name });
    else if (kind === 'let' || kind === 'pipeline') reporter.report('W801', span, { name });
    else if (kind === 'source' || kind === 'table' || kind === 'model') reporter.report('W801', span, { name });
  }
}

/** Names nobody mentions but a misspelt one comes nearest to: that slip has been reported, and is the one mistake. */
function meantByMistake(module: Module, mentioned: ReadonlySet<string>): ReadonlySet<string> {
  const unused = [...module.declarations.keys()].filter(key => !mentioned.has(key));
  const strange = [...mentioned].filter(name => !module.declarations.has(name));
  return new Set(strange.flatMap(name => nearest(name, unused) ?? []));
}

function mentions(node: unknown, own: unknown, into: Set<string>): void {
  if (node === null || typeof node !== 'object' || node === own) return;
  if (Array.isArray(node)) {
    for (const each of node) mentions(each, own, into);
    return;
  }
  const record = node as Readonly<Record<string, unknown>>;
  if (record['kind'] === 'import') return;
  if (record['kind'] === 'parameter') into.add(`$${String(record['name'])}`);
  else if (record['kind'] === 'name') into.add(String(record['name']));
  else if (typeof record['text'] === 'string') into.add(record['text']);
  for (const [key, value] of Object.entries(record)) if (key !== 'span') mentions(value, own, into);
}
