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
      await replaceFile(path, FIRST_FLOW);
      const into = dir === '.' ? '' : `cd ${dir}\n  `;
      out.write(
        `${paintOut('green', 'wrote')} ${path}\n\nNow:\n  ${into}weir test first.flow\n  weir run first.flow\n  weir preview first.flow long\n`,
      );
    });
}
