import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { Command } from 'commander';
import { systemEnvironment } from '../../engine/base/environment.ts';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { systemClock } from '../../engine/base/system-clock.ts';
import type { RunSummary } from '../../engine/contract/progress.ts';
import { lockHolder } from '../../engine/log/embedded/lock.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import { pushDown } from '../../engine/plan/push-down.ts';
import { openByModule } from '../../engine/runtime/run-log.ts';
import { startRun } from '../../engine/runtime/start-run.ts';
import { askToLeave, type Left } from '../../engine/runtime/stream/ask-to-leave.ts';
import type { LeaveRequest } from '../../engine/runtime/stream/manifest-log.ts';
import { dropRequest, fileRequest, isFiled } from '../../engine/runtime/stream/request-file.ts';
import { logFolder } from '../../engine/runtime/weir-folder.ts';
import { catalogModule } from '../catalog-module.ts';
import { EXIT, EXIT_CODES } from '../exit-codes.ts';
import { ExitError, exitCodeOf, exitOfErrors, failureText } from '../failure.ts';
import { onInterrupt } from '../interrupts.ts';
import type { LogPlace } from '../log-place.ts';
import {
  compilePath,
  err,
  type FlowOptions,
  out,
  paintErr,
  parsedParams,
  planOrExit,
  showDiagnostics,
  withFlowOptions,
} from '../session.ts';
import { snapshotOptions, snapshotsOption } from '../snapshots-option.ts';
import { DEFAULT_PLACE } from '../weir-dir.ts';
import { wholeNumber } from '../whole-number.ts';
import { MOST_WORKERS, ownName, sessionTimeout, viewFor } from './run.ts';

interface StopFlags extends FlowOptions {
  readonly drain?: boolean;
  readonly workers: number;
  readonly snapshots?: string;
}

/** How often it is looked whether the process that has the log has gone. */
const LOOK_MS = 200;
/** It looks for requests every half second. */
const HEARD_MS = 10_000;

export function stopCommand(): Command {
  return withFlowOptions(new Command('stop'))
    .description('stop the processes that run a flow, at a commit; or drain its stream first')
    .argument('<flow>', 'its .flow file')
    .option('--drain', 'read nothing more, and bring what has been read to its end; also of a flow that does not run')
    .option(
      '--workers <n>',
      'worker threads, where this command drains it',
      wholeNumber(MOST_WORKERS),
      availableParallelism(),
    )
    .addOption(snapshotsOption())
    .option('--json', 'what happened as one JSON object')
    .addHelpText(
      'after',
      `\nExamples:\n  weir stop score.flow\n  weir stop score.flow --drain && weir run score.flow --partitions 12\n\n${EXIT_CODES}\n` +
        'With --drain give the parameters the flow runs with.',
    )
    .action(stop);
}

async function stop(path: string, options: StopFlags): Promise<void> {
  const { flow, plan } = await compiledFlow(path, options);
  const place = options.log ?? DEFAULT_PLACE;
  const request: LeaveRequest = {
    request: options.drain ? 'drain' : 'stop',
    id: `${ownName()} at ${systemClock.now()}`,
  };
  const ended = new AbortController();
  const release = onInterrupt(() => ended.abort());
  try {
    const left = await ask(place, flow, request, ended.signal);
    for (const one of left) say(options, `${one.process}: ${one.how}\n`);
    if (ended.signal.aborted) throw new ExitError(EXIT.stopped);
    if (plan === null) {
      const silent = left.filter(one => one.how === 'silent').map(one => one.process);
      if (silent.length > 0) {
        tell(options, { flow, processes: left, left: 'silent' });
        throw doNotAnswer(flow, silent);
      }
      if (left.length === 0) say(options, `${flow} is not running\n`);
      tell(options, { flow, processes: left, left: left.length === 0 ? 'not running' : 'stopped' });
      return;
    }
    // Whatever the processes have come to: where the stream is drained, this says so; where it is not, it is drained here.
    const summary = await drain(plan, place, options);
    const { how, exit } = drainOutcome(summary, ended.signal.aborted);
    if (how === 'failed' && summary.error !== undefined) err.write(failureText(summary.error, paintErr));
    else say(options, DRAIN_TEXTS[how](flow));
    const error = how === 'failed' ? { error: summary.error } : {};
    tell(options, { flow, processes: left, left: how, ...error });
    if (exit !== EXIT.ok) throw new ExitError(exit);
  } finally {
    release();
  }
}

/** What has come of a drain by this command, and its exit code. `stopAsked`: by Ctrl-C, before it was over. */
export function drainOutcome(
  { error, left }: Pick<RunSummary, 'error' | 'left'>,
  stopAsked: boolean,
): { readonly how: 'drained' | 'ended' | 'stopped' | 'failed'; readonly exit: number } {
  if (error === undefined && left === 'drained') return { how: 'drained', exit: EXIT.ok };
  if (stopAsked || left === 'stopped') return { how: 'stopped', exit: EXIT.stopped };
  if (error !== undefined) return { how: 'failed', exit: exitCodeOf(error.code) };
  return { how: 'ended', exit: EXIT.ok };
}
const DRAIN_TEXTS = {
  drained: flow => `drained ${flow}\n`,
  ended: flow => `${flow} has run to its end: there was nothing to drain\n`,
  stopped: flow => `stopped before ${flow} was drained; drain it again, or run it\n`,
  failed: flow => `${flow} was not drained\n`,
} as const satisfies Record<ReturnType<typeof drainOutcome>['how'], (flow: string) => string>;

/** What is stopped needs no more than a name, though the text may be in the middle of a change; what is drained needs its plan. */
async function compiledFlow(
  path: string,
  options: StopFlags,
): Promise<{ readonly flow: string; readonly plan: Plan | null }> {
  const { compiled, catalog } = await compilePath(path, options, {
    params: options.drain ? parsedParams(options.param) : null,
  });
  if (options.drain) {
    const plan = pushDown(planOrExit(compiled), catalog);
    return { flow: plan.flow.name, plan };
  }
  if (compiled.flow !== null) return { flow: compiled.flow, plan: null };
  if (!showDiagnostics(compiled)) throw new ExitError(exitOfErrors(compiled.diagnostics), compiled);
  throw new OperationalError('R552', 'this file has no "flow" line: it is a library, which cannot run');
}

async function ask(
  place: LogPlace,
  flow: string,
  request: LeaveRequest,
  signal: AbortSignal,
): Promise<readonly Left[]> {
  const module = await place.module();
  if (module === null) return askHolder(place, flow, request, signal);
  const log = await openByModule(module, systemClock);
  try {
    return (await askToLeave({ log, clock: systemClock, flow, request, signal })) ?? [];
  } finally {
    await log.close();
  }
}

/** Of the embedded log one process has the lock, or none: when it has gone, the lock is free. */
async function askHolder(
  place: LogPlace,
  flow: string,
  request: LeaveRequest,
  signal: AbortSignal,
): Promise<readonly Left[]> {
  const folder = logFolder(place.folder);
  const holder = await lockHolder(folder);
  if (holder === null) return [];
  const process = holder.pid === undefined ? 'another process' : `process ${holder.pid} on ${holder.host}`;
  await fileRequest(folder, flow, request);
  const asked = systemClock.elapsed();
  for (;;) {
    const now = await lockHolder(folder);
    // Another one may have come in its place.
    if (now === null || now.pid !== holder.pid || now.since !== holder.since) break;
    if (signal.aborted) return [{ process, how: 'leaving' }];
    if (systemClock.elapsed() - asked > HEARD_MS && (await isFiled(folder, request.id))) {
      await dropRequest(folder);
      throw new OperationalError('R125', `${process} has the log, and does not take up what it is asked for ${flow}`, {
        hint: `see what it runs (${holder.command ?? 'unknown'}); Ctrl-C or SIGTERM stops it at a commit`,
      });
    }
    await systemClock.sleep(LOOK_MS, signal);
  }
  await dropRequest(folder);
  return [{ process, how: 'left' }];
}

function doNotAnswer(flow: string, processes: readonly string[]): OperationalError {
  const who = `${processes.join(', ')} ${processes.length === 1 ? 'does' : 'do'}`;
  return new OperationalError('R126', `${who} not answer, and may have tasks of ${flow}`, {
    hint: 'one that was killed is forgotten after its session timeout (10 s): ask again then. One that stands still stops as soon as it goes on',
  });
}

async function drain(plan: Plan, place: LogPlace, options: StopFlags): Promise<RunSummary> {
  const log = await place.module();
  const run = startRun(plan, {
    workers: options.workers,
    partitions: 1,
    batchRows: 32_768,
    folder: place.folder,
    ...(log === null ? {} : { log }),
    catalogModule,
    extensions: (options.with ?? []).map(module => resolve(module)),
    fresh: false,
    untilCaughtUp: false,
    drain: true,
    process: ownName(),
    snapshots: snapshotOptions(options.snapshots),
    ...sessionTimeout(),
    clock: systemClock,
    env: systemEnvironment,
  });
  const view = viewFor({ json: false }, true);
  const subscription = options.json ? null : run.events.subscribe(event => view.show(event));
  const release = onInterrupt(times => run.stop(times === 1 ? 'commit' : 'now'));
  const summary = await run.summary;
  release();
  subscription?.unsubscribe();
  view.finish();
  return summary;
}

function say(options: StopFlags, text: string): void {
  if (!options.json) out.write(text);
}
function tell(options: StopFlags, what: unknown): void {
  if (options.json) out.write(`${JSON.stringify(what)}\n`);
}
