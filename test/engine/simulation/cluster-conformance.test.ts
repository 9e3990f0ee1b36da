import { clusterDriver } from '../../conformance/log/cluster-driver.ts';
import { logConformance } from '../../conformance/log-conformance.ts';

for (const seed of [1, 2, 3]) logConformance(clusterDriver(`simulated cluster, seed ${seed}`, seed));
logConformance(
  clusterDriver('simulated cluster, with gaps and late rows', 4, [
    { kind: 'gaps', at: 0, for: 1e9 },
    { kind: 'slow', at: 0, for: 1e9, by: 5 },
  ]),
);
