import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { replaceFile } from '../../engine/models/staged-folder.ts';
import { out, paintOut } from '../session.ts';
import { FIRST_FLOW } from './first-flow.ts';

export function initCommand(): Command {
  return new Command('init')
    .description('write a commented first flow that runs')
    .argument('[dir]', 'folder to write it in', '.')
    .addHelpText('after', '\nExample:\n  weir init my-flow && cd my-flow && weir run first.flow')
    .action(async (dir: string) => {
      const path = join(dir, 'first.flow');
      if (existsSync(path)) {
        throw new OperationalError('R203', `${path} is there already`, {
          hint: 'name another folder: weir init my-flow',
        });
      }
      await replaceFile(path, FIRST_FLOW).catch(cause => {
        const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
        throw new OperationalError('R211', `${path} cannot be written (${code})`, {
          hint: 'name a folder that may be made or written: weir init my-flow',
          cause,
        });
      });
      // Started by npx, `weir` alone is not to be found on the path.
      const weir = process.env['npm_command'] === 'exec' ? 'npx weir' : 'weir';
      const next = [`${weir} test first.flow`, `${weir} run first.flow`, `${weir} preview first.flow long`];
      const lines = dir === '.' ? next : [`cd ${dir}`, ...next];
      out.write(`${paintOut('green', 'wrote')} ${path}\n\nNow:\n${lines.map(line => `  ${line}\n`).join('')}`);
    });
}
