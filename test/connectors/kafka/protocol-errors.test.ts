import { describe, expect, it } from 'vitest';
import { BY_WEIGHT, KAFKA_ERRORS } from '../../../src/connectors/kafka/error-table.ts';
import {
  answerErrors,
  answered,
  hasCode,
  isDefinite,
  isPassing,
  logErrorOf,
  passing,
} from '../../../src/connectors/kafka/protocol-errors.ts';
import { LogError, type LogErrorCode } from '../../../src/engine/contract/log.ts';
import { LAST_CODE, RETRIABLE } from './support/kafka-errors.ts';

const codes = Array.from({ length: LAST_CODE + 2 }, (_, i) => i - 1).filter(code => code !== 0);
const told = (code: number, rest?: LogErrorCode) => logErrorOf('It', passing(code), rest) as LogError;

describe('the errors of the protocol', () => {
  it('are all in the table, once, by name', () => {
    expect([...KAFKA_ERRORS.keys()]).toEqual(codes);
    const names = [...KAFKA_ERRORS.values()].map(({ name }) => name);
    expect(new Set(names).size).toBe(codes.length);
    for (const name of names) expect(name).toMatch(/^[A-Z_]+$/);
  });
  it('pass where Kafka says that they can be tried again, and nowhere else', () => {
    const ours = codes.filter(code => ['passing', 'undecided'].includes(KAFKA_ERRORS.get(code)!.kind));
    expect(ours).toEqual(RETRIABLE);
    for (const code of codes)
      expect([code, isPassing(passing(code))]).toEqual([code, ours.includes(code) && code !== 51]);
  });
  it('all are something to the log, which says by their names what they are', () => {
    for (const code of codes) {
      const { name, kind } = KAFKA_ERRORS.get(code)!;
      const error = told(code, 'unmade');
      expect(error).toBeInstanceOf(LogError);
      expect(error.code).toBe(['passing', 'undecided', 'unknown'].includes(kind) ? 'unmade' : kind);
      expect(error.message).toContain(name);
      expect(isPassing(error)).toBe(false);
      expect(hasCode(error, code)).toBe(true);
      // Only what may be otherwise the next time is left to another try.
      expect(isDefinite(passing(code))).toBe(['refused', 'denied', 'too-old', 'oversized'].includes(kind));
    }
  });
  it('that nobody knows yet are left to another try', () => {
    expect(told(LAST_CODE + 500, 'unmade')).toMatchObject({ code: 'unmade', message: expect.stringContaining('633') });
  });
  it.each([
    ['an epoch that is over', 47, 'fenced'],
    ['a time the topic does not take', 32, 'refused'],
    ['a record the topic does not take', 87, 'refused'],
    ['a batch larger than a segment', 18, 'oversized'],
    ['a topic that may not be written', 29, 'denied'],
    ['too few replicas', 19, 'unmade'],
    ['sequence numbers with a hole', 45, 'unmade'],
    ['a server that does not know what has happened', -1, 'unmade'],
  ] as const)('%s (%i) makes a commit %s', (_, code, expected) => {
    expect(told(code, 'unmade').code).toBe(expected);
  });
});

describe('an answer of several errors', () => {
  const place = { topic: 'out', partition: 3 };
  it('is what the weightiest of them is, with its place and how many records', () => {
    const error = answered([{ apiCode: 6 }, { apiCode: 55 }, { apiCode: 32, place, records: 2 }, { apiCode: 19 }]);
    expect(isPassing(error)).toBe(false);
    const { code, message, parts } = logErrorOf('The commit', error) as LogError;
    expect(code).toBe('refused');
    expect(message).toBe('The commit: the brokers refuse it (INVALID_TIMESTAMP of out/3 for 2 records).');
    expect(parts).toEqual({ place, hint: expect.stringContaining('message.timestamp.after.max.ms') });
  });
  it('is fenced before it is anything else', () => {
    expect(logErrorOf('It', answered([{ apiCode: 29 }, { apiCode: 90 }]))).toMatchObject({ code: 'fenced' });
    expect(BY_WEIGHT[0]).toBe('fenced');
  });
  it('is no answer where it has no code', () => {
    const lost = Object.assign(new Error('lost'), { code: 'PLT_KFK_NETWORK' });
    expect(answerErrors(lost)).toEqual([]);
    expect(isPassing(lost)).toBe(true);
    expect(logErrorOf('It', lost)).toBe(lost);
  });
});
