// Run by node with a folder: opens the log there, commits once, says so, and stays until it is killed.
import { openEmbeddedLog } from '../../../src/engine/log/embedded/embedded-log.ts';
import { realClock } from './real-clock.ts';

const log = await openEmbeddedLog({ dir: process.argv[2], clock: realClock });
await log.ensureTopics([{ name: 'a', partitions: 1 }]);
const owner = await log.open({ flow: 'flow', chain: 'chain', partition: 0 });
const one = new Uint8Array(8);
new DataView(one.buffer).setFloat64(0, 1);
await owner.commit({
  record: { planHash: 'plan', positions: [], models: {}, sinkTokens: [], snapshot: null, counts: {}, ended: false },
  outputs: [{ to: { topic: 'a', partition: 0 }, frames: [one] }],
  deltas: [],
});
process.stdout.write('open\n');
setInterval(() => {}, 1000);
