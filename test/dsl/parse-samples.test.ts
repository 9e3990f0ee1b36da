import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseFlow } from '../../src/dsl/parse.ts';
import { SNIPPETS } from './snippets.ts';

/** Larger flows kept beside the repository by those who design the language; absent elsewhere. */
const SAMPLES = new URL('../../../shared/design/flows/', import.meta.url);

for (const [title, text] of Object.entries(SNIPPETS)) {
  test(`${title} parses without a diagnostic`, () => {
    expect(parseFlow(`${title}.flow`, text).diagnostics).toEqual([]);
  });
}

test.skipIf(!existsSync(SAMPLES))('the sample flows parse without a diagnostic', () => {
  for (const file of readdirSync(SAMPLES).filter(name => name.endsWith('.flow'))) {
    const { file: tree, diagnostics } = parseFlow(file, readFileSync(new URL(file, SAMPLES), 'utf8'));
    expect(diagnostics, file).toEqual([]);
    expect(tree.statements.length, file).toBeGreaterThan(3);
  }
});
