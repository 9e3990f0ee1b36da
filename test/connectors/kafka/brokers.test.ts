import { expect, it } from 'vitest';
import { Brokers } from '../../../src/connectors/kafka/brokers.ts';
import { KafkaCode, passing } from '../../../src/connectors/kafka/protocol-errors.ts';

/** Brokers of which nobody asks anything, at a time that pauses alone move. */
function quickBrokers() {
  let now = 0;
  const outages: string[] = [];
  const sleep = async (ms: number) => {
    now += ms;
  };
  const brokers = new Brokers({
    bootstrap: [{ host: 'broker', port: 9092 }],
    clock: { now: () => now, elapsed: () => now, sleep },
    connection: () => {
      throw new Error('nobody connects');
    },
    patience: 20_000,
    onOutage: message => outages.push(message),
  });
  return { brokers, outages };
}

it('a partition without a leader is told by that name, and not as brokers that do not answer', async () => {
  const { brokers, outages } = quickBrokers();
  const asked = brokers.persist('Reading in/0', async () => {
    throw passing(KafkaCode.leaderNotAvailable);
  });
  await expect(asked).rejects.toMatchObject({
    code: 'dead',
    message: 'Reading in/0, asked for 15 s: the brokers cannot do it just now (LEADER_NOT_AVAILABLE).',
  });
  expect(outages).toEqual([
    expect.stringMatching(/^the brokers at broker:9092 answer LEADER_NOT_AVAILABLE; they are asked again for \d+ s$/),
  ]);
});

it('brokers that do not answer are told as that', async () => {
  const { brokers, outages } = quickBrokers();
  const asked = brokers.persist('Reading in/0', async () => {
    throw Object.assign(new Error('refused'), { code: 'ECONNREFUSED' });
  });
  await expect(asked).rejects.toMatchObject({
    code: 'dead',
    message: 'Reading in/0: no broker at broker:9092 has answered in 15 s.',
  });
  expect(outages).toEqual([expect.stringMatching(/^no broker at broker:9092 answers; /)]);
});
