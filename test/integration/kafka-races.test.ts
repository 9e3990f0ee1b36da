import { Connection, type ConnectionOptions, leaveGroupV5 } from '@platformatic/kafka';
import { describe, expect, it } from 'vitest';
import { openKafkaLog } from '../../src/connectors/kafka/kafka-log.ts';
import { KafkaNames } from '../../src/connectors/kafka/kafka-names.ts';
import type { Log } from '../../src/engine/contract/log.ts';
import { codeOf, commitOf, numbersOnce, part, plain, task } from '../conformance/log/helpers.ts';
import { realClock } from '../conformance/log/real-clock.ts';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';

const reason = skipReason();
/** Of requests, by Kafka's protocol. */
const KEY = {
  produce: 0,
  metadata: 3,
  createTopics: 19,
  deleteTopics: 20,
  addPartitions: 24,
  endTransaction: 26,
} as const;
const UNKNOWN_TOPIC = 3;
const MOST_TRIES = 500;

/** What befalls the next request of a kind: work in the time before its answer is taken, or another answer. */
interface Mishap {
  readonly key: number;
  readonly before?: () => Promise<unknown>;
  readonly instead?: Error;
}

describe.skipIf(reason !== null)(`others at the same cluster${skipNote(reason)}`, { timeout: 60_000 }, () => {
  const kafka = kafkaForTests({ brokers: 1 });
  let worlds = 0;

  function world() {
    const prefix = `race${++worlds}.`;
    const bootstrap = kafka().brokers.map(({ port }) => ({ host: '127.0.0.1', port }));
    const sent: number[] = [];
    const open = new Set<Connection>();
    let refusals = 0;
    let mishap: Mishap | null = null;
    const connection = (id: string, options: ConnectionOptions) => {
      const made = new Connection(id, options);
      const { connect, send } = made;
      open.add(made);
      made.connect = (host: string, port: number) => {
        if (refusals === 0) return connect.call(made, host, port);
        refusals--;
        return Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }));
      };
      made.send = (key, version, payload, parse, inRequest, inResponse, answer) => {
        sent.push(key);
        const pass = (told: typeof answer): void =>
          send.call(made, key, version, payload, parse as never, inRequest, inResponse, told as never);
        if (mishap?.key !== key) return pass(answer);
        const { before, instead } = mishap;
        mishap = null;
        if (instead !== undefined) return answer(instead);
        pass((error, result) => void before?.().then(() => answer(error, result)));
      };
      return made;
    };
    const outages: string[] = [];
    const onOutage = (what: string) => void outages.push(what);
    const own: Log = openKafkaLog({ bootstrap, clock: realClock, prefix, connection, onOutage });
    const other: Log = openKafkaLog({ bootstrap, clock: realClock, prefix });
    const cutOff = async (times: number) => {
      await Promise.all([...open].map(one => one.close()));
      refusals = times;
    };
    /** As the broker does with a member it has not heard of for long. */
    const putOut = async (flow: string, memberId: string) => {
      const link = new Connection('test', {});
      await link.connect(bootstrap[0].host, bootstrap[0].port);
      const member = { memberId, groupInstanceId: null, reason: null };
      await leaveGroupV5.api.async(link, new KafkaNames(prefix).group(flow), [member]);
      await link.close();
    };
    return { own, other, sent, cutOff, outages, putOut, next: (one: Mishap) => void (mishap = one) };
  }

  it('a topic that another deletes while it is being made is made again', async () => {
    const { own, other, next } = world();
    next({ key: KEY.createTopics, before: () => other.deleteTopics(['rows']) });
    await own.ensureTopics([{ name: 'rows', partitions: 2 }]);
    expect((await own.describe('rows')).partitions).toBe(2);
    await Promise.all([own.close(), other.close()]);
  });

  it('a topic that another makes anew while it is being deleted is not waited for', async () => {
    const { own, other, next } = world();
    await own.ensureTopics([{ name: 'rows', partitions: 1 }]);
    const spec = { name: 'rows', partitions: 3 };
    const makeAnew = async () => {
      for (let tries = 0; tries < MOST_TRIES; tries++) {
        if ((await codeOf(other.ensureTopics([spec]))) === 'resolved') return;
        await realClock.sleep(20);
      }
    };
    next({ key: KEY.deleteTopics, before: makeAnew });
    await own.deleteTopics(['rows']);
    expect((await other.describe('rows')).partitions).toBe(3);
    await Promise.all([own.close(), other.close()]);
  });

  it('after a commit that failed leaders are looked up anew', async () => {
    const { own, other, sent, next } = world();
    await own.ensureTopics([{ name: 'rows', partitions: 1 }]);
    const owner = await own.open(task(0));
    await owner.commit(commitOf(1, [part('rows')]));
    next({ key: KEY.endTransaction, instead: Object.assign(new Error('lost'), { code: 'PLT_KFK_NETWORK' }) });
    expect(await codeOf(owner.commit(commitOf(2, [part('rows')])))).toBe('unknown');
    const heir = await own.open(task(0));
    sent.length = 0;
    await heir.commit(commitOf(2, [part('rows')]));
    expect(sent).toContain(KEY.metadata);
    await Promise.all([own.close(), other.close()]);
  });

  it('a leader that is gone is waited for before anything is sent', async () => {
    const { own, other, cutOff } = world();
    await own.ensureTopics([{ name: 'rows', partitions: 1 }]);
    const owner = await own.open(task(0));
    await owner.commit(commitOf(1, [part('rows')]));
    await cutOff(6);
    expect((await owner.commit(commitOf(2, [part('rows')]))).seq).toBe(2n);
    await Promise.all([own.close(), other.close()]);
  });

  it('brokers that do not answer for long are told of, once, and so is their return', async () => {
    const { own, other, cutOff, outages } = world();
    await own.ensureTopics([{ name: 'rows', partitions: 1 }]);
    await cutOff(1);
    await own.describe('rows');
    expect(outages).toEqual([]);
    await cutOff(Number.POSITIVE_INFINITY);
    const asked = Promise.all([own.describe('rows'), own.topics()]);
    await expect.poll(() => outages.length, { timeout: 20_000 }).toBe(1);
    await cutOff(0);
    await asked;
    expect(outages).toEqual([
      expect.stringMatching(/^no broker at 127\.0\.0\.1:\d+ answers; they are asked again for \d+ s$/),
      expect.stringMatching(/^the brokers at 127\.0\.0\.1:\d+ answer again, after \d+ s$/),
    ]);
    await Promise.all([own.close(), other.close()]);
  });

  it.each([
    ['does not come', Object.assign(new Error('lost'), { code: 'PLT_KFK_NETWORK' })],
    ['is of too few replicas', Object.assign(new Error('few'), { errors: [{ apiCode: 19 }] })],
    ['is of a hole in the sequence', Object.assign(new Error('hole'), { errors: [{ apiCode: 45 }] })],
  ])('a commit whose rows get an answer that %s was not made, and that is known', async (_, instead) => {
    const { own, other, next } = world();
    await own.ensureTopics([{ name: 'rows', partitions: 1 }]);
    const owner = await own.open(task(0));
    await owner.commit(commitOf(1, [part('rows')]));
    next({ key: KEY.produce, instead });
    expect(await codeOf(owner.commit(commitOf(2, [part('rows')])))).toBe('unmade');
    const heir = await own.open(task(0));
    expect(plain(heir.last)).toBe(1);
    await heir.commit(commitOf(3, [part('rows')]));
    expect(await numbersOnce(own, part('rows'), 2)).toEqual([1, 3]);
    await Promise.all([own.close(), other.close()]);
  });

  it('a coordinator that does not know of a topic yet costs a try, not the run', async () => {
    const { own, other, next } = world();
    await own.ensureTopics([{ name: 'rows', partitions: 1 }]);
    const owner = await own.open(task(0));
    const instead = Object.assign(new Error('unknown topic'), { errors: [{ apiCode: UNKNOWN_TOPIC }] });
    next({ key: KEY.addPartitions, instead });
    expect(await codeOf(owner.commit(commitOf(1, [part('rows')])))).toBe('unmade');
    const heir = await own.open(task(0));
    await heir.commit(commitOf(1, [part('rows')]));
    expect(plain((await own.open(task(0))).last)).toBe(1);
    await Promise.all([own.close(), other.close()]);
  });

  it('a member that comes back to a group of another plan is told that it is lost', async () => {
    const { own, other, putOut } = world();
    // Long, so that the group is another one before this member speaks again.
    const group = { flow: 'f', planHash: 'old', tasks: [task(0)], member: 'm', sessionTimeoutMs: 20_000 };
    const assigned: number[] = [];
    const member = await own.join(group, ({ tasks }) => void assigned.push(tasks.length));
    expect(assigned).toEqual([1]);
    await putOut('f', member.memberId);
    await other.join({ ...group, planHash: 'new' }, () => undefined);
    expect(await member.lost).toMatchObject({ code: 'plan' });
    expect(assigned.at(-1)).toBe(0);
    await Promise.all([own.close(), other.close()]);
  });
});
