import { LogError, type LogErrorCode, type TopicPartition } from '../../engine/contract/log.ts';
import { BY_WEIGHT, type ErrorKind, KAFKA_ERRORS } from './error-table.ts';
import { refusalHint } from './refusal-hints.ts';

/** Error codes that somebody looks for by name; `error-table.ts` has all. */
export const KafkaCode = {
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  requestTimedOut: 7,
  illegalGeneration: 22,
  inconsistentGroupProtocol: 23,
  unknownMemberId: 25,
  rebalanceInProgress: 27,
  topicAlreadyExists: 36,
  invalidPartitions: 37,
  concurrentTransactions: 51,
  offsetNotAvailable: 78,
  memberIdRequired: 79,
} as const;

/** A code of an answer, and what it was said of. */
export interface AnswerError {
  readonly apiCode: number;
  readonly place?: TopicPartition;
  /** How many records of a batch are at fault, where the broker says it. */
  readonly records?: number;
}

/** An error like one of an answer, for what an answer says in other ways. */
export function answered(errors: readonly AnswerError[], cause?: unknown): Error {
  const names = errors.map(({ apiCode }) => nameOf(apiCode));
  return Object.assign(new Error(`Kafka answers ${names.join(', ')}`, { cause }), { errors });
}
export function passing(code: number): Error {
  return answered([{ apiCode: code }]);
}

/** What an answer that is an error says; none: there was no answer. A LogError made of one still tells it. */
export function answerErrors(error: unknown): readonly AnswerError[] {
  const { errors } = answerOf(error) as { readonly errors?: readonly Partial<AnswerError>[] };
  if (!Array.isArray(errors)) return [];
  return errors.filter((one): one is AnswerError => one.apiCode !== undefined);
}
/** The error that the client library threw. */
export function answerOf(error: unknown): object {
  const of = error instanceof LogError ? error.cause : error;
  return (of ?? {}) as object;
}
export function codesOf(error: unknown): readonly number[] {
  return answerErrors(error).map(({ apiCode }) => apiCode);
}
/** Kafka's names for them. */
export function namesOf(error: unknown): readonly string[] {
  return codesOf(error).map(nameOf);
}
export function hasCode(error: unknown, code: number): boolean {
  return codesOf(error).includes(code);
}

function kindOf(code: number): ErrorKind {
  return KAFKA_ERRORS.get(code)?.kind ?? 'unknown';
}
function nameOf(code: number): string {
  return KAFKA_ERRORS.get(code)?.name ?? `error ${code}`;
}
/** The error of an answer that says most, with its kind; null: there was no answer. */
function weightiest(error: unknown): { readonly one: AnswerError; readonly kind: ErrorKind } | null {
  const all = answerErrors(error).map(one => ({ one, kind: kindOf(one.apiCode) }));
  all.sort((a, b) => BY_WEIGHT.indexOf(a.kind) - BY_WEIGHT.indexOf(b.kind));
  return all[0] ?? null;
}

/** Worth asking again, where asking twice does no harm: the broker is gone, or is not the one to ask. */
export function isPassing(error: unknown): boolean {
  if (error instanceof LogError) return false;
  const found = weightiest(error);
  if (found !== null) return found.kind === 'passing';
  const { code } = error as { readonly code?: string };
  return code === 'PLT_KFK_NETWORK' || code === 'PLT_KFK_TIMEOUT' || /^E[A-Z]+$/.test(code ?? '');
}
/** The same request gets the same answer. */
export function isDefinite(error: unknown): boolean {
  const kind = weightiest(error)?.kind;
  return kind === 'refused' || kind === 'oversized' || kind === 'denied' || kind === 'too-old';
}

/**
 * What an error is to the log, where trying again has not mended it or cannot; one that is no answer as it is. `rest`: what kinds are that say
 * nothing definite. Of what a broker says in words nothing is told: it quotes records.
 */
export function logErrorOf(what: string, error: unknown, rest: LogErrorCode = 'dead'): unknown {
  if (error instanceof LogError) return error;
  const found = weightiest(error);
  if (found === null) return error;
  const { one, kind } = found;
  const { apiCode, place, records } = one;
  const isDecided = kind !== 'passing' && kind !== 'undecided' && kind !== 'unknown';
  const of = place === undefined ? '' : ` of ${place.topic}/${place.partition}`;
  const rows = records === undefined || records === 0 ? '' : ` for ${records} ${records === 1 ? 'record' : 'records'}`;
  return new LogError(isDecided ? kind : rest, `${what}: ${WHY[kind]} (${nameOf(apiCode)}${of}${rows}).`, {
    cause: error,
    ...(place && { place }),
    hint: refusalHint(nameOf(apiCode), kind),
  });
}

const WHY: Readonly<Record<ErrorKind, string>> = {
  fenced: 'another owner has begun',
  denied: 'the cluster does not allow it',
  'too-old': 'the brokers do not know this request',
  oversized: 'a record, or what is sent with it, is larger than the topic takes',
  refused: 'the brokers refuse it',
  gap: 'the offset is not there',
  unknown: 'the brokers cannot do it just now',
  undecided: 'the transaction before is still being ended',
  passing: 'the brokers cannot do it just now',
};
