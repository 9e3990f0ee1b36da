import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { checkCommand } from './commands/check.ts';
import { doctorCommand } from './commands/doctor.ts';
import { explainCommand } from './commands/explain.ts';
import { explainErrorCommand } from './commands/explain-error.ts';
import { fmtCommand } from './commands/fmt.ts';
import { initCommand } from './commands/init.ts';
import { modelsCommand } from './commands/models.ts';
import { previewCommand } from './commands/preview.ts';
import { runCommand } from './commands/run.ts';
import { testCommand } from './commands/test.ts';
import { topicsCommand } from './commands/topics.ts';
import { EXIT } from './exit-codes.ts';
import { ExitError, failureOf, failureText } from './failure.ts';
import { err, paintErr } from './session.ts';

/** Runs the command line; sets the exit code and returns when all output has been handed over. */
export async function main(args: readonly string[]): Promise<void> {
  // A reader that has seen enough (`| head`) is no failure of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok);
    throw error;
  });
  try {
    await program().parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = exitCodeFor(error);
  }
}

function exitCodeFor(error: unknown): number {
  if (error instanceof ExitError) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const failure = failureOf(error);
  err.write(failureText(failure, paintErr));
  if (process.env['WEIR_DEBUG'] && error instanceof Error) err.write(`${error.stack}\n`);
  return failure.exitCode;
}

/** The whole command line, as yet unread. */
export function program(): Command {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const root = new Command('weir')
    .description('A dataflow stream-processing engine with its own small language, for health data.')
    .version(version)
    .showHelpAfterError('(weir --help, or weir COMMAND --help)')
    .addHelpText('after', '\nStart here:\n  weir init my-flow && cd my-flow && weir run first.flow');
  const commands = [
    initCommand(),
    checkCommand(),
    fmtCommand(),
    explainCommand(),
    runCommand(),
    previewCommand(),
    testCommand(),
    modelsCommand(),
    topicsCommand(),
    doctorCommand(),
    explainErrorCommand(),
  ];
  for (const command of commands) root.addCommand(command);
  exitByThrowing(root);
  return root;
}

/** Commander would end the process itself, before output to a pipe is through. */
function exitByThrowing(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) exitByThrowing(child);
}
