import { availableParallelism, hostname } from 'node:os';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { systemEnvironment } from '../../engine/base/environment.ts';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { systemClock } from '../../engine/base/system-clock.ts';
import type { Millis } from '../../engine/base/units.ts';
import type { Catalog } from '../../engine/contract/catalog.ts';
import { KEY_GROUPS } from '../../engine/contract/log.ts';
import type { RunSummary } from '../../engine/contract/progress.ts';
import type { Plan, PlanNode } from '../../engine/plan/plan.ts';
import { pushDown } from '../../engine/plan/push-down.ts';
import { startRun } from '../../engine/runtime/start-run.ts';
import { allowDropOption } from '../allow-drop-option.ts';
import { catalogModule } from '../catalog-module.ts';
import { EXIT, EXIT_CODES } from '../exit-codes.ts';
import { ExitError, exitCodeOf, failureText } from '../failure.ts';
import { onInterrupt } from '../interrupts.ts';
import {
  compilePath,
  err,
  type FlowOptions,
  out,
  paintErr,
  paintOut,
  parsedParams,
  planOrExit,
  withFlowOptions,
} from '../session.ts';
import { snapshotOptions, snapshotsOption } from '../snapshots-option.ts';
import { jsonView, liveView, type ProgressView, plainView } from '../terminal/progress-view.ts';
import { STOPPED, type SummaryNames, summaryNames, summaryText } from '../terminal/summary-view.ts';
import { DEFAULT_PLACE } from '../weir-dir.ts';
import { wholeNumber } from '../whole-number.ts';

/** Beyond it threads only stand in each other's way, and a slip of the keyboard would take the machine down. */
export const MOST_WORKERS = 256;
const MOST_BATCH_ROWS = 1_000_000;

export interface RunFlags extends FlowOptions {
  readonly workers: number;
  readonly partitions: number;
  readonly batchRows: number;
  readonly fresh?: boolean;
  readonly untilCaughtUp?: boolean;
  readonly allowDrop?: readonly string[];
  readonly snapshots?: string;
}

export function runCommand(): Command {
  return withFlowOptions(new Command('run'))
    .description('run a flow until its inputs end, or until Ctrl-C')
    .argument('<flow>', 'a .flow file')
    .option('--workers <n>', 'worker threads', wholeNumber(MOST_WORKERS), availableParallelism())
    .option(
      '--partitions <n>',
      'partitions of exchanges and new topics; a stream that has others is given these once it is drained',
      wholeNumber(KEY_GROUPS),
      4,
    )
    .option('--batch-rows <n>', 'rows of a batch; results do not depend on it', wholeNumber(MOST_BATCH_ROWS), 32_768)
    .option('--fresh', 'make everything anew, though an earlier run has made it')
    .option('--until-caught-up', 'end when the topics read have been read up to where they are now')
    .addOption(snapshotsOption())
    .addOption(allowDropOption())
    .option('--json', 'events as JSON, one a line; the last is the summary, whatever happens')
    .addHelpText(
      'after',
      '\nExamples:\n  weir run train.flow --param data=visits.csv\n  weir run score.flow --workers 2 --json | tail -n 1\n\n' +
        `${EXIT_CODES}\nAfter a Ctrl-C or a failure, run again: it goes on from the last commit.`,
    )
    .action(async (path: string, options: RunFlags, command: Command) => {
      const { compiled, catalog } = await compilePath(path, options, { params: parsedParams(options.param) });
      const plan = pushDown(planOrExit(compiled), catalog);
      const toStdout = sinkToStdout(plan, catalog);
      if (options.json && toStdout !== null) {
        throw new OperationalError('R217', `--json and the sink ${toStdout} both write to standard output`, {
          hint: 'leave out --json, or write the rows to a file or a topic',
        });
      }
      const place = options.log ?? DEFAULT_PLACE;
      const log = await place.module();
      const run = startRun(plan, {
        workers: options.workers,
        partitions: options.partitions,
        partitionsAsked: command.getOptionValueSource('partitions') !== 'default',
        process: ownName(),
        batchRows: options.batchRows,
        folder: place.folder,
        ...(log === null ? {} : { log }),
        catalogModule,
        extensions: (options.with ?? []).map(module => resolve(module)),
        fresh: options.fresh ?? false,
        untilCaughtUp: options.untilCaughtUp ?? false,
        allowDrop: options.allowDrop ?? [],
        snapshots: snapshotOptions(options.snapshots),
        ...sessionTimeout(),
        clock: systemClock,
        env: systemEnvironment,
      });
      const view = viewFor(options, toStdout !== null);
      const subscription = run.events.subscribe(event => view.show(event));
      const stopped = stopOnInterrupt(how => run.stop(how), view.say);
      const summary = await run.summary;
      stopped.release();
      subscription.unsubscribe();
      view.finish();
      if (!options.json) showSummary(summary, summaryNames(plan), toStdout === null ? out : err);
      throw new ExitError(exitCodeFor(summary, stopped.asked()));
    });
}

/** Of this process, for people. */
export function ownName(): string {
  return `process ${process.pid} on ${hostname()}`;
}

/** For runs that kill and freeze processes on purpose, and cannot wait 10 s each time. */
export function sessionTimeout(): { readonly sessionTimeout?: Millis } {
  const given = Number(process.env['WEIR_SESSION_TIMEOUT_MS'] ?? Number.NaN);
  return Number.isInteger(given) && given > 0 ? { sessionTimeout: given } : {};
}

/** A sink whose rows go to standard output, where nothing else may then be; null where there is none. */
function sinkToStdout(plan: Plan, catalog: Catalog): string | null {
  const isConsole = (node: PlanNode) =>
    node.kind === 'sink' && catalog.sinks.get(node.connector.connector)?.nature === 'console';
  return plan.nodes.find(isConsole)?.binding ?? null;
}

export function viewFor(options: { readonly json?: boolean }, rowsOut: boolean): ProgressView {
  if (options.json) return jsonView(out, err);
  // A block that is drawn anew would take rows away that have come below it.
  const live = err.isTTY && process.env['TERM'] !== 'dumb' && !(rowsOut && out.isTTY);
  return live ? liveView(err, paintErr) : plainView(err, systemClock.elapsed);
}

export function showSummary(summary: RunSummary, names: SummaryNames, to: NodeJS.WriteStream): void {
  to.write(summaryText(summary, names, to === out ? paintOut : paintErr));
  if (summary.error === undefined || summary.error.code === STOPPED) return;
  err.write(failureText(summary.error, paintErr));
}

function exitCodeFor({ ok, error, left }: RunSummary, stopAsked: boolean): number {
  if (stopAsked || left !== undefined) return EXIT.stopped;
  return ok ? EXIT.ok : exitCodeOf(error?.code ?? '');
}

/** First Ctrl-C: stop at the next commit. Second: at once. */
function stopOnInterrupt(
  stop: (how: 'commit' | 'now') => void,
  say: (text: string) => void,
): { asked(): boolean; release(): void } {
  let asked = false;
  const release = onInterrupt(times => {
    asked = true;
    if (times === 1) say('stopping at the next commit; Ctrl-C again stops at once. Neither loses anything.');
    stop(times === 1 ? 'commit' : 'now');
  });
  return { asked: () => asked, release };
}
