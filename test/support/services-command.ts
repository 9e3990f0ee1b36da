import { spawn } from 'node:child_process';
import { join } from 'node:path';

const SCRIPT = join(import.meta.dirname, '../../scripts/services/main.ts');

export interface CommandEnd {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** `npm run services -- …`, with its list of what runs in a folder of the test's own. */
export function servicesCommand(dir: string, ...args: readonly string[]): Promise<CommandEnd> {
  const child = spawn(process.execPath, [SCRIPT, ...args, '--dir', dir], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', bytes => (out += String(bytes)));
  child.stderr.on('data', bytes => (err += String(bytes)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => resolve({ code, out, err }));
  });
}
