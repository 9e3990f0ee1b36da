import { AssertionError } from '../base/assert.ts';
import { OperationalError } from '../base/operational-error.ts';
import { systemErrorOf } from '../base/system-error.ts';
import { LogError, type LogErrorCode } from '../contract/log.ts';

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

interface LogCodeEntry {
  readonly code: string;
  /** Reopening from the last commit may mend it. */
  readonly retriable: boolean;
  /** Where the error has none of its own. */
  readonly hint: string;
}
const AGAIN = 'run again: it resumes at the last commit';
const LOG_CODES: Readonly<Record<LogErrorCode, LogCodeEntry>> = {
  fenced: {
    code: 'R101',
    retriable: true,
    hint: 'usually nothing: the newer process goes on; if two run by mistake, stop one',
  },
  unknown: { code: 'R102', retriable: true, hint: `${AGAIN}, whether that is this one or the one before` },
  unmade: { code: 'R143', retriable: true, hint: `see whether all brokers run and can be reached, then ${AGAIN}` },
  full: { code: 'R103', retriable: false, hint: 'free some space, then run again: nothing committed is lost' },
  dead: { code: 'R104', retriable: true, hint: `see whether the log can be reached, then ${AGAIN}` },
  gap: {
    code: 'R105',
    retriable: false,
    hint: 'rows of the topic went by its retention before they were read: raise that (retention.ms, retention.bytes); then begin anew over what is left with --fresh, from where from: of the source says',
  },
  corrupt: {
    code: 'R106',
    retriable: false,
    hint: 'restore the folder or topic from a backup; do not remove files of it',
  },
  locked: { code: 'R107', retriable: false, hint: 'wait for that process or end it, or use another folder: --log DIR' },
  partitions: {
    code: 'R108',
    retriable: false,
    hint: 'say partitions: as the topic has them, or name another topic: keys would change their place otherwise',
  },
  plan: {
    code: 'R109',
    retriable: false,
    hint: 'stop the processes that run the other text or parameters (weir stop FLOW), or run the same as they do',
  },
  oversized: {
    code: 'R110',
    retriable: false,
    hint: 'leave long texts out before the sink (drop, select), or cut them: one row is more than a record may be',
  },
  'no-topic': {
    code: 'R111',
    retriable: false,
    hint: 'see what there is by weir topics list; run the flow that writes it first, or put the name right',
  },
  closed: { code: 'R112', retriable: true, hint: AGAIN },
  denied: {
    code: 'R119',
    retriable: false,
    hint: 'see the user in the address and WEIR_KAFKA_PASSWORD; weir explain-error R119 says which rights the user needs',
  },
  'too-old': { code: 'R123', retriable: false, hint: 'use Kafka 4.0 or newer' },
  refused: {
    code: 'R142',
    retriable: false,
    hint: `have whoever keeps the cluster look at the settings of the topic, then ${AGAIN}`,
  },
};

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
    const { code, retriable, hint } = LOG_CODES[(error as LogError).code] ?? LOG_CODES.unknown;
    return {
      kind: 'operational',
      code,
      message: error.message,
      operator,
      retriable,
      hint: (error as LogError).parts?.hint ?? hint,
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
