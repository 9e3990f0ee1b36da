import { expect, it } from 'vitest';
import { openEmbeddedLog } from '../../../src/engine/log/embedded/embedded-log.ts';
import { realClock } from '../../conformance/log/real-clock.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folder = temporaryFolders();

it('frees what it can, and ends, where what a segment begins with is larger than a segment', async () => {
  const log = await openEmbeddedLog({ dir: await folder(), clock: realClock, segmentBytes: 4_000 });
  const names = Array.from({ length: 60 }, (_, i) => `a topic of some length, number ${i}`);
  await log.ensureTopics(names.map(name => ({ name, partitions: 2 })));
  for (const topic of names) {
    await log.append({ topic, partition: 0 }, [new Uint8Array(200), new Uint8Array(200)]);
    await log.purge({ topic, partition: 0 }, 1n);
  }
  const { ends } = await log.describe(names[0]);
  expect(ends[0]).toMatchObject({ first: 1n, end: 2n });
  await log.close();
});
