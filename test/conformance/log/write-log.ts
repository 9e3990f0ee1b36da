// Run by node with a folder and a number: commits as many times on small files, saying the number of each, then stays idle.
import { seededRng } from '../../../src/engine/base/rng.ts';
import { openEmbeddedLog } from '../../../src/engine/log/embedded/embedded-log.ts';
import { realClock } from './real-clock.ts';
import { commitAndPurge } from './writing.ts';

const [dir, count] = process.argv.slice(2);
const log = await openEmbeddedLog({ dir, clock: realClock, segmentBytes: 20_000 });
await commitAndPurge(log, Number(count), seededRng(1), n => void process.stdout.write(`${n}\n`));
setInterval(() => {}, 1000);
