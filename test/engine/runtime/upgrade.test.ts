import { expect, it } from 'vitest';
import { systemClock } from '../../../src/engine/base/system-clock.ts';
import { createMemoryLog } from '../../../src/engine/log/memory-log.ts';
import { judgeUpgrade } from '../../../src/engine/runtime/stream/upgrade.ts';

it('nothing is judged, and so nothing lost, of a stream that did not write down what it keeps', async () => {
  const log = createMemoryLog({ clock: systemClock }).session();
  const before = { generation: 1, planHash: 'old', flowVersion: 1, tasks: {}, splits: {}, tables: {} };
  await expect(judgeUpgrade(log, 'f', before, { chains: [], sinks: [] })).rejects.toMatchObject({ code: 'R562' });
});
