import { type Command, CommanderError } from 'commander';
import { program } from '../../src/cli/main.ts';

/** What is wrong with a command line (without the leading `weir`), or null. Nothing is run and nothing is written. */
export async function commandLineProblem(args: readonly string[]): Promise<string | null> {
  const root = await program();
  silence(root);
  try {
    root.parse(args, { from: 'user' });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return error.exitCode === 0 ? null : error.message;
  }
}

function silence(command: Command): void {
  command.configureOutput({ writeOut: () => {}, writeErr: () => {} });
  if (command.commands.length === 0) command.action(() => {});
  for (const child of command.commands) silence(child);
}
