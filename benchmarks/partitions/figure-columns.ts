import type { CountFigures, PartitionReport } from './figures.ts';

/** A figure of a partition count, as tables on the terminal and in the page have it. */
export interface FigureColumn {
  readonly title: string;
  readonly unit: string;
  /** null: there is none. */
  readonly value: (figures: CountFigures) => number | null;
  readonly digits: number;
}

export const FIGURE_COLUMNS: readonly FigureColumn[] = [
  { title: 'throughput', unit: 'rows/s', value: one => one.rowsPerSecond, digits: 0 },
  { title: 'speed-up', unit: '×', value: one => one.speedUp, digits: 2 },
  { title: 'efficiency', unit: '', value: one => one.efficiency, digits: 2 },
  { title: 'CPU', unit: 's', value: one => one.cpuSeconds, digits: 2 },
  { title: 'broker CPU', unit: 's', value: one => one.brokerCpuSeconds, digits: 2 },
  { title: 'peak memory', unit: 'MiB', value: one => one.peakMib, digits: 0 },
  { title: 'p50', unit: 'ms', value: one => one.latency.p50Ms, digits: 1 },
  { title: 'p99', unit: 'ms', value: one => one.latency.p99Ms, digits: 1 },
  { title: 'p99.9', unit: 'ms', value: one => one.latency.p999Ms, digits: 1 },
];

/** Those that any count has a figure in. */
export function columnsOf(reports: readonly PartitionReport[]): readonly FigureColumn[] {
  return FIGURE_COLUMNS.filter(({ value }) => reports.some(({ counts }) => counts.some(one => value(one) !== null)));
}

export function headText({ title, unit }: FigureColumn): string {
  return unit === '' || unit === '×' ? title : `${title} ${unit}`;
}

export function cellText(column: FigureColumn, figures: CountFigures): string {
  const value = column.value(figures);
  return value === null || Number.isNaN(value) ? '—' : numberText(value, column.digits);
}

export function numberText(value: number, digits: number): string {
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}
