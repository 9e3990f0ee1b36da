import { AssertionError } from '../base/assert.ts';
import { OperationalError } from '../base/operational-error.ts';
import { systemErrorOf } from '../base/system-error.ts';
import { LogError } from '../contract/log.ts';

/** An error as it may leave the engine: code, a sentence without row values, a hint. Crosses threads as plain data. */
export interface SafeError {
  readonly kind: 'operational' | 'assertion';
  readonly code: string;
  readonly message: string;
  readonly operator: string | null;
  readonly retriable: boolean;
  readonly hint: string | null;
  /** Where in our code; never shown unless asked for. */
  readonly stack: string | null;
}

const LOG_CODES: Readonly<Record<string, string>> = {
  fenced: 'R101',
  unknown: 'R102',
  full: 'R103',
  dead: 'R104',
  gap: 'R105',
  corrupt: 'R106',
  locked: 'R107',
  partitions: 'R108',
  plan: 'R109',
  oversized: 'R110',
  'no-topic': 'R111',
  closed: 'R112',
  denied: 'R119',
  'too-old': 'R123',
};
/** Reopening from the last commit may mend these. */
const LOG_RETRIABLE: ReadonlySet<string> = new Set(['fenced', 'unknown', 'dead', 'closed']);

const STOPPED = {
  kind: 'operational',
  code: 'R511',
  message: 'the run was stopped',
  retriable: false,
  hint: null,
  stack: null,
} as const;

/**
 * Only messages written by us for people are passed on (OperationalError, LogError, assertions). Any other error's text may
 * quote a value (`Cannot read "…"`), so its kind alone is told.
 */
export function safeError(given: unknown, operator: string | null = null): SafeError {
  const error = systemErrorOf(given) ?? given;
  if (error instanceof OperationalError) {
    return {
      kind: 'operational',
      code: error.code,
      message: error.message,
      operator: error.operator ?? operator,
      retriable: error.retriable,
      hint: error.hint,
      stack: null,
    };
  }
  if (error instanceof LogError || (error instanceof Error && error.name === 'LogError')) {
    const code = String((error as LogError).code);
    const hint = code === 'full' ? 'free some space, then run again: nothing committed is lost' : null;
    return {
      kind: 'operational',
      code: LOG_CODES[code] ?? 'R102',
      message: error.message,
      operator,
      retriable: LOG_RETRIABLE.has(code),
      hint,
      stack: null,
    };
  }
  if (error instanceof Error && error.name === 'AbortError') {
    return { ...STOPPED, operator };
  }
  const isOurs = error instanceof AssertionError;
  const name = error instanceof Error ? error.name : typeof error;
  return {
    kind: 'assertion',
    code: 'A001',
    message: isOurs ? error.message : `${name}${operator === null ? '' : ` in ${operator}`}`,
    operator,
    retriable: false,
    hint: null,
    stack: error instanceof Error ? stackWithoutMessage(error) : null,
  };
}

/** The error again, on the other side of a thread. */
export function errorFrom(safe: SafeError): Error {
  if (safe.kind === 'assertion') {
    const error = new AssertionError(safe.message);
    if (safe.stack !== null) error.stack = `AssertionError: ${safe.message}\n${safe.stack}`;
    return error;
  }
  return new OperationalError(safe.code, safe.message, {
    ...(safe.operator === null ? {} : { operator: safe.operator }),
    retriable: safe.retriable,
    ...(safe.hint === null ? {} : { hint: safe.hint }),
  });
}

function stackWithoutMessage(error: Error): string {
  const lines = (error.stack ?? '').split('\n');
  return lines.filter(line => line.trimStart().startsWith('at ')).join('\n');
}
