import { LogError, type LogErrorCode } from '../../engine/contract/log.ts';

/** Error codes of Kafka's protocol that are told apart here. */
export const KafkaCode = {
  offsetOutOfRange: 1,
  unknownTopicOrPartition: 3,
  leaderNotAvailable: 5,
  notLeader: 6,
  requestTimedOut: 7,
  messageTooLarge: 10,
  coordinatorLoading: 14,
  coordinatorNotAvailable: 15,
  notCoordinator: 16,
  notEnoughReplicas: 19,
  notEnoughReplicasAfterAppend: 20,
  illegalGeneration: 22,
  inconsistentGroupProtocol: 23,
  unknownMemberId: 25,
  rebalanceInProgress: 27,
  topicAuthorizationFailed: 29,
  groupAuthorizationFailed: 30,
  clusterAuthorizationFailed: 31,
  topicAlreadyExists: 36,
  invalidPartitions: 37,
  invalidProducerEpoch: 47,
  invalidTransactionState: 48,
  invalidProducerIdMapping: 49,
  concurrentTransactions: 51,
  transactionCoordinatorFenced: 52,
  kafkaStorageError: 56,
  fencedLeaderEpoch: 74,
  unknownLeaderEpoch: 75,
  offsetNotAvailable: 78,
  unsupportedVersion: 35,
  transactionalIdAuthorizationFailed: 53,
  saslAuthenticationFailed: 58,
  memberIdRequired: 79,
  producerFenced: 90,
} as const;

/** Another owner of the transactional id has begun since. */
const FENCED = new Set<number>([
  KafkaCode.invalidProducerEpoch,
  KafkaCode.producerFenced,
  KafkaCode.transactionCoordinatorFenced,
  KafkaCode.invalidProducerIdMapping,
]);
/** Somebody else leads, or will in a moment: look it up anew. */
const MOVED = new Set<number>([
  KafkaCode.unknownTopicOrPartition,
  KafkaCode.leaderNotAvailable,
  KafkaCode.notLeader,
  KafkaCode.requestTimedOut,
  KafkaCode.coordinatorLoading,
  KafkaCode.coordinatorNotAvailable,
  KafkaCode.notCoordinator,
  KafkaCode.notEnoughReplicas,
  KafkaCode.notEnoughReplicasAfterAppend,
  KafkaCode.kafkaStorageError,
  KafkaCode.fencedLeaderEpoch,
  KafkaCode.unknownLeaderEpoch,
  // A new leader does not know yet how far the old one had come.
  KafkaCode.offsetNotAvailable,
]);

const DENIED = new Set<number>([
  KafkaCode.topicAuthorizationFailed,
  KafkaCode.groupAuthorizationFailed,
  KafkaCode.clusterAuthorizationFailed,
  KafkaCode.transactionalIdAuthorizationFailed,
  KafkaCode.saslAuthenticationFailed,
]);

/** What an error of an answer is to the log, where more is not known of it; others as they are. */
export function logErrorOf(what: string, error: unknown): unknown {
  const codes = codesOf(error);
  const told = (code: LogErrorCode, why: string) => new LogError(code, `${what}: ${why}.`, { cause: error });
  if (codes.some(code => DENIED.has(code))) return told('denied', 'the cluster does not allow it');
  if (codes.includes(KafkaCode.unsupportedVersion)) return told('too-old', 'the brokers do not know this request');
  if (codes.includes(KafkaCode.messageTooLarge)) return told('oversized', 'a record is larger than the topic takes');
  return error;
}

/** The codes in an answer that the client library threw for; empty: there was no answer. */
export function codesOf(error: unknown): readonly number[] {
  const { errors } = error as { readonly errors?: readonly { readonly apiCode?: number }[] };
  if (!Array.isArray(errors)) return [];
  return errors.flatMap(({ apiCode }) => (apiCode === undefined ? [] : [apiCode]));
}
export function hasCode(error: unknown, code: number): boolean {
  return codesOf(error).includes(code);
}
export function isFenced(error: unknown): boolean {
  return codesOf(error).some(code => FENCED.has(code));
}
/** Worth asking again, where asking twice does no harm: the broker is gone, or is not the one to ask. */
export function isPassing(error: unknown): boolean {
  const codes = codesOf(error);
  if (codes.length > 0) return codes.every(code => MOVED.has(code));
  const { code } = error as { readonly code?: string };
  return code === 'PLT_KFK_NETWORK' || code === 'PLT_KFK_TIMEOUT' || /^E[A-Z]+$/.test(code ?? '');
}

/** An error like one of an answer, for what an answer says in other ways. */
export function passing(code: number): Error {
  return Object.assign(new Error(`Kafka's error ${code}`), { errors: [{ apiCode: code }] });
}
