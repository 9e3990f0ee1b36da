import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/generate.ts';
import { loadCatalog } from '../../src/cli/load-catalog.ts';
import { compileFlow } from '../../src/dsl/compile-flow.ts';
import { commandLineProblem } from '../cli/command-line-problem.ts';
import { answeredHost } from '../support/answered-host.ts';
import { diskHost } from '../support/run-flow.ts';
import { blocks, commandLines, documents, documentText, preamble, type Snippet, wordsOf } from './documents.ts';

/** Codes of what is wrong with a flow text, each with its line; warnings are left out. */
async function errorsIn(text: string, modules: readonly string[] = []): Promise<readonly string[]> {
  const path = join(ROOT, 'snippet.flow');
  const bare = { ...diskHost, read: (asked: string) => (asked === path ? text : diskHost.read(asked)) };
  const host = await answeredHost(path, bare);
  const compiled = compileFlow({ path, catalog: await loadCatalog(modules), host, params: null });
  return compiled.diagnostics
    .filter(one => one.severity === 'error')
    .map(one => `${one.code} ${one.message} (${text.split('\n')[one.span.line - 1]?.trim()})`);
}

const isWhole = (text: string) => /^flow \w+ v\d+/m.test(text);
/** Stages alone get rows to stand on. */
const asStatements = (text: string) => (text.startsWith('|') ? `let snippet = visits\n${text}` : text);
const squeezed = (text: string) => text.replaceAll(/\s+/g, ' ');

async function checkFragment({ note, text }: Snippet): Promise<void> {
  const [, path, , module] = /^fragment of (\S+)( with (\S+))?$/.exec(note) ?? [];
  const whole = readFileSync(join(ROOT, path), 'utf8');
  expect(squeezed(whole)).toContain(squeezed(text).trim());
  expect(await errorsIn(whole, module === undefined ? [] : [resolve(ROOT, module)])).toEqual([]);
}

describe.each(documents())('%s', path => {
  const text = documentText(path);
  const all = blocks(text, 'flow');
  const fragments = all.filter(one => one.note === '' && !isWhole(one.text));
  const others = all.filter(one => !fragments.includes(one));

  it.runIf(fragments.length > 0)('shows fragments that compile together', async () => {
    const before = preamble(text);
    expect(before, 'fragments need <!-- flow: preamble … --> to stand in').not.toBe('');
    expect(await errorsIn([before, ...fragments.map(one => asStatements(one.text))].join('\n'))).toEqual([]);
  });

  it.runIf(others.length > 0).each(others.map(one => [`line ${one.line}`, one] as const))('%s', async (_, one) => {
    if (one.note.startsWith('fragment of ')) return checkFragment(one);
    if (!one.note.startsWith('wrong ')) return expect(await errorsIn(one.text)).toEqual([]);
    const wrong = isWhole(one.text) ? one.text : `${preamble(text)}\n${one.text}`;
    const codes = (await errorsIn(wrong)).map(error => error.split(' ')[0]);
    expect(codes).toEqual([one.note.slice('wrong '.length)]);
  });

  it('shows commands and options that exist', async () => {
    const problems: string[] = [];
    for (const { line, command, isWhole } of commandLines(text)) {
      const problem = await commandLineProblem(wordsOf(command));
      if (!isWhole && /missing required argument|outputHelp/.test(problem ?? '')) continue;
      if (problem !== null) problems.push(`line ${line}: weir ${command}: ${problem}`);
    }
    expect(problems).toEqual([]);
  });
});
