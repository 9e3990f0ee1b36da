import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { smooth } from '../../examples/smooth/smooth.ts';
import { operatorConformance } from '../conformance/operator-conformance.ts';

const ROOT = resolve(import.meta.dirname, '../..');

operatorConformance(smooth, [smooth]);

describe('weir run --with', () => {
  const folder = mkdtempSync(join(tmpdir(), 'weir-with-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('runs a stage from a module outside', () => {
    for (const name of ['smooth.flow', 'vitals.csv']) cpSync(join(ROOT, 'examples/smooth', name), join(folder, name));
    const weir = (...args: string[]) =>
      execFileSync(process.execPath, [join(ROOT, 'bin/weir.mjs'), ...args], {
        cwd: folder,
        encoding: 'utf8',
        stdio: 'pipe',
      });
    weir('run', 'smooth.flow', '--with', join(ROOT, 'examples/smooth/smooth.ts'));
    expect(readFileSync(join(folder, 'steady.csv'), 'utf8').trim().split(/\r?\n/)).toEqual([
      'patient,at,hr,hr_smooth',
      'a,1,80,80',
      'b,1,,',
      'a,2,100,90',
      'a,3,,90',
      'b,2,61,61',
    ]);
  });
});
