import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DERIVED_FOLDERS, derivedFiles, REPORT_PICTURE, ROOT } from '../../scripts/generate.ts';

const files = derivedFiles();

describe('derived files', () => {
  it('are what their origins say; otherwise run `npm run gen`', () => {
    const stale = [...files].flatMap(([path, text]) => {
      const file = join(ROOT, path);
      return existsSync(file) && readFileSync(file, 'utf8') === text ? [] : [path];
    });
    expect(stale).toEqual([]);
  });

  it.each(DERIVED_FOLDERS)('leave nothing in %s whose origin is gone', folder => {
    const paths = readdirSync(join(ROOT, folder)).map(name => `${folder}/${name}`);
    expect(paths.filter(path => !files.has(path) && path !== REPORT_PICTURE)).toEqual([]);
  });
});
