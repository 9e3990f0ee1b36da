import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { missingForFetch } from './programs.ts';

/** A service that is run from Maven packages; `services/NAME/pom.xml` pins them. */
export type ServiceName = 'kafka' | 'registry';

/** Lines of Maven's output that are shown when it fails. */
const SHOWN_LINES = 30;

const sourceOf = (service: ServiceName) => join(import.meta.dirname, '../../services', service);

export const jarFolder = (service: ServiceName): string => mavenFolder(sourceOf(service));
export const isFetched = (service: ServiceName): boolean => existsSync(jarFolder(service));

/** The folder with a service's packages in `lib`, 55 to 115 MB: see `builtByMaven`. */
export function fetchJars(service: ServiceName, say: (line: string) => void, signal?: AbortSignal): Promise<string> {
  return builtByMaven(service, sourceOf(service), say, signal);
}

/**
 * Where what Maven makes of a folder with a POM is kept between runs. The hash of its files is in the name, so another version gets a
 * folder of its own and a folder is never changed once it is there.
 */
function mavenFolder(source: string): string {
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const hash = createHash('sha256');
  for (const path of readdirSync(source, { recursive: true, encoding: 'utf8' }).sort()) {
    if (statSync(join(source, path)).isFile()) hash.update(readFileSync(join(source, path)));
  }
  return join(caches, 'weir', 'services', hash.digest('hex').slice(0, 16));
}

/**
 * What `mvn package` makes of a folder with a POM, in a copy of that folder. Where it is not there yet, Maven makes it by its own
 * settings in a folder beside that takes its place whole: a build that is killed leaves nothing that looks complete, and of two at
 * once one wins. `say` is told what is done, `signal` ends it. Throws with Maven's last lines, or with what the machine lacks.
 */
export async function builtByMaven(
  name: string,
  source: string,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  const folder = mavenFolder(source);
  if (existsSync(folder)) return folder;
  const missing = missingForFetch();
  if (missing !== null) throw new Error(missing);
  mkdirSync(dirname(folder), { recursive: true });
  const making = mkdtempSync(`${folder}.`);
  try {
    say(`fetching ${name} with Maven into ${folder}`);
    const began = performance.now();
    cpSync(source, making, { recursive: true });
    await runMaven(join(making, 'pom.xml'), signal);
    rmSync(join(making, 'target'), { recursive: true, force: true });
    moveInto(making, folder);
    say(`fetched ${name} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  } finally {
    rmSync(making, { recursive: true, force: true });
  }
  return folder;
}

function moveInto(making: string, folder: string): void {
  try {
    renameSync(making, folder);
  } catch (error) {
    // Somebody else has fetched the same meanwhile.
    if (!existsSync(folder)) throw error;
  }
}

/** Asynchronous, so that a test that waits for it is not deaf to its runner. */
async function runMaven(pom: string, signal?: AbortSignal): Promise<void> {
  const args = ['--batch-mode', '--no-transfer-progress', '--file', pom, 'package'];
  const child = spawn('mvn', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(signal && { signal }),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', bytes => (output += String(bytes)));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code === 0) return;
  const lines = output.trimEnd().split('\n').slice(-SHOWN_LINES).join('\n');
  throw new Error(`mvn package failed for ${pom}; it said last:\n${lines}`);
}
