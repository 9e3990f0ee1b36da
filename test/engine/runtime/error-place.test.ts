import { describe, expect, it } from 'vitest';
import { OperationalError } from '../../../src/engine/base/operational-error.ts';
import { LogError } from '../../../src/engine/contract/log.ts';
import { withPlace } from '../../../src/engine/runtime/stream/error-place.ts';

type Task = Parameters<typeof withPlace>[1];
const sink = { id: 'out_1', binding: 'out' };
const task = {
  chain: {
    outputs: [
      { kind: 'exchange', topic: 'x' },
      { kind: 'sink', sink },
    ],
  },
  topics: { out_1: { name: 'ehr.out', partitions: 2 }, x: { name: 'weir.f.x', partitions: 2 } },
  input: { kind: 'records', topic: 'ehr.in', source: { id: 'in_1', binding: 'vitals' } },
} as unknown as Task;
const place = (topic: string) => ({ place: { topic, partition: 1 } });

describe('an error of the log in a task', () => {
  it('of what a sink writes names the sink and its topic, and says what to do', () => {
    const error = withPlace(new LogError('oversized', 'A frame is too large.', place('ehr.out')), task);
    expect(error).toMatchObject({
      code: 'R110',
      message: 'sink out, topic ehr.out: A frame is too large.',
      operator: 'out_1',
      retriable: false,
      hint: expect.stringContaining('drop'),
    });
  });
  it('of another topic names that', () => {
    const error = withPlace(new LogError('unmade', 'No.', place('vitals.bad')), task);
    expect(error).toMatchObject({ code: 'R143', message: 'topic vitals.bad: No.', operator: null, retriable: true });
  });
  it('of rows that are gone names the source', () => {
    const error = withPlace(new LogError('gap', 'Offset 5 is not in ehr.in/0.'), task);
    expect(error).toMatchObject({
      code: 'R105',
      message: 'source vitals, topic ehr.in: Offset 5 is not in ehr.in/0.',
      hint: expect.stringContaining('retention.ms'),
    });
  });
  it('of records that are damaged names the source', () => {
    expect(withPlace(new LogError('corrupt', 'A record batch is damaged.'), task)).toMatchObject({
      code: 'R106',
      operator: 'in_1',
    });
  });
  it('keeps the hint it has', () => {
    const error = withPlace(new LogError('refused', 'No.', { ...place('ehr.out'), hint: 'give it a key' }), task);
    expect((error as OperationalError).hint).toBe('give it a key');
  });
  it.each([
    new LogError('fenced', 'Another owner.'),
    new OperationalError('R201', 'no file'),
    new TypeError('x'),
  ])('that has no place is left as it is', error => {
    expect(withPlace(error, task)).toBe(error);
  });
});
