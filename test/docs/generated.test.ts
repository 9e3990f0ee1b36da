import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedFiles, ROOT } from '../../scripts/generate-docs.ts';

describe('derived documents', () => {
  it('are what the definitions say; otherwise run `npm run docs`', () => {
    const stale = [...generatedFiles()].flatMap(([path, text]) => {
      const file = join(ROOT, path);
      return existsSync(file) && readFileSync(file, 'utf8') === text ? [] : [path];
    });
    expect(stale).toEqual([]);
  });

  it('leave no page of a diagnostic that is gone', () => {
    const files = generatedFiles();
    const left = readdirSync(join(ROOT, 'docs/diagnostics')).filter(name => !files.has(`docs/diagnostics/${name}`));
    expect(left).toEqual([]);
  });
});
