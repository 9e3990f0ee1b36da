import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { replaceFile } from '../../../src/engine/models/staged-folder.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folder = temporaryFolders();

it('replaces a file whole, and what a killed run left beside it', async () => {
  const dir = await folder();
  await writeFile(join(dir, 'report.html'), 'old');
  await writeFile(join(dir, '.report.html.part'), 'half of a long report');
  await replaceFile(join(dir, 'report.html'), 'new');
  expect(await readdir(dir)).toEqual(['report.html']);
  expect(await readFile(join(dir, 'report.html'), 'utf8')).toBe('new');
});
