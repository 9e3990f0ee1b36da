import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { makeFolder } from '../../../src/engine/base/make-folder.ts';

const root = mkdtempSync(join(tmpdir(), 'weir-folder-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('makes a folder and those above it, once', () => {
  const path = join(root, 'a b', 'ünï', 'c');
  makeFolder(path);
  makeFolder(path);
  expect(statSync(path).isDirectory()).toBe(true);
});

it('refuses a file in the place of one', () => {
  writeFileSync(join(root, 'file'), '');
  for (const path of ['file', 'file/below', 'file/below/it'])
    expect(() => makeFolder(join(root, path))).toThrow(expect.objectContaining({ code: 'ENOTDIR', syscall: 'mkdir' }));
});

it('ends where nothing can be made, however deep', () => {
  // The system's own recursive call never returns here.
  expect(() => makeFolder('/proc/weir/a/b')).toThrow(expect.objectContaining({ syscall: 'mkdir' }));
});
