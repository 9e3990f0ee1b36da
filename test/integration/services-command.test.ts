import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePorts } from '../../scripts/services/free-ports.ts';
import { readCluster } from '../../scripts/services/kafka-metadata.ts';
import { readState } from '../../scripts/services/running.ts';
import { skipNote, skipReason } from '../support/kafka.ts';
import { servicesCommand } from '../support/services-command.ts';

const reason = skipReason();
const TEST_MS = 300_000;

describe.skipIf(reason !== null)(`npm run services${skipNote(reason)}`, () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weir-services-'));
  });
  afterEach(async () => {
    await servicesCommand(folder, 'down');
    await rm(folder, { recursive: true, force: true });
  });

  it(
    'starts a Kafka that outlives the command, tells when it has ended by itself, and takes it down',
    async () => {
      const [port] = await freePorts(1);
      const up = await servicesCommand(folder, 'up', '--port', `${port}`);
      expect(up.err).toContain(`127.0.0.1:${port}`);
      expect(up).toMatchObject({ code: 0, out: `export WEIR_KAFKA=kafka://127.0.0.1:${port}\n` });
      expect((await readCluster(port)).brokers).toEqual([{ id: 1, port }]);
      expect((await servicesCommand(folder, 'status')).code).toBe(0);

      const [{ pid }] = readState(folder)[0].processes;
      process.kill(pid, 'SIGKILL');
      let status = await servicesCommand(folder, 'status');
      for (let i = 0; i < 50 && status.code === 0; i++) {
        await delay(100);
        status = await servicesCommand(folder, 'status');
      }
      expect(status).toMatchObject({ code: 1 });
      expect(status.out).toContain('has ended');

      const again = await servicesCommand(folder, 'up', '--port', `${port}`);
      expect(again.code, again.err).toBe(0);
      expect(await servicesCommand(folder, 'down')).toMatchObject({ code: 0, err: 'kafka is down\n' });
      await expect(readCluster(port)).rejects.toThrow();
    },
    TEST_MS,
  );
});
