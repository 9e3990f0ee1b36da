import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/generate.ts';

/** Packing builds first; the rest are seconds. */
const TOO_LONG_MS = 240_000;
const STEP_MS = 120_000;
const MAX_UNPACKED_BYTES = 5_000_000;

/** An empty project of somebody else, with the packed Weir in it and what it depends on: no network, no sources of ours. */
const project = mkdtempSync(join(tmpdir(), 'weir-package-'));
const packed = join(project, 'node_modules', 'weirflow');
afterAll(() => rmSync(project, { recursive: true, force: true }));

beforeAll(() => {
  const quiet = { ...process.env, npm_config_offline: 'true', npm_config_update_notifier: 'false' };
  const options = { cwd: ROOT, env: quiet, encoding: 'utf8', timeout: STEP_MS, stdio: 'pipe' } as const;
  execFileSync('npm', ['pack', '--pack-destination', project, '--loglevel=error'], options);
  mkdirSync(packed, { recursive: true });
  const [tarball] = globSync('weirflow-*.tgz', { cwd: project });
  execFileSync('tar', ['-xzf', join(project, tarball), '-C', packed, '--strip-components=1'], { timeout: STEP_MS });
  for (const path of runtimePackages()) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    symlinkSync(join(ROOT, path), join(project, path), 'dir');
  }
  // As `npm init -y` writes it.
  writeFileSync(join(project, 'package.json'), '{ "name": "somebody", "version": "1.0.0", "type": "commonjs" }\n');
}, TOO_LONG_MS);

/** Folders of what a user's `npm i` brings: neither what is for development, nor what lies inside of another package. */
function runtimePackages(): readonly string[] {
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean }>;
  };
  return Object.entries(lock.packages)
    .filter(([path, { dev, devOptional }]) => /^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) && !dev && !devOptional)
    .map(([path]) => path)
    .filter(path => existsSync(join(ROOT, path)));
}

/** The command that package.json's `bin` names, in a folder of the project. */
function weir(cwd: string, ...args: readonly string[]): string {
  const { bin } = JSON.parse(readFileSync(join(packed, 'package.json'), 'utf8')) as { bin: Record<string, string> };
  const command = [join(packed, bin['weir']), ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd, encoding: 'utf8', timeout: STEP_MS });
  expect(status, `weir ${args.join(' ')}\n${stderr}`).toBe(0);
  return stdout;
}

/** Writes a module as the extending guide says: imports by the package's name. */
function writeSmooth(name: string): void {
  const source = readFileSync(join(ROOT, 'examples/smooth/smooth.ts'), 'utf8');
  writeFileSync(join(project, name), source.replaceAll(/'\.\.\/\.\.\/src\/engine\/(\w+\/\w+)\.ts'/g, "'weirflow/$1'"));
}

describe('the packed Weir', { timeout: STEP_MS }, () => {
  it('holds what runs and what is read, and no more', () => {
    const files = globSync('**', { cwd: packed, withFileTypes: true }).filter(entry => entry.isFile());
    const names = files.map(entry => join(entry.parentPath, entry.name).slice(packed.length + 1));
    expect(names.filter(name => name.endsWith('.ts') && !name.endsWith('.d.ts'))).toEqual([]);
    expect(
      names.filter(name => !/^(bin|dist|docs|pipelines|src)\/|^[A-Z]+\.md$|^LICENSE$|^package\.json$/.test(name)),
    ).toEqual([]);
    expect(names).toContain('LICENSE');
    const bytes = files.reduce((sum, entry) => sum + readFileSync(join(entry.parentPath, entry.name)).length, 0);
    expect(bytes).toBeLessThan(MAX_UNPACKED_BYTES);
  });

  it('writes the first flow, tests, runs and explains it', () => {
    weir(project, 'init', 'my-flow');
    const folder = join(project, 'my-flow');
    expect(weir(folder, 'test', 'first.flow')).toContain('1 passed, 0 failed');
    expect(weir(folder, 'run', 'first.flow')).toContain('done first');
    expect(readFileSync(join(folder, 'wards.csv'), 'utf8').split('\n')[0].trim()).toBe('ward,visits,mean_days');
    expect(weir(folder, 'explain', 'first.flow', '--format', 'svg')).toMatch(/^<svg /);
    expect(weir(folder, 'explain-error', 'E201')).toContain('E201');
  });

  it('checks the flows that come along', () => {
    for (const name of ['train', 'score'])
      weir(project, 'check', join(packed, `pipelines/readmission/${name}.flow`), '--param', 'data=x.csv');
  });

  it('runs a stage of the project, which imports the contract by the package name, and gives its types', () => {
    writeSmooth('smooth.mts');
    for (const name of ['smooth.flow', 'vitals.csv'])
      writeFileSync(join(project, name), readFileSync(join(ROOT, 'examples/smooth', name)));
    weir(project, 'run', 'smooth.flow', '--with', './smooth.mts');
    expect(readFileSync(join(project, 'steady.csv'), 'utf8').split(/\r?\n/).slice(0, 2)).toEqual([
      'patient,at,hr,hr_smooth',
      'a,1,80,80',
    ]);
    const compilerOptions = { strict: true, noEmit: true, module: 'nodenext', target: 'es2024', types: [] };
    writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['smooth.mts'] }));
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const { status, stdout } = spawnSync(tsc, ['-p', project], { encoding: 'utf8', timeout: STEP_MS });
    expect(status, stdout).toBe(0);
  });

  it('says what to do where .ts is CommonJS', () => {
    writeSmooth('smooth.ts');
    const command = [join(packed, 'bin/weir.mjs'), 'check', 'smooth.flow', '--with', './smooth.ts'];
    const { status, stderr } = spawnSync(process.execPath, command, {
      cwd: project,
      encoding: 'utf8',
      timeout: STEP_MS,
    });
    expect(status).toBe(4);
    expect(stderr).toContain('name it .mts');
  });
});
