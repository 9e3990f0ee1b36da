import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from '../../scripts/generate.ts';

const text = readFileSync(join(ROOT, 'docs/guarantees.md'), 'utf8');
const [promised] = text.split('## Not promised');
/** `[title](../test/…)`: the test that a statement stands on. */
const named = [...text.matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)]+)\)/g)].map(([, title, path]) => ({ title, path }));

it('names only tests that are there', () => {
  const missing = named.filter(({ title, path }) => {
    if (!existsSync(join(ROOT, path))) return true;
    // A link to a whole file carries the file's name.
    const isFile = path.includes(`/${title}.`) || path.endsWith(`/${title}`);
    return !isFile && !readFileSync(join(ROOT, path), 'utf8').includes(title);
  });
  expect(missing).toEqual([]);
});

it('rests every promise on a test', () => {
  const statements = promised.split('\n').filter(line => /^- |^\| (?!(sink|source|what happens) \|)/.test(line));
  expect(statements.length).toBeGreaterThan(40);
  expect(statements.filter(line => !line.includes('](../test/'))).toEqual([]);
});
