import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadCatalog } from '../../src/cli/load-catalog.ts';
import { temporaryFolders } from '../support/temporary-folder.ts';

const folder = temporaryFolders();
const OPERATOR = { kind: 'operator', name: 'mine', summary: 'Mine.', params: {}, examples: [] };
const CHECK = 'check: () => ({})';

test.each([
  ['an operator without an execution', `{ ...base, ${CHECK} }`, '`execution` is missing'],
  ['a mode that is none', `{ ...base, ${CHECK}, execution: { mode: 'row' } }`, '`execution.mode` is wrong'],
  ['an execution cut short', `{ ...base, ${CHECK}, execution: { mode: 'value' } }`, '`execution.create` is missing'],
  ['no name', `{ ...base, name: '' }`, '`name` is wrong'],
  ['a source without splits', `{ ...base, kind: 'source', options: {}, nature: 'bounded' }`, '`splits` is missing'],
  [
    'a sink that cannot be opened',
    `{ ...base, kind: 'sink', options: {}, nature: 'file', delivery: 'exactly-once' }`,
    '`open` is missing',
  ],
  ['a format without extensions', `{ ...base, kind: 'format', options: {} }`, '`extensions` is missing'],
  [
    'a format of nothing',
    `{ ...base, kind: 'format', options: {}, extensions: [], accepts: () => true, decoder: () => 0, encoder: () => 0 }`,
    '`files` is missing',
  ],
  [
    'a format that cannot be written',
    `{ ...base, kind: 'format', options: {}, extensions: [], accepts: () => true, files: { decoder: () => 0 } }`,
    '`files.encoder` is missing',
  ],
  ['a learner that says no class', `{ ...base, kind: 'learner' }`, '`multiclass` is missing'],
])('%s is told of by module and field', async (_, definition, fault) => {
  const module = join(await folder(), 'mine.mjs');
  await writeFile(module, `const base = ${JSON.stringify(OPERATOR)};\nexport const smoother = ${definition};\n`);
  const refused = expect(loadCatalog([module])).rejects;
  await refused.toThrow(expect.objectContaining({ code: 'R504' }));
  for (const part of [module, '`smoother`', fault]) await expect(loadCatalog([module])).rejects.toThrow(part);
});
