import { CommanderError } from 'commander';
import type { Diagnostic } from '../engine/contract/diagnostic.ts';
import { safeError } from '../engine/observe/redact.ts';
import { EXIT } from './exit-codes.ts';
import type { Paint } from './terminal/color.ts';

/** A flow that does not compile, as scripts are told of it. */
export interface WrongFlow {
  /** Its name, where it was read so far. */
  readonly flow: string | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Ends a command with a message already written. */
export class ExitError extends Error {
  override readonly name = 'ExitError';
  readonly exitCode: number;
  readonly wrong: WrongFlow | null;
  constructor(exitCode: number, wrong: WrongFlow | null = null) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
    this.wrong = wrong;
  }
}

/** The command line is wrong in a way that only the command can tell. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export interface Failure {
  readonly exitCode: number;
  readonly code: string;
  readonly message: string;
  readonly hint: string | null;
}

/** Codes that are not of the world, though they come up only as a flow is run. */
const EXIT_OF: Readonly<Record<string, number>> = {
  R217: EXIT.usage,
  R520: EXIT.requirement,
  R552: EXIT.flow,
};

/** Diagnostics of what is wrong with the world and not with the flow: a schema registry that does not answer, or refuses. */
const OF_THE_WORLD: ReadonlySet<string> = new Set(['E710', 'E712']);

/** For a flow with errors: `world` where nothing else is wrong with it, so that whoever starts it tries again. */
export function exitOfErrors(diagnostics: readonly Diagnostic[]): number {
  const errors = diagnostics.filter(one => one.severity === 'error');
  return errors.every(one => OF_THE_WORLD.has(one.code)) ? EXIT.world : EXIT.flow;
}

export function exitCodeOf(code: string): number {
  return EXIT_OF[code] ?? EXIT.world;
}

/** Which kind of failure an error is. The world's errors have codes; anything else is a bug of ours, and may quote a value. */
export function failureOf(error: unknown): Failure {
  if (error instanceof UsageError || error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '');
    return { exitCode: EXIT.usage, code: 'USAGE', message, hint: null };
  }
  const { kind, code, message, hint } = safeError(error);
  if (kind === 'operational') return { exitCode: exitCodeOf(code), code, message, hint };
  return {
    exitCode: EXIT.bug,
    code: 'BUG',
    message: `an unexpected error: ${message}`,
    hint: 'this is a bug of Weir, or of a module given by --with: WEIR_DEBUG=1 shows the stack; report it with the flow (never with patient data)',
  };
}

export function failureText({ code, message, hint }: Omit<Failure, 'exitCode'>, paint: Paint): string {
  const shown = code === 'USAGE' ? '' : ` ${code}`;
  const help = hint === null ? '' : `  ${paint('cyan', 'help')}: ${hint}\n`;
  return `${paint('red', 'error')}${shown}: ${message}\n${help}`;
}
