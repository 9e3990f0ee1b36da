import { expect, it } from 'vitest';
import { KafkaNames } from '../../../src/connectors/kafka/kafka-names.ts';

const names = new KafkaNames('');
const task = { flow: 'score~2', chain: 'alerts/select', partition: 3 };

it('names that Kafka takes stay as they are', () => {
  expect(names.topic('alerts.v2_a-b')).toBe('alerts.v2_a-b');
});

it('other letters are told by their bytes', () => {
  expect(names.topic('weir.score.1.sums/running')).toBe('weir.score.1.sums_x2frunning');
  expect(names.topic('é')).toBe('_xc3a9');
  expect(names.changelog(task)).toBe('weir.score_x7e2.alerts_x2fselect.changelog');
});

it('a transactional id is of one task', () => {
  expect(names.transactionalId(task)).toBe('weir.score~2.alerts/select.3');
});

it('a prefix begins all of them', () => {
  const prefixed = new KafkaNames('test.');
  const all = [
    prefixed.topic('a'),
    prefixed.changelog(task),
    prefixed.transactionalId(task),
    prefixed.group('f'),
    prefixed.specs,
  ];
  for (const name of all) expect(name).toMatch(/^test\./);
});

it('a name too long for Kafka is refused', () => {
  expect(names.topic('a'.repeat(249))).toHaveLength(249);
  expect(() => names.topic('a'.repeat(250))).toThrow(expect.objectContaining({ code: 'no-topic' }));
});
