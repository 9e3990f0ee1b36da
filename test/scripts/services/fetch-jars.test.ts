import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { fetchForTests } from '../../../scripts/services/fetch-for-tests.ts';
import { fetchJars, isFetched, jarFolder } from '../../../scripts/services/fetch-jars.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folderFor = temporaryFolders();
let folder: string;
beforeEach(async () => {
  folder = await folderFor();
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  program('java-home/bin/java', 'echo \'openjdk version "17.0.15" 2025-04-15\' >&2');
  vi.stubEnv('JAVA_HOME', join(folder, 'java-home'));
});
afterEach(() => vi.unstubAllEnvs());

function program(path: string, script: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, path), 0o755);
}

/** A Maven that lays one file beside the POM it is given, and counts its runs. */
function mavenThat(ends: string): void {
  program(
    'bin/mvn',
    `[ "$1" = --version ] && exit 0
    echo run >> ${folder}/runs
    mkdir -p "$(dirname "$4")/lib" && echo jar > "$(dirname "$4")/lib/some.jar"
    ${ends}`,
  );
  vi.stubEnv('PATH', [join(folder, 'bin'), process.env.PATH].join(delimiter));
}

const runs = () => readFileSync(join(folder, 'runs'), 'utf8').split('\n').length - 1;

it('fetches once, and what it fetched is there whole', async () => {
  mavenThat('exit 0');
  const said: string[] = [];
  expect(isFetched('kafka')).toBe(false);
  const first = await fetchJars('kafka', line => said.push(line));
  expect(readdirSync(join(first, 'lib'))).toEqual(['some.jar']);
  expect(said.join('\n')).toContain(first);
  expect(isFetched('kafka')).toBe(true);
  expect(isFetched('registry')).toBe(false);
  expect(await fetchJars('kafka', line => said.push(line))).toBe(first);
  expect(runs()).toBe(1);
});

it('leaves nothing where Maven fails, and tells what it said', async () => {
  mavenThat("echo 'no such host'; exit 1");
  await expect(fetchJars('kafka', () => undefined)).rejects.toThrow(/no such host/);
  expect(isFetched('kafka')).toBe(false);
  expect(readdirSync(dirname(jarFolder('kafka')))).toEqual([]);
});

it('two that fetch at once end with the same folder', async () => {
  mavenThat('sleep 0.2; exit 0');
  const both = await Promise.all([fetchJars('kafka', () => undefined), fetchJars('kafka', () => undefined)]);
  expect(both[0]).toBe(both[1]);
  expect(readdirSync(dirname(both[0])).length).toBe(1);
});

it('says what the machine lacks', async () => {
  mavenThat('exit 0');
  program('java-home/bin/java', 'echo \'openjdk version "11.0.2" 2019-01-15\' >&2');
  await expect(fetchJars('kafka', () => undefined)).rejects.toThrow('Java 11 is too old');
  vi.stubEnv('JAVA_HOME', join(folder, 'nowhere'));
  await expect(fetchJars('kafka', () => undefined)).rejects.toThrow('no Java');
  vi.stubEnv('JAVA_HOME', join(folder, 'java-home'));
  program('java-home/bin/java', 'echo \'openjdk version "21" 2023-09-19\' >&2');
  vi.stubEnv('PATH', folder);
  await expect(fetchJars('kafka', () => undefined)).rejects.toThrow('no Maven');
});

it('for tests, what cannot be fetched is told and not thrown', async () => {
  mavenThat('echo offline; exit 1');
  const absent = await fetchForTests(['kafka', 'registry'], () => undefined);
  expect(absent).toEqual([expect.stringMatching(/^kafka: .*offline/s), expect.stringMatching(/^registry: .*offline/s)]);
  expect(runs()).toBe(2);
  vi.stubEnv('WEIR_NO_SERVICES', '1');
  expect(await fetchForTests(['kafka'], () => undefined)).toEqual(['kafka: WEIR_NO_SERVICES is set']);
  expect(runs()).toBe(2);
  vi.stubEnv('WEIR_NO_SERVICES', undefined);
  mavenThat('exit 0');
  expect(await fetchForTests(['kafka', 'registry'], () => undefined)).toEqual([]);
  expect(isFetched('registry')).toBe(true);
});
