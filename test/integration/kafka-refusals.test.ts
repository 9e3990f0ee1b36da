import { describe, expect, it } from 'vitest';
import { freePorts } from '../../scripts/services/free-ports.ts';
import { openLog } from '../../src/connectors/kafka/open-log.ts';
import { systemClock } from '../../src/engine/base/system-clock.ts';
import type { Log } from '../../src/engine/contract/log.ts';
import { codeOf, commitOf, part, task } from '../conformance/log/helpers.ts';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';

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
  it('TLS to a broker that has none is told', async () => {
    const address = `kafka://${kafka().bootstrap}?tls=true`;
    expect(['denied', 'dead']).toContain(await codeOf(asked(address, null, log => log.topics())));
  });
});

it('an address where nobody answers is told within seconds', async () => {
  const [nobody] = await freePorts(1);
  expect(await codeOf(asked(`kafka://127.0.0.1:${nobody}`, null, log => log.topics()))).toBe('dead');
}, 30_000);
