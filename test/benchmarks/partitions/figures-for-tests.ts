import type { CountFigures, PartitionReport } from '../../../benchmarks/partitions/figures.ts';

const figures = (partitions: number, rowsPerSecond: number, p99Ms: number, broker: number | null): CountFigures => ({
  partitions,
  seconds: [20_000 / rowsPerSecond, 21_000 / rowsPerSecond, 19_000 / rowsPerSecond],
  rowsPerSecond,
  cpuSeconds: 8.125,
  brokerCpuSeconds: broker,
  peakMib: 512.4,
  speedUp: rowsPerSecond / 10_000,
  efficiency: rowsPerSecond / 10_000 / Math.min(partitions, 2),
  latency: { rows: 4_900, p50Ms: 12.5, p99Ms, p999Ms: 2 * p99Ms, maxMs: 3 * p99Ms, latestFeedMs: 1.5 },
});

/** A report of made-up figures, the same each time. */
export function reportForTests(changes: { log?: 'embedded' | 'kafka'; faster?: number } = {}): PartitionReport {
  const { log = 'embedded', faster = 1 } = changes;
  const broker = log === 'kafka' ? 2.5 : null;
  return {
    benchmark: 'partitions',
    date: '2026-01-02T03:04:05.000Z',
    machine: { cpu: 'A <fast> CPU', cores: 2, memoryGib: 16, system: 'Linux 6', node: 'v24.0.0', load: 0.1 },
    settings: { log, rows: 20_000, rounds: 3, workers: 2, rate: 5_000, warmUpRows: 1_500, latencyRows: 5_000 },
    counts: [figures(1, 10_000 * faster, 40, broker), figures(2, 16_000 * faster, 30, broker)],
  };
}
