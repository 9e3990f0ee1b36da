import { seededRng } from '../../../src/engine/base/rng.ts';
import { embeddedDriver, embeddedIn } from '../../conformance/log/embedded-driver.ts';
import { memoryDriver } from '../../conformance/log/memory-driver.ts';
import { seededFaults } from '../../conformance/log/seeded-faults.ts';
import { threadDriver, threadIn } from '../../conformance/log/thread-driver.ts';
import { logConformance } from '../../conformance/log-conformance.ts';
import { streamConformance } from '../../conformance/stream-conformance.ts';

const streams = { kills: 12, sessionMs: 10_000 };

logConformance(embeddedDriver);
logConformance(threadDriver);
logConformance(memoryDriver('in memory'));
logConformance(
  memoryDriver('in memory, with gaps and delays', () =>
    seededFaults(seededRng(5), { gap: 0.3, delay: 0.3, maxDelayMs: 3 }),
  ),
);

streamConformance(embeddedIn(1_000_000), streams);
streamConformance(threadIn(1_000_000), streams);
streamConformance(memoryDriver('in memory'), streams);
streamConformance(
  memoryDriver('in memory, with gaps', () => seededFaults(seededRng(6), { gap: 0.3 })),
  streams,
);
