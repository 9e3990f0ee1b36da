import type { RunSummary } from '../../engine/contract/progress.ts';
import type { Paint } from './color.ts';
import { countText, metricText, secondsText } from './numbers.ts';
import { alignedTable } from './table.ts';

/** The end of a run for people: rows by stage, reports, models, sinks. */
export function summaryText(summary: RunSummary, paint: Paint): string {
  const parts: string[] = [];
  if (summary.stages.length > 0) {
    const rows = summary.stages.map(stage => [
      stage.name,
      countText(stage.rows_in),
      countText(stage.rows_out),
      stage.rejected === 0 ? '0' : countText(stage.rejected),
      stage.reused ? 'earlier run' : '',
    ]);
    parts.push(alignedTable([['stage', 'rows in', 'rows out', 'rejected', ''], ...rows], '  '));
  }
  for (const [name, metrics] of Object.entries(summary.reports)) parts.push(reportText(name, metrics, paint));
  for (const [name, model] of Object.entries(summary.models)) {
    const version = model.version === null ? '' : `version ${model.version}, `;
    parts.push(`  model ${paint('bold', name)}: ${version}${model.hash.slice(0, 12)}\n`);
  }
  for (const [name, details] of Object.entries(summary.sinks)) {
    const text = Object.entries(details).map(
      ([key, value]) => `${key} ${typeof value === 'string' ? value : metricText(value)}`,
    );
    parts.push(`  sink ${paint('bold', name)}: ${text.join(', ')}\n`);
  }
  const end = summary.ok
    ? `${paint('green', 'done')} ${summary.flow} in ${secondsText(summary.seconds)}\n`
    : `${paint('red', 'failed')} ${summary.flow} after ${secondsText(summary.seconds)}\n`;
  return `${parts.filter(part => part !== '').join('')}${end}`;
}

/** Headline metrics on one line, each with its interval where the report has one. */
function reportText(name: string, metrics: Readonly<Record<string, unknown>>, paint: Paint): string {
  const shown = Object.entries(metrics)
    .filter(([key, value]) => typeof value === 'number' && !/_(low|high)$/.test(key))
    .map(([key, value]) => {
      const [low, high] = [metrics[`${key}_low`], metrics[`${key}_high`]];
      const interval =
        typeof low === 'number' && typeof high === 'number' ? ` (${metricText(low)}–${metricText(high)})` : '';
      return `${key} ${metricText(value)}${interval}`;
    });
  return `  report ${paint('bold', name)}: ${shown.join(', ')}\n`;
}
