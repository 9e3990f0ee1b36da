import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { missingForFetch } from './programs.ts';

/** A service that is run from Maven packages; `services/NAME/pom.xml` pins them. */
export type ServiceName = 'kafka' | 'registry';

/** Lines of Maven's output that are shown when it fails. */
const SHOWN_LINES = 30;

const pomOf = (service: ServiceName) => join(import.meta.dirname, '../../services', service, 'pom.xml');

/**
 * Where a service's packages are kept between runs. The POM's hash is in the name, so another version gets a folder of its own and
 * a folder is never changed once it is there.
 */
export function jarFolder(service: ServiceName): string {
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache');
  const hash = createHash('sha256')
    .update(readFileSync(pomOf(service)))
    .digest('hex')
    .slice(0, 16);
  return join(caches, 'weir', 'services', hash);
}

export const isFetched = (service: ServiceName): boolean => existsSync(jarFolder(service));

/**
 * The folder with a service's packages in `lib`. Where it is not there yet, Maven fetches them (55 to 115 MB) by its own settings,
 * in a folder beside that takes its place whole: a fetch that is killed leaves nothing that looks complete, and of two at once one wins.
 * `say` is told what is done, `signal` ends it. Throws with Maven's last lines, or with what the machine lacks.
 */
export async function fetchJars(
  service: ServiceName,
  say: (line: string) => void,
  signal?: AbortSignal,
): Promise<string> {
  const folder = jarFolder(service);
  if (existsSync(folder)) return folder;
  const missing = missingForFetch();
  if (missing !== null) throw new Error(missing);
  mkdirSync(dirname(folder), { recursive: true });
  const making = mkdtempSync(`${folder}.`);
  try {
    say(`fetching ${service} with Maven into ${folder}`);
    const began = performance.now();
    copyFileSync(pomOf(service), join(making, 'pom.xml'));
    await runMaven(join(making, 'pom.xml'), signal);
    rmSync(join(making, 'target'), { recursive: true, force: true });
    moveInto(making, folder);
    say(`fetched ${service} in ${((performance.now() - began) / 1000).toFixed(1)} s`);
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
