import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CATALOGUE } from '../../src/dsl/diagnostics/catalogue.ts';
import { reported } from '../../src/dsl/diagnostics/diagnostic.ts';
import type { CatalogueEntry } from '../../src/dsl/diagnostics/entry.ts';
import { explainError } from '../../src/dsl/diagnostics/explain.ts';
import { renderCatalogueMarkdown } from '../../src/dsl/diagnostics/markdown.ts';
import { OPERATIONAL } from '../../src/dsl/diagnostics/operational.ts';
import { SYNTAX } from '../../src/dsl/diagnostics/syntax.ts';
import { parseFlow } from '../../src/dsl/parse.ts';

const compile = Object.entries<CatalogueEntry>(CATALOGUE);
const span = { file: 'x.flow', start: 0, end: 0, line: 1, column: 1 };

/** Examples that show a place or a size rather than text to read. */
const NOT_TEXT = new Set(['E128', 'E129']);

test.each(
  Object.entries<CatalogueEntry>(SYNTAX).filter(([code]) => !NOT_TEXT.has(code)),
)('the examples of %s give it, and mend it', (code, entry) => {
  expect(parseFlow('x.flow', entry.bad).diagnostics.map(item => item.code)).toContain(code);
  expect(parseFlow('x.flow', entry.good).diagnostics).toEqual([]);
});

test('the examples of the other families can be read', () => {
  for (const [code, entry] of compile) {
    if (code.startsWith('E1') || entry.bad.startsWith('weir ')) continue;
    for (const text of [entry.bad, entry.good]) {
      expect(
        parseFlow('x.flow', text).diagnostics.map(item => item.message),
        `${code}: ${text}`,
      ).toEqual([]);
    }
  }
});

test('templates are filled, and every default has its slot', () => {
  for (const [code, entry] of compile) {
    const slots = [...`${entry.message} ${entry.hint ?? ''}`.matchAll(/\{([a-z_]+)\}/g)].map(match => match[1] ?? '');
    const details = Object.fromEntries(slots.map(slot => [slot, 'SOMETHING']));
    const { message, hint } = reported(code, span, details);
    expect(`${message} ${hint ?? ''}`, code).not.toMatch(/\{[a-z_]+\}/);
    expect(entry.message, code).toMatch(/^[^A-Z].*[^.]$|^\{/);
    if (entry.hint !== null && !/^\{\w+\}$/.test(entry.hint)) expect(entry.hint, code).toMatch(/[.`?}]$/);
  }
});

test('a hint without its details is left away', () => {
  expect(reported('E201', span, { name: 'x' }).hint).toBeNull();
  expect(reported('E501', span, { entity: 'patient' }).hint).toContain('group: patient');
});

test('a code nobody knows is a bug of ours', () => {
  expect(() => reported('E999', span, {})).toThrow(/E999/);
});

test('every code is explained and has its page, linked from the index', () => {
  const pages = renderCatalogueMarkdown();
  const index = pages.get('docs/diagnostics/README.md') ?? '';
  for (const code of [...Object.keys(CATALOGUE), ...Object.keys(OPERATIONAL)]) {
    expect(explainError(code), code).toContain(code);
    expect(pages.get(`docs/diagnostics/${code}.md`), code).toContain(`# ${code}: `);
    expect(index, code).toContain(`[${code}](${code}.md)`);
  }
  expect(explainError('E999')).toBeNull();
  expect(pages.size).toBe(compile.length + Object.keys(OPERATIONAL).length + 1);
});

test('every code named in the sources is in the catalogue', () => {
  const root = new URL('../../src/', import.meta.url);
  const known = new Set([...Object.keys(CATALOGUE), ...Object.keys(OPERATIONAL)]);
  for (const name of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name.includes('diagnostics/')) continue;
    const text = readFileSync(new URL(name.replaceAll('\\', '/'), root), 'utf8');
    for (const [, code] of text.matchAll(/'([EWR]\d{3})'/g)) expect(known, `${code} in src/${name}`).toContain(code);
  }
});
