import { seededRng } from '../../../src/engine/base/rng.ts';
import { seededFaults } from '../../../src/engine/log/log-faults.ts';
import { embeddedDriver } from '../../conformance/log/embedded-driver.ts';
import { memoryDriver } from '../../conformance/log/memory-driver.ts';
import { threadDriver } from '../../conformance/log/thread-driver.ts';
import { logConformance } from '../../conformance/log-conformance.ts';

logConformance(embeddedDriver);
logConformance(threadDriver);
logConformance(memoryDriver('in memory'));
logConformance(
  memoryDriver('in memory, with gaps and delays', () =>
    seededFaults(seededRng(5), { gap: 0.3, delay: 0.3, maxDelayMs: 3 }),
  ),
);
