import type { TopLevelSpec } from 'vega-lite';
import { ACCENT, MUTED, PLOT_CONFIG } from '../../src/connectors/report/plot-look.ts';
import type { PartitionReport } from './figures.ts';

const WIDTH = 320;
const HEIGHT = 240;

const x = { field: 'partitions', type: 'ordinal', sort: null, axis: { title: 'Partitions', labelAngle: 0 } } as const;

/** One layer over another, over partition counts as steps of equal width: 1, 2, 4, 8 are no places on a line. */
function plot(values: readonly object[], layer: readonly object[]): TopLevelSpec {
  const spec = { width: WIDTH, height: HEIGHT, autosize: { type: 'fit', contains: 'padding' }, config: PLOT_CONFIG };
  return { ...spec, data: { values }, layer } as unknown as TopLevelSpec;
}

const fromZero = (title: string) => ({ scale: { zero: true }, axis: { title, tickCount: 5 } });

/** The median as a bar, each round as a dot: a bar whose dots lie far apart says little. */
export function throughputPlot({ counts, settings }: PartitionReport): TopLevelSpec {
  const rounds = counts.flatMap(({ partitions, seconds }) =>
    seconds.map(one => ({ partitions, round: settings.rows / one })),
  );
  const y = { type: 'quantitative', ...fromZero('Rows a second') };
  const medians = counts.map(({ partitions, rowsPerSecond }) => ({ partitions, rowsPerSecond }));
  return plot(medians, [
    {
      mark: { type: 'bar', color: ACCENT, opacity: 0.35, width: { band: 0.6 } },
      encoding: { x, y: { field: 'rowsPerSecond', ...y } },
    },
    {
      data: { values: rounds },
      mark: { type: 'point', filled: true, opacity: 1, color: ACCENT, size: 28 },
      encoding: { x, y: { field: 'round', ...y } },
    },
  ]);
}

/** Speed-up, and what it would be if each thread that can be at work added as much as the first. */
export function speedUpPlot({ counts, settings }: PartitionReport): TopLevelSpec {
  const values = counts.map(({ partitions, speedUp }) => ({
    partitions,
    speedUp,
    ideal: Math.min(partitions, settings.workers),
  }));
  const y = { type: 'quantitative', ...fromZero('Times as fast as one partition') };
  return plot(values, [
    {
      mark: { type: 'line', color: MUTED, strokeDash: [4, 4], strokeWidth: 1 },
      encoding: { x, y: { field: 'ideal', ...y } },
    },
    {
      mark: { type: 'line', color: ACCENT, strokeWidth: 2, point: { filled: true, color: ACCENT, size: 40 } },
      encoding: { x, y: { field: 'speedUp', ...y } },
    },
  ]);
}

/** Percentiles on a logarithmic scale: a tail is many times the middle. */
export function latencyPlot({ counts }: PartitionReport): TopLevelSpec {
  const values = counts.flatMap(({ partitions, latency }) =>
    [
      { percentile: 'p50', ms: latency.p50Ms },
      { percentile: 'p99', ms: latency.p99Ms },
      { percentile: 'p99.9', ms: latency.p999Ms },
    ].map(one => ({ partitions, ...one })),
  );
  const y = {
    field: 'ms',
    type: 'quantitative',
    scale: { type: 'log', nice: true },
    axis: { title: 'Milliseconds (logarithmic)', tickCount: 5, format: '~s' },
  };
  const legend = { title: null, orient: 'top', labelColor: MUTED, symbolStrokeColor: ACCENT };
  const strokeDash = { field: 'percentile', type: 'nominal', sort: null, legend };
  return plot(values, [
    { mark: { type: 'line', color: ACCENT, strokeWidth: 2 }, encoding: { x, y, strokeDash } },
    {
      mark: { type: 'point', filled: true, opacity: 1, color: ACCENT, size: 40 },
      encoding: { x, y, detail: { field: 'percentile' } },
    },
  ]);
}

/** CPU of the process, and on top that of the broker where there is one. */
export function cpuPlot({ counts }: PartitionReport): TopLevelSpec {
  const values = counts.flatMap(({ partitions, cpuSeconds, brokerCpuSeconds }) => [
    { partitions, of: 'weir', seconds: cpuSeconds, order: 0 },
    ...(brokerCpuSeconds === null ? [] : [{ partitions, of: 'broker', seconds: brokerCpuSeconds, order: 1 }]),
  ]);
  return plot(values, [
    {
      mark: { type: 'bar', opacity: 0.6, width: { band: 0.6 } },
      encoding: {
        x,
        y: { field: 'seconds', type: 'quantitative', stack: 'zero', ...fromZero('CPU seconds') },
        color: {
          field: 'of',
          type: 'nominal',
          scale: { domain: ['weir', 'broker'], range: [ACCENT, MUTED] },
          legend: null,
        },
        order: { field: 'order' },
      },
    },
  ]);
}
