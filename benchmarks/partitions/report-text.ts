import { alignedTable } from '../../src/cli/terminal/table.ts';
import { cellText, columnsOf, headText, numberText } from './figure-columns.ts';
import type { Machine, PartitionReport, Settings } from './figures.ts';

/** A report for the terminal. */
export function reportText(report: PartitionReport): string {
  const columns = columnsOf([report]);
  const rows = report.counts.map(figures => [
    String(figures.partitions),
    ...columns.map(column => cellText(column, figures)),
  ]);
  return [
    `${settingsText(report.settings)}\n`,
    `${machineText(report.machine)}; ${report.date}\n`,
    ...busyText(report.machine).map(text => `${text}\n`),
    '\n',
    alignedTable([['partitions', ...columns.map(headText)], ...rows]),
    `\n${loadText(report)}\n`,
    'The output of every run was that of one partition, key by key.\n',
  ].join('');
}

/** Two reports by count and figure, and how many times the second is the first. */
export function comparisonText(a: PartitionReport, b: PartitionReport): string {
  const cells: string[][] = [];
  for (const first of a.counts) {
    const second = b.counts.find(({ partitions }) => partitions === first.partitions);
    if (second === undefined) continue;
    for (const column of columnsOf([a, b])) {
      const [left, right] = [column.value(first), column.value(second)];
      const ratio = left === null || right === null ? '—' : `${numberText(right / left, 2)}×`;
      cells.push([
        String(first.partitions),
        headText(column),
        cellText(column, first),
        cellText(column, second),
        ratio,
      ]);
    }
  }
  const heads = [a, b].map(
    (report, i) => `${'AB'[i]}: ${settingsText(report.settings)}; ${machineText(report.machine)}; ${report.date}\n`,
  );
  if (cells.length === 0) return `${heads.join('')}\nThey have no partition count in common.\n`;
  return `${heads.join('')}\n${alignedTable([['partitions', 'figure', 'A', 'B', 'B/A'], ...cells])}`;
}

export function settingsText({ log, rows, rounds, workers }: Settings): string {
  const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  const how = `${counted(workers, 'worker')}, median of ${counted(rounds, 'round')}`;
  return `${numberText(rows, 0)} records scored over the ${log} log, ${how}`;
}

export function machineText({ cpu, cores, memoryGib, system, node, load }: Machine): string {
  return `${cpu}, ${cores} cores, ${memoryGib} GiB, ${system}, Node ${node}, load ${load} before the first run`;
}

/** A warning where others were at work: none, or one. */
export function busyText({ load, cores }: Machine): readonly string[] {
  if (load <= cores) return [];
  return [`The load was ${load} on ${cores} cores before the first run: these figures say more of the machine.`];
}

/** What was asked of the latency runs, and how late the feeder was. */
export function loadText({ settings, counts }: PartitionReport): string {
  const latest = Math.max(...counts.map(({ latency }) => latency.latestFeedMs));
  return (
    `Latency: ${numberText(settings.latencyRows, 0)} records at ${numberText(settings.rate, 0)} a second, ` +
    `after ${numberText(settings.warmUpRows, 0)} to warm up, from when each was due until its row could be read; ` +
    `none was handed over more than ${numberText(latest, 1)} ms after it was due, which is counted.`
  );
}
