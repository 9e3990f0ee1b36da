import type { Clock } from '../base/clock.ts';
import type { Environment } from '../base/environment.ts';
import { OperationalError } from '../base/operational-error.ts';
import type { Batch } from '../contract/batch.ts';
import type { Catalog } from '../contract/catalog.ts';
import { defineSink } from '../contract/connector.ts';
import type { Evaluator } from '../contract/evaluation.ts';
import type { Log, LogReader } from '../contract/log.ts';
import type { SideValue } from '../contract/operator.ts';
import type { RunEvent } from '../contract/progress.ts';
import type { ValueContent } from '../contract/value.ts';
import { createMemoryLog } from '../log/memory-log.ts';
import type { Registry } from '../models/registry.ts';
import { planPhysical } from '../plan/physical-plan.ts';
import type { Plan, PortRef } from '../plan/plan.ts';
import { portKey } from '../plan/port-key.ts';
import { createStateStore } from '../state/state-store.ts';
import { operatorCatalog } from './catalog-module.ts';
import { inThreadExecutor } from './executor.ts';
import { inThreadContext } from './in-thread-context.ts';
import { logOver } from './log-over.ts';
import { memoryArtifacts } from './memory-artifacts.ts';
import { type RunParts, Scheduler } from './scheduler.ts';
import { STAGE_BACKENDS } from './stage-backends.ts';
import { taskHost } from './task-host.ts';
import { TopicCursor } from './topic-cursor.ts';
import { badTopicName, CAPTURE, watchedPlan } from './watched-plan.ts';

/** A run in this thread and in memory, over rows that are handed in: for `weir test`, `preview` and golden flows. */
export interface InProcessOptions {
  readonly clock: Clock;
  /** Absent: nothing is set. */
  readonly env?: Environment;
  /** Rows that stand for a source's, by source node id. A source not named reads what the flow says. */
  readonly rows?: ReadonlyMap<string, readonly Batch[]>;
  /** Models that stand for a registry's, by registry node id. */
  readonly models?: ReadonlyMap<string, SideValue>;
  /** Where models not handed in come from; absent: there are none. */
  readonly registry?: Registry;
  /**
   * What is wanted: a stage's port, a sink (`out`: the rows it would have written), a source's `out` or `bad`. Nothing else
   * runs, nothing is written anywhere.
   */
  readonly capture: readonly PortRef[];
  readonly batchRows?: number;
  readonly partitions?: number;
  readonly evaluator?: Evaluator;
  /** Whose topics sources read, as they stand; absent: there are none. Nothing is written to it, and its owner closes it. */
  readonly topics?: LogReader;
  /** Stops when every captured rows port has this many rows. */
  readonly limitRows?: number;
  readonly signal?: AbortSignal;
  onEvent?(event: RunEvent): void;
}
export interface InProcessResult {
  /** Rows by `node:port`, hidden fields left out, in the order they came. */
  readonly rows: ReadonlyMap<string, readonly Batch[]>;
  /** Values (reports, transforms, models) by `node:port`. */
  readonly values: ReadonlyMap<string, ValueContent>;
  readonly parts: RunParts;
}

/** Rejects with what would be the run's error: OperationalError, or an assertion. */
export async function runInProcess(plan: Plan, catalog: Catalog, options: InProcessOptions): Promise<InProcessResult> {
  const { clock, batchRows = 8_192, partitions = 2 } = options;
  const gathered = new Gathered(options);
  const shown: Catalog = { ...catalog, sinks: new Map([...catalog.sinks, [CAPTURE, captureSink(gathered)]]) };
  const watched = watchedPlan(plan, options.capture);
  const physical = planPhysical(watched, shown);
  const artifacts = memoryArtifacts();
  const own = createMemoryLog({ clock });
  const log = options.topics === undefined ? own : await logOver(own, options.topics);
  const host = taskHost({
    plan: watched,
    catalog: shown,
    lookUp: operatorCatalog(shown, options.evaluator),
    artifacts,
    fuse: STAGE_BACKENDS.generated,
    clock,
    env: options.env,
    batchRows,
    memoryState: createStateStore,
    log: async () => log,
    injected: options.rows ?? new Map(),
  });
  const scheduler = new Scheduler(physical);
  for (const [node, model] of options.models ?? []) {
    const about = { binding: node, inputs: {}, counts: [] };
    const { hash } = await artifacts.putValue(model.hash, model.content, about);
    scheduler.give(
      { node, port: 'out' },
      { kind: 'value', key: model.hash, name: model.name, hash, version: model.version },
    );
  }
  const executor = inThreadExecutor(host);
  const stop = new AbortController();
  options.signal?.addEventListener('abort', () => stop.abort(), { once: true });
  gathered.onEnough = () => stop.abort();
  const context = inThreadContext({
    host,
    executor,
    registry: options.registry ?? NO_REGISTRY,
    clock,
    partitions,
    process: 'in process',
    signal: stop.signal,
    ready: scheduler.ready,
    tell: event => options.onEvent?.(event),
  });
  try {
    await scheduler.run(context, () => stop.abort());
  } catch (error) {
    if (!gathered.hasEnough) throw error;
  } finally {
    await executor.close();
  }
  const rows = new Map(gathered.rows);
  const values = new Map<string, ValueContent>();
  for (const ref of options.capture) {
    const made = scheduler.ready[portKey(ref)];
    if (made?.kind === 'value') values.set(portKey(ref), (await host.sides.value(made)).content);
    if (ref.port === 'bad' && host.node(ref.node).kind === 'source')
      rows.set(portKey(ref), await badRows(log, ref.node));
  }
  await log.close();
  return { rows, values, parts: scheduler.parts(plan.nodes.map(node => node.binding)) };
}

/** Batches by port, as the capturing sinks hand them in. */
class Gathered {
  readonly rows = new Map<string, Batch[]>();
  readonly #limit: number | null;
  onEnough: () => void = () => undefined;

  constructor(options: InProcessOptions) {
    this.#limit = options.limitRows ?? null;
    for (const ref of options.capture) if (ref.port !== 'bad') this.rows.set(portKey(ref), []);
  }
  add(port: string, batch: Batch): void {
    this.rows.get(port)?.push(batch);
    if (this.hasEnough) this.onEnough();
  }
  get hasEnough(): boolean {
    const limit = this.#limit;
    // Where bad rows alone are wanted, any row may still be one.
    if (limit === null || this.rows.size === 0) return false;
    return [...this.rows.values()].every(batches => batches.reduce((sum, batch) => sum + batch.rows, 0) >= limit);
  }
}

function captureSink(gathered: Gathered) {
  return defineSink({
    name: CAPTURE,
    summary: 'Hands rows to whoever runs the flow in its own thread.',
    options: {},
    examples: [],
    delivery: 'exactly-once',
    nature: 'console',
    open: ({ sink }) => ({
      write: async batch => gathered.add(sink.slice(CAPTURE.length + 1), batch),
      publish: async () => undefined,
      abandon: async () => undefined,
    }),
  });
}

async function badRows(log: Log, source: string): Promise<Batch[]> {
  const topic = (await log.topics()).find(info => info.name === badTopicName(source));
  const batches: Batch[] = [];
  if (topic !== undefined) for await (const { batch } of new TopicCursor(log, topic).upTo(topic)) batches.push(batch);
  return batches;
}

const nothing = (): never => {
  throw new OperationalError('R551', 'this run has no registry');
};
const NO_REGISTRY: Registry = {
  list: async () => [],
  history: async () => [],
  resolve: async () => null,
  publish: async () => nothing(),
  promote: async () => nothing(),
  rollback: async () => nothing(),
};
