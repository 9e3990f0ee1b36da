import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { OperationalError } from '../engine/base/operational-error.ts';
import { EXIT, EXIT_CODES } from './exit-codes.ts';
import { failedSummary } from './failed-summary.ts';
import { ExitError, failureOf, failureText, UsageError } from './failure.ts';
import { err, out, paintErr } from './session.ts';

/** Runs the command line; sets the exit code and returns when all output has been handed over. */
export async function main(args: readonly string[]): Promise<void> {
  for (const stream of [out, err]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      // A reader that has seen enough (`| head`) is no failure; a run that it ends is not done, though.
      if (stream === out && process.exitCode === undefined)
        process.exit(args[0] === 'run' ? tell(outputClosed(error), args) : EXIT.ok);
    });
  }
  // Whatever nobody waits for is a failure like the others: Node would end with 1, which says that the flow is wrong.
  process.on('uncaughtException', error => process.exit(tell(error, args)));
  try {
    if (args[0]?.endsWith('.flow')) throw new UsageError(`${args[0]} is no command; did you mean: weir run ${args[0]}`);
    const root = await program(args[0]);
    await root.parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = tell(error, args);
  }
}

function outputClosed(cause: Error): OperationalError {
  return new OperationalError('R214', 'standard output was closed by its reader, and the run ended', {
    hint: 'run it again to go on from its last commit',
    cause,
  });
}

/** Says what ended a command, as far as it has not been said, and gives the exit code. */
function tell(error: unknown, args: readonly string[]): number {
  if (error instanceof CommanderError && error.exitCode === 0) return EXIT.ok;
  const wanted = args[0] === 'run' && args.includes('--json');
  const summary = wanted ? failedSummary(error, Math.round(performance.now()) / 1000) : null;
  if (summary !== null) out.write(`${JSON.stringify(summary)}\n`);
  if (error instanceof ExitError) return error.exitCode;
  const failure = failureOf(error);
  // Commander has written its own.
  if (!(error instanceof CommanderError)) err.write(failureText(failure, paintErr));
  if (error instanceof UsageError && COMMANDS.has(args[0])) err.write(`(weir ${args[0]} --help)\n`);
  if (process.env['WEIR_DEBUG'] && error instanceof Error) err.write(`${error.stack}\n`);
  return failure.exitCode;
}

/**
 * In the order of the help. A module is loaded when its command is asked for, since most bring a part of the engine only they
 * need; all are where help is wanted, or a word is none of them.
 */
const COMMANDS: ReadonlyMap<string | undefined, () => Promise<Command>> = new Map([
  ['init', async () => (await import('./commands/init.ts')).initCommand()],
  ['check', async () => (await import('./commands/check.ts')).checkCommand()],
  ['fmt', async () => (await import('./commands/fmt.ts')).fmtCommand()],
  ['explain', async () => (await import('./commands/explain.ts')).explainCommand()],
  ['run', async () => (await import('./commands/run.ts')).runCommand()],
  ['stop', async () => (await import('./commands/stop.ts')).stopCommand()],
  ['preview', async () => (await import('./commands/preview.ts')).previewCommand()],
  ['test', async () => (await import('./commands/test.ts')).testCommand()],
  ['simulate', async () => (await import('./commands/simulate.ts')).simulateCommand()],
  ['models', async () => (await import('./commands/models.ts')).modelsCommand()],
  ['topics', async () => (await import('./commands/topics.ts')).topicsCommand()],
  ['plan', async () => (await import('./commands/plan.ts')).planCommand()],
  ['state', async () => (await import('./commands/state.ts')).stateCommand()],
  ['complete', async () => (await import('./commands/complete.ts')).completeCommand()],
  ['doctor', async () => (await import('./commands/doctor.ts')).doctorCommand()],
  ['explain-error', async () => (await import('./commands/explain-error.ts')).explainErrorCommand()],
]);
const NEEDS_NONE: ReadonlySet<string | undefined> = new Set(['--version', '-V']);

/** The command line, as yet unread: whole, or with the one command that is asked for. */
export async function program(asked?: string): Promise<Command> {
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const root = new Command('weir')
    .description('A dataflow stream-processing engine with its own small language, for health data.')
    .version(version)
    .addHelpText('after', `\nStart here:\n  weir init my-flow && cd my-flow && weir run first.flow\n\n${EXIT_CODES}`);
  const only = COMMANDS.get(asked);
  const wanted = only === undefined ? [...COMMANDS.values()] : [only];
  if (!NEEDS_NONE.has(asked)) for (const load of wanted) root.addCommand(await load());
  settle(root, 'weir');
  return root;
}

/** Of every command: errors lead to its own help, and are thrown: Commander would end the process before output is through. */
function settle(command: Command, words: string): void {
  command.showHelpAfterError(`(${words} --help)`).exitOverride();
  for (const child of command.commands) settle(child, `${words} ${child.name()}`);
}
