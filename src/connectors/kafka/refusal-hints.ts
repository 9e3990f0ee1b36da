import type { ErrorKind } from './error-table.ts';

/** What mends a refusal, by Kafka's name for it. */
const BY_NAME: Readonly<Record<string, string>> = {
  INVALID_TIMESTAMP:
    'a record’s time is further from now than the topic takes (message.timestamp.after.max.ms, message.timestamp.before.max.ms): leave such rows out by a where before the sink, or have the settings of the topic raised',
  INVALID_RECORD: 'the topic wants more of a record: where it is compacted (cleanup.policy), give the sink a key:',
  MESSAGE_TOO_LARGE:
    'raise max.message.bytes of the topic to 1048588 or more, or leave long texts out by drop before the sink',
  RECORD_LIST_TOO_LARGE:
    'raise segment.bytes of the topic to 1048588 or more, or leave long texts out by drop before the sink',
  UNSUPPORTED_COMPRESSION_TYPE: 'choose another compression: at the sink',
  TOPIC_AUTHORIZATION_FAILED:
    'let the user read and describe the topics it reads, and write, create and describe those it writes',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    'let the user write and describe transactional ids that begin with weir., behind the prefix of the address',
  GROUP_AUTHORIZATION_FAILED: 'let the user read groups that begin with weir., behind the prefix of the address',
  CLUSTER_AUTHORIZATION_FAILED: 'let the user write idempotently, or create topics, on the cluster',
};
const BY_KIND: Partial<Record<ErrorKind, string>> = {
  refused:
    'have whoever keeps the cluster look what it means for this topic; run again then: it resumes at the last commit',
  passing: 'see whether all brokers run and the topic has its replicas; run again: it resumes at the last commit',
  unknown: 'look into the log of the broker; run again: it resumes at the last commit',
};

/** In a sentence without a capital, as hints of errors are; undefined: the kind of error has one of its own. */
export function refusalHint(name: string, kind: ErrorKind): string | undefined {
  return BY_NAME[name] ?? BY_KIND[kind];
}
