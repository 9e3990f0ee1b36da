import { Command } from 'commander';
import { systemEnvironment } from '../../engine/base/environment.ts';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { systemClock } from '../../engine/base/system-clock.ts';
import type { Catalog } from '../../engine/contract/catalog.ts';
import type { EvaluationReport } from '../../engine/contract/evaluation.ts';
import type { ValueContent } from '../../engine/contract/value.ts';
import { openRegistry } from '../../engine/models/registry.ts';
import type { Plan, PortRef } from '../../engine/plan/plan.ts';
import { pushDown } from '../../engine/plan/push-down.ts';
import { runInProcess } from '../../engine/runtime/run-in-process.ts';
import { registryFolder } from '../../engine/runtime/weir-folder.ts';
import { jsonLines } from '../json-lines.ts';
import { evaluator } from '../load-catalog.ts';
import { compilePath, type FlowOptions, out, parsedParams, planOrExit, withFlowOptions } from '../session.ts';
import { alignedTable } from '../terminal/table.ts';
import { DEFAULT_PLACE } from '../weir-dir.ts';
import { wholeNumber } from '../whole-number.ts';

const MOST_CHARACTERS = 32;

export function previewCommand(): Command {
  return withFlowOptions(new Command('preview'))
    .description('show the first rows of a binding, or the figures of a report; nothing is written')
    .argument('<flow>', 'a .flow file')
    .argument('[name]', 'a source, let or sink; a part as in parts.train; without it, what there is')
    .option('--rows <n>', 'how many', wholeNumber(), 10)
    .option('--json', 'rows as JSON, one a line')
    .addHelpText(
      'after',
      '\nExamples:\n  weir preview train.flow\n  weir preview train.flow parts.train --param data=visits.csv --rows 5',
    )
    .action(async (path: string, name: string | undefined, options: FlowOptions & { rows: number }) => {
      if (name === undefined) return listNames(path, options);
      const [binding, part] = name.split('.', 2);
      const how = { params: parsedParams(options.param), only: binding };
      const { compiled, catalog } = await compilePath(path, options, how);
      const written = planOrExit(compiled);
      const ref = portOf(written, binding, part, catalog);
      // A record is bad by any of its columns, read elsewhere or not.
      const plan = pushDown(written, catalog, ref.port === 'bad' ? [ref, { ...ref, port: 'out' }] : [ref]);
      const key = `${ref.node}:${ref.port}`;
      const place = options.log ?? DEFAULT_PLACE;
      const topics = await place.reader(systemClock);
      const { rows, values } = await runInProcess(plan, catalog, {
        clock: systemClock,
        env: systemEnvironment,
        capture: [ref],
        limitRows: options.rows,
        registry: openRegistry(registryFolder(place.folder), systemClock),
        topics,
        evaluator,
      }).finally(() => topics.close());
      const value = values.get(key);
      if (value !== undefined) {
        const type = plan.nodes.find(node => node.id === ref.node)?.ports[ref.port];
        showValue(value, type?.kind === 'report', options.json === true);
        return;
      }
      const lines = (rows.get(key) ?? []).flatMap(batch => jsonLines(batch.schema)(batch)).slice(0, options.rows);
      if (options.json) for (const line of lines) out.write(`${line}\n`);
      else if (lines.length === 0) out.write('no rows\n');
      else {
        const shown = lines.map(line => JSON.parse(line) as Readonly<Record<string, unknown>>);
        out.write(alignedTable([Object.keys(shown[0]), ...shown.map(row => Object.values(row).map(cell))]));
      }
    });
}

/** What can be shown of a flow, a name a line. */
async function listNames(path: string, options: FlowOptions): Promise<void> {
  const params = options.param === undefined ? null : parsedParams(options.param);
  const { compiled } = await compilePath(path, options, { params });
  const names = planOrExit(compiled).nodes.flatMap(node => {
    if (node.kind === 'registry') return [];
    if (node.kind === 'sink') return [node.binding];
    if (node.kind === 'stage' && node.id !== node.binding) return [];
    return Object.keys(node.ports).map(port => (port === 'out' ? node.binding : `${node.binding}.${port}`));
  });
  for (const name of new Set(names)) out.write(options.json ? `${JSON.stringify({ name })}\n` : `${name}\n`);
}

/** Of a report its figures; of what is learned, what is kept of it. */
function showValue({ json }: ValueContent, isReport: boolean, asJson: boolean): void {
  if (!isReport) out.write(`${JSON.stringify(json, null, asJson ? undefined : 2)}\n`);
  else {
    const { metrics } = json as unknown as EvaluationReport;
    if (asJson) out.write(`${JSON.stringify(metrics)}\n`);
    else out.write(alignedTable(Object.entries(metrics).map(([name, figure]) => [name, figureText(figure)])));
  }
}

function figureText(figure: number | null): string {
  if (figure === null) return 'undefined';
  return Number.isInteger(figure) ? String(figure) : figure.toFixed(4);
}

/** The last stage of a binding has the binding's name as its id. Of a sink that writes it is what would be written. */
function portOf(plan: Plan, binding: string, part: string | undefined, catalog: Catalog): PortRef {
  const node = plan.nodes.find(one => one.id === binding) ?? plan.nodes.findLast(one => one.binding === binding);
  if (node?.kind === 'sink' && part === undefined) return node.input;
  if (node?.kind === 'stage' && catalog.operators.get(node.op)?.execution.mode === 'control') {
    // It would act on the world: a preview does not.
    const before = plan.nodes.find(one => one.id === node.input.node)?.binding;
    const hint =
      before === binding || before === undefined
        ? 'look at what goes into it'
        : `look at what goes into it: weir preview … ${before}`;
    throw new OperationalError('R550', `${binding} has no rows: ${node.op} acts when the flow runs`, { hint });
  }
  const ports = Object.keys(node?.ports ?? {});
  const port = part ?? 'out';
  if (node !== undefined && ports.includes(port)) return { node: node.id, port };
  const parts = ports.filter(one => one !== 'out');
  const hint =
    parts.length === 0
      ? `it has no parts: weir preview … ${binding}`
      : `name one: ${parts.map(one => `${binding}.${one}`).join(', ')}`;
  const what = part === undefined ? `${binding} has rows only in its parts` : `${binding} has no part ${part}`;
  throw new OperationalError('R550', what, { hint });
}

function cell(value: unknown): string {
  const text = typeof value === 'string' ? value : value === null ? '' : JSON.stringify(value);
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS - 1)}…` : text;
}
