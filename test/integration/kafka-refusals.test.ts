import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { freePorts } from '../../scripts/services/free-ports.ts';
import { openLog } from '../../src/connectors/kafka/open-log.ts';
import { systemClock } from '../../src/engine/base/system-clock.ts';
import { NULL_PART, RecordFrames } from '../../src/engine/columnar/record-frame.ts';
import type { Log } from '../../src/engine/contract/log.ts';
import { codeOf, commitOf, numbersOnce, part, task } from '../conformance/log/helpers.ts';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';
import { createTopic } from '../support/kafka-tools.ts';
import { run } from './support/weir-runs.ts';

const reason = skipReason();
const [guarded] = await freePorts(1);

async function asked<T>(address: string, password: string | null, ask: (log: Log) => Promise<T>): Promise<T> {
  const log = openLog({ address, password }, systemClock);
  try {
    return await ask(log);
  } finally {
    await log.close();
  }
}

describe.skipIf(reason !== null)(`brokers that refuse${skipNote(reason)}`, { timeout: 60_000 }, () => {
  const jaas = (users: string) => `org.apache.kafka.common.security.plain.PlainLoginModule required ${users};`;
  const kafka = kafkaForTests({
    brokers: 1,
    settings: ({ port, controllerPort }) => ({
      listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort},SASL://127.0.0.1:${guarded}`,
      'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},SASL://127.0.0.1:${guarded}`,
      'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT',
      'sasl.enabled.mechanisms': 'PLAIN',
      'listener.name.sasl.plain.sasl.jaas.config': jaas('user_weir="right" user_guest="right"'),
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS;User:weir',
      'message.max.bytes': '200000',
      // Of topics that others make: ours say what they want.
      'log.cleanup.policy': 'compact',
    }),
  });
  const as = (user: string) => `kafka://127.0.0.1:${guarded}?sasl=plain&user=${user}`;

  it('a user with its password is let in', async () => {
    const commit = async (log: Log) => {
      await log.ensureTopics([{ name: 'out', partitions: 1 }]);
      return (await log.open(task(0))).commit(commitOf(1, [part('out')]));
    };
    expect(await asked(as('weir'), 'right', commit)).toMatchObject({ seq: 1n });
  });
  it('a wrong password, none, and a user nobody knows are not', async () => {
    const topics = (log: Log) => log.topics();
    expect(await codeOf(asked(as('weir'), 'wrong', topics))).toBe('denied');
    expect(await codeOf(asked(as('nobody'), 'right', topics))).toBe('denied');
    await expect(asked(as('weir'), null, topics)).rejects.toMatchObject({ code: 'R119' });
  });
  it('a user without rights may neither make topics nor open tasks', async () => {
    const out = [{ name: 'new', partitions: 1 }];
    expect(await codeOf(asked(as('guest'), 'right', log => log.ensureTopics(out)))).toBe('denied');
    expect(await codeOf(asked(as('guest'), 'right', log => log.open(task(0))))).toBe('denied');
    expect(await codeOf(asked(as('guest'), 'right', log => log.describe('out')))).toBe('denied');
  });
  it('a commit with a record that the topic does not take is refused, and leaves nothing', async () => {
    const commits = async (log: Log) => {
      await log.ensureTopics([{ name: 'large', partitions: 2 }]);
      const first = await log.open(task(1));
      // Batches are written uncompressed, so that zeros count.
      const large = { to: part('large', 1), frames: [new Uint8Array(300_000)] };
      const commit = commitOf(1, [part('large')]);
      expect(await codeOf(first.commit({ ...commit, outputs: [...commit.outputs, large] }))).toBe('oversized');
      const heir = await log.open(task(1));
      expect(heir.last).toBeNull();
      await heir.commit(commitOf(2, [part('large')]));
      return numbersOnce(log, part('large'), 1);
    };
    expect(await asked(as('weir'), 'right', commits)).toEqual([2]);
  });
  it('a commit with records whose time the topic does not take is refused for good, and nobody waits for its end', async () => {
    await asked(as('weir'), 'right', async log => {
      await createTopic(kafka().bootstrap, 'times', 1, { 'cleanup.policy': 'delete' });
      await log.ensureTopics([{ name: 'rows', partitions: 1 }]);
      const first = await log.open(task(2));
      const frames = new RecordFrames();
      const value = { bytes: new TextEncoder().encode('secret'), from: 0, to: 6 };
      const late = systemClock.now() + 10 * 86_400_000;
      for (const time of [systemClock.now(), late]) frames.add(time, NULL_PART, value, NULL_PART);
      const records = { to: part('times'), frames: frames.take(), records: { codec: 'gzip' as const } };
      const commit = commitOf(1, [part('rows')]);
      const refused = first.commit({ ...commit, outputs: [...commit.outputs, records] });
      await expect(refused).rejects.toMatchObject({
        code: 'refused',
        message: expect.stringMatching(
          /was not made: the brokers refuse it \(INVALID_TIMESTAMP of times\/0 for 1 record\)/,
        ),
        parts: { place: part('times'), hint: expect.stringContaining('message.timestamp.after.max.ms') },
      });
      // Otherwise readers would wait for a minute, until the broker aborts it.
      const open = async () => (await log.describe('rows')).ends.map(({ end, stableEnd }) => Number(end - stableEnd));
      await expect.poll(open, { timeout: 10_000 }).toEqual([0]);
      expect((await log.describe('rows')).ends[0].end).toBeGreaterThan(0n);
      expect(await codeOf(first.commit(commit))).toBe('dead');
      const heir = await log.open(task(2));
      expect(heir.last).toBeNull();
      await heir.commit(commitOf(2, [part('rows')]));
      expect(await numbersOnce(log, part('rows'), 1)).toEqual([2]);
    });
  });
  it('a commit to a topic that has been deleted says which', async () => {
    await asked(`kafka://${kafka().bootstrap}`, null, async log => {
      await log.ensureTopics([{ name: 'gone', partitions: 1 }]);
      const owner = await log.open(task(3));
      await owner.commit(commitOf(1, [part('gone')]));
      await log.deleteTopics(['gone']);
      await expect(owner.commit(commitOf(2, [part('gone')]))).rejects.toMatchObject({
        code: 'no-topic',
        message: expect.stringContaining('gone'),
        parts: { place: part('gone') },
      });
    });
  });
  it('a run whose rows a topic refuses ends, and says which sink and why', async () => {
    await createTopic(kafka().bootstrap, 'compact.out', 1, { 'cleanup.policy': 'compact' });
    const { error } = await run(
      `flow compacting v1
      schema Row { name: string @phi, n: int }
      source rows = generate(10, seed: 1) { schema: Row }
      sink latest = rows | write topic("compact.out"), format: json`,
      `kafka://${kafka().bootstrap}`,
    );
    expect(error).toEqual({
      code: 'R142',
      message: expect.stringMatching(
        /^sink latest, topic compact\.out: .* \(INVALID_RECORD of compact\.out\/0 for 10 records\)/,
      ),
      hint: expect.stringContaining('give the sink a key:'),
    });
  });
  it('a topic of its own that forgets what it holds is refused, by whoever may see its settings', async () => {
    const { bootstrap } = kafka();
    const settings = {
      compacting: { 'cleanup.policy': 'compact', 'retention.ms': '-1' },
      short: { 'cleanup.policy': 'delete', 'retention.ms': '604800000' },
      small: { 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '1000000' },
      whole: { 'cleanup.policy': 'delete', 'retention.ms': '-1' },
    };
    const codes: Record<string, string> = {};
    for (const [chain, config] of Object.entries(settings)) {
      await createTopic(bootstrap, `weir.flow.${chain}.changelog`, 1, config);
      codes[chain] = await codeOf(asked(`kafka://${bootstrap}`, null, log => log.open(task(0, chain))));
    }
    expect(codes).toEqual({ compacting: 'R144', short: 'R144', small: 'R144', whole: 'resolved' });
    await asked(`kafka://${bootstrap}`, null, async log => {
      await log.ensureTopics([{ name: 'exchange', partitions: 1, internal: true }]);
      await createTopic(bootstrap, 'forgetful', 1, { 'cleanup.policy': 'compact' });
      expect(await codeOf(log.ensureTopics([{ name: 'forgetful', partitions: 1, internal: true }]))).toBe('R144');
      // What is not its own may be kept as its owner wants.
      expect(await codeOf(log.ensureTopics([{ name: 'forgetful', partitions: 1 }]))).toBe('resolved');
      await log.open(task(3));
    });
    // Its own are made so that it takes them again.
    await asked(`kafka://${bootstrap}`, null, async log => {
      await log.ensureTopics([{ name: 'exchange', partitions: 1, internal: true }]);
      await log.open(task(3));
    });
  });
  it('TLS to a broker that has none is told', async () => {
    const address = `kafka://${kafka().bootstrap}?tls=true`;
    expect(['denied', 'dead']).toContain(await codeOf(asked(address, null, log => log.topics())));
  });
});

it('brokers that lack a request are too old, and told so before anything else is asked', async () => {
  const requests: number[] = [];
  // Kafka's ApiVersions, version 3: no error, Metadata (3) up to version 12 and ApiVersions (18) up to 3, no throttling.
  const answer = '0000' + '03' + '0003' + '0000' + '000c' + '00' + '0012' + '0000' + '0003' + '00' + '00000000' + '00';
  const server = createServer(socket => {
    socket.on('data', data => {
      requests.push(data.readInt16BE(4));
      const body = Buffer.concat([data.subarray(8, 12), Buffer.from(answer, 'hex')]);
      const size = Buffer.alloc(4);
      size.writeInt32BE(body.length);
      socket.write(Buffer.concat([size, body]));
    });
  });
  const [port] = await freePorts(1);
  await new Promise<void>(done => server.listen(port, '127.0.0.1', done));
  try {
    expect(await codeOf(asked(`kafka://127.0.0.1:${port}`, null, log => log.topics()))).toBe('too-old');
    expect(requests).toEqual([18]);
  } finally {
    server.close();
  }
});

it('an address where nobody answers is told within seconds', async () => {
  const [nobody] = await freePorts(1);
  expect(await codeOf(asked(`kafka://127.0.0.1:${nobody}`, null, log => log.topics()))).toBe('dead');
}, 30_000);
