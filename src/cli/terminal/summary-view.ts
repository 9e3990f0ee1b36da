import type { Json } from '../../engine/base/json.ts';
import type { RunSummary } from '../../engine/contract/progress.ts';
import type { Plan, PlanNode } from '../../engine/plan/plan.ts';
import type { Paint } from './color.ts';
import { countText, metricText, secondsText } from './numbers.ts';
import { alignedTable } from './table.ts';

/** The code of a run that was asked to stop: no failure. */
export const STOPPED = 'R511';

/** What the plan knows of a run's bindings, and the summary does not. */
export interface SummaryNames {
  /** Bindings that give a value, such as a model: they take rows and give none. */
  readonly values: ReadonlySet<string>;
  /** Where a sink writes, by its name. */
  readonly targets: ReadonlyMap<string, string>;
}

export function summaryNames(plan: Plan): SummaryNames {
  const values = plan.nodes.filter(node => node.kind === 'stage' && node.id === node.binding && givesNoRows(node));
  const targets = plan.nodes.flatMap(node => {
    if (node.kind !== 'sink') return [];
    const { connector, options } = node.connector;
    const place = options['path'] ?? options['name'];
    return [[node.binding, typeof place === 'string' ? `${connector} ${place}` : connector] as const];
  });
  return { values: new Set(values.map(node => node.binding)), targets: new Map(targets) };
}

function givesNoRows(node: PlanNode): boolean {
  return Object.values(node.ports).every(type => type.kind !== 'rows');
}

/** The end of a run for people: rows by stage, reports, models, sinks. */
export function summaryText(summary: RunSummary, names: SummaryNames, paint: Paint): string {
  const parts: string[] = [];
  if (summary.stages.length > 0) {
    const rows = summary.stages.map(stage => [
      stage.name,
      countText(stage.rows_in),
      names.values.has(stage.name) ? '—' : countText(stage.rows_out),
      stage.rejected === 0 ? '0' : countText(stage.rejected),
      stage.reused ? 'earlier run' : stage.expired === undefined ? '' : `${countText(stage.expired)} keys expired`,
    ]);
    parts.push(alignedTable([['stage', 'rows in', 'rows out', 'rejected', ''], ...rows], '  '));
  }
  for (const [name, metrics] of Object.entries(summary.reports)) parts.push(reportText(name, metrics, paint));
  for (const [name, model] of Object.entries(summary.models)) {
    const version = model.version === null ? '' : `version ${model.version}, `;
    parts.push(`  model ${paint('bold', name)}: ${version}${model.hash.slice(0, 12)}\n`);
  }
  for (const [name, details] of Object.entries(summary.sinks)) {
    parts.push(`  sink ${paint('bold', name)}: ${sinkText(details, names.targets.get(name))}\n`);
  }
  return `${parts.filter(part => part !== '').join('')}${endText(summary, paint)}`;
}

function endText(summary: RunSummary, paint: Paint): string {
  const seconds = secondsText(summary.seconds);
  if (summary.ok && summary.left !== undefined) {
    return `${paint('yellow', summary.left)} ${summary.flow} after ${seconds}; run it again to go on\n`;
  }
  if (summary.ok) return `${paint('green', 'done')} ${summary.flow} in ${seconds}\n`;
  if (summary.error?.code !== STOPPED) return `${paint('red', 'failed')} ${summary.flow} after ${seconds}\n`;
  return `${paint('yellow', 'stopped')} ${summary.flow} after ${seconds}; run it again to go on from its last commit\n`;
}

/** `210 rows to topic alerts, exactly-once`, or what a sink of values says of itself. */
function sinkText(details: Readonly<Record<string, Json>>, target: string | undefined): string {
  const { rows, delivery, note, files } = details;
  if (typeof rows === 'number') {
    const to = target === undefined ? '' : ` to ${target}`;
    return `${countText(rows)} row${rows === 1 ? '' : 's'}${to}${typeof delivery === 'string' ? `, ${delivery}` : ''}`;
  }
  if (typeof note === 'string') return note;
  if (Array.isArray(files)) return files.join(', ');
  return Object.entries(details)
    .map(([key, value]) => `${key} ${metricText(value)}`)
    .join(', ');
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
