/** Codes of `org.apache.kafka.common.protocol.Errors` of Kafka 4.3.1 whose exception is a `RetriableException`. */
export const RETRIABLE: readonly number[] = [
  2, 3, 5, 6, 7, 9, 13, 14, 15, 16, 19, 20, 41, 51, 56, 70, 71, 72, 74, 75, 78, 80, 83, 84, 88, 89, 100, 103, 106, 122,
  123, 133,
];
/** The largest code there. */
export const LAST_CODE = 133;
