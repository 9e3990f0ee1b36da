import { Command } from 'commander';
import { explainError } from '../../dsl/diagnostics/explain.ts';
import { UsageError } from '../failure.ts';
import { out } from '../session.ts';

export function explainErrorCommand(): Command {
  return new Command('explain-error')
    .description('say more about an error code')
    .argument('<code>', 'as in E201')
    .addHelpText('after', '\nExample:\n  weir explain-error E501')
    .action((code: string) => {
      const text = explainError(code.toUpperCase());
      if (text === null) throw new UsageError(`no error has the code ${code}; docs/diagnostics/ lists them all`);
      out.write(text.endsWith('\n') ? text : `${text}\n`);
    });
}
