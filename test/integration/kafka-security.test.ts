import { spawnSync } from 'node:child_process';
import { pbkdf2Sync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { alterUserScramCredentialsV0, Connection } from '@platformatic/kafka';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePorts } from '../../scripts/services/free-ports.ts';
import { javaProgram } from '../../scripts/services/programs.ts';
import { openLog } from '../../src/connectors/kafka/open-log.ts';
import { systemClock } from '../../src/engine/base/system-clock.ts';
import type { Log } from '../../src/engine/contract/log.ts';
import { codeOf, commitOf, numbersOnce, part, task } from '../conformance/log/helpers.ts';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';

const reason = skipReason();
const [guarded] = await freePorts(1);
const folder = mkdtempSync(join(tmpdir(), 'weir-tls-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const STORE_PASSWORD = 'of-the-store';

/** A key with a certificate that it signs itself, for 127.0.0.1; gives the certificate as PEM. */
function keyOf(name: string): string {
  const keytool = join(dirname(javaProgram()), 'keytool');
  const store = ['-keystore', join(folder, `${name}.p12`), '-storetype', 'PKCS12', '-storepass', STORE_PASSWORD];
  const key = ['-genkeypair', '-alias', name, '-keyalg', 'RSA', '-dname', `CN=${name}`, '-ext', 'san=ip:127.0.0.1'];
  const run = (...args: readonly string[]) => {
    const { status, stdout, stderr } = spawnSync(keytool, [...args, ...store], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`keytool: ${stdout}${stderr}`);
    return stdout;
  };
  run(...key);
  const path = join(folder, `${name}.pem`);
  writeFileSync(path, run('-exportcert', '-rfc', '-alias', name));
  return path;
}

async function asked<T>(address: string, password: string | null, ask: (log: Log) => Promise<T>): Promise<T> {
  const log = openLog({ address, password }, systemClock);
  try {
    return await ask(log);
  } finally {
    await log.close();
  }
}

describe.skipIf(reason !== null)(`a cluster behind TLS and SCRAM${skipNote(reason)}`, { timeout: 60_000 }, () => {
  const kafka = kafkaForTests({
    brokers: 1,
    settings: ({ port, controllerPort }) => {
      keyOf('broker');
      keyOf('stranger');
      return {
        listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort},SAFE://127.0.0.1:${guarded}`,
        'advertised.listeners': `PLAINTEXT://127.0.0.1:${port},SAFE://127.0.0.1:${guarded}`,
        'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SAFE:SASL_SSL',
        'sasl.enabled.mechanisms': 'SCRAM-SHA-512,SCRAM-SHA-256',
        'listener.name.safe.scram-sha-512.sasl.jaas.config':
          'org.apache.kafka.common.security.scram.ScramLoginModule required;',
        'listener.name.safe.scram-sha-256.sasl.jaas.config':
          'org.apache.kafka.common.security.scram.ScramLoginModule required;',
        'ssl.keystore.location': join(folder, 'broker.p12'),
        'ssl.keystore.password': STORE_PASSWORD,
        'ssl.keystore.type': 'PKCS12',
      };
    },
  });
  const at = (ca: string | null, mechanism = 'scram-sha-512') =>
    `kafka://127.0.0.1:${guarded}?tls=true&sasl=${mechanism}&user=weir${ca === null ? '' : `&ca=${join(folder, ca)}`}`;

  beforeAll(async () => {
    const link = new Connection('test', {});
    await link.connect('127.0.0.1', kafka().brokers[0].port);
    for (const [mechanism, digest, bytes] of [
      [1, 'sha256', 32],
      [2, 'sha512', 64],
    ] as const) {
      const [salt, iterations] = [randomBytes(16), 4_096];
      const saltedPassword = pbkdf2Sync('right', salt, iterations, bytes, digest);
      await alterUserScramCredentialsV0.api.async(
        link,
        [],
        [{ name: 'weir', mechanism, iterations, salt, saltedPassword }],
      );
    }
    await link.close();
  }, 60_000);

  it.each([
    'scram-sha-512',
    'scram-sha-256',
  ])('lets in who trusts its certificate and knows the password, by %s', async mechanism => {
    const topic = `of-${mechanism}`;
    const numbers = await asked(at('broker.pem', mechanism), 'right', async log => {
      await log.ensureTopics([{ name: topic, partitions: 1 }]);
      await (await log.open(task(0, topic))).commit(commitOf(7, [part(topic)]));
      return numbersOnce(log, part(topic), 1);
    });
    expect(numbers).toEqual([7]);
  });
  it('does not let in whoever has another password', async () => {
    expect(await codeOf(asked(at('broker.pem'), 'wrong', log => log.topics()))).toBe('denied');
  });
  it('is not trusted with a certificate of somebody else, or that nobody vouches for', async () => {
    expect(readFileSync(join(folder, 'stranger.pem'), 'utf8')).toContain('BEGIN CERTIFICATE');
    expect(await codeOf(asked(at('stranger.pem'), 'right', log => log.topics()))).toBe('denied');
    expect(await codeOf(asked(at(null), 'right', log => log.topics()))).toBe('denied');
  });
  it('names a file of certificates that is not there', async () => {
    await expect(asked(at('nothing.pem'), 'right', log => log.topics())).rejects.toMatchObject({ code: 'R201' });
  });
});
