import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/generate.ts';
import { LINES_LIMIT, LONG_FILES, type TextFile, TIDY_RULES } from './tidy-rules.ts';

const UNCOMMITTED = new Set(['node_modules', '.git', '.weir', '.weir-services', 'dist', 'coverage', '.npm-cache']);
const TEXTS = /\.(ts|mjs|md|json|flow|svg|html|txt|csv|ndjson)$|^(\.ci\/run|\.npmrc|\.gitignore)$/;

const files: readonly TextFile[] = globSync('**', { cwd: ROOT, exclude: name => UNCOMMITTED.has(name) })
  .map(path => path.replaceAll('\\', '/'))
  .concat(['.ci/run', '.npmrc', '.gitignore'])
  .filter(path => TEXTS.test(path))
  .map(path => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

describe.each(TIDY_RULES)('$title', rule => {
  it('everywhere', () => {
    expect(files.flatMap(file => rule.problems(file).map(problem => `${file.path}: ${problem}`))).toEqual([]);
  });

  it.each(rule.counterexamples)('and a file that breaks it is seen: $path $text', file => {
    expect(rule.problems(file)).not.toEqual([]);
  });
});

it('looks at all there is', () => {
  const paths = new Set(files.map(file => file.path));
  for (const path of [...LONG_FILES, 'package-lock.json', 'README.md', '.ci/run', 'bin/with-node.mjs'])
    expect(paths.has(path), path).toBe(true);
});

it('keeps files short', () => {
  const lines = files
    .filter(({ path }) => path.startsWith('src/') && path.endsWith('.ts'))
    .map(({ text }) => text.split('\n').length)
    .sort((a, b) => a - b);
  expect(lines[lines.length >> 1]).toBeLessThan(LINES_LIMIT / 4);
});
