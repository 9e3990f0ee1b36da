import type { Clock } from '../base/clock.ts';
import { OperationalError } from '../base/operational-error.ts';
import type { ArtifactStore } from '../contract/artifact.ts';
import type { Batch } from '../contract/batch.ts';
import type { Catalog } from '../contract/catalog.ts';
import type { OperatorCatalog } from '../contract/operator.ts';
import { createMemoryLog } from '../log/memory-log.ts';
import type { Registry } from '../models/registry.ts';
import type { PhysicalPlan } from '../plan/physical.ts';
import { planPhysical } from '../plan/physical-plan.ts';
import type { Plan, PlanNode, PortRef, SinkNode, SourceNode } from '../plan/plan.ts';
import { portKey } from '../plan/port-key.ts';
import { pushDown } from '../plan/push-down.ts';
import { inputRefs } from '../plan/refs.ts';
import { inThreadExecutor } from '../runtime/executor.ts';
import type { FuseStages } from '../runtime/fuse-stages.ts';
import { inThreadContext } from '../runtime/in-thread-context.ts';
import { memoryArtifacts } from '../runtime/memory-artifacts.ts';
import { Scheduler } from '../runtime/scheduler.ts';
import type { Ready } from '../runtime/sides.ts';
import { STAGE_BACKENDS } from '../runtime/stage-backends.ts';
import { taskHost } from '../runtime/task-host.ts';
import { badTopicName } from '../runtime/watched-plan.ts';
import { createStateStore } from '../state/state-store.ts';

/** A topic whose rows are compared. */
export interface CheckedTopic {
  readonly name: string;
  /** Column by which rows keep their order; null: they have none. */
  readonly key: string | null;
}

/** What of a flow is simulated: made once in a thread, shared by all worlds and processes in it. */
export interface SimulatedFlow {
  readonly plan: Plan;
  readonly catalog: Catalog;
  readonly lookUp: OperatorCatalog;
  readonly fuse: FuseStages;
  /** The stream alone: all else has been made. */
  readonly stream: PhysicalPlan;
  readonly ready: readonly (readonly [PortRef, Ready])[];
  readonly artifacts: ArtifactStore;
  readonly registry: Registry;
  /** By source node; each batch is a split of its own. */
  readonly rows: ReadonlyMap<string, readonly Batch[]>;
  readonly topics: readonly CheckedTopic[];
  /** Bindings of sinks that are left out: they are no topics. */
  readonly leftOut: readonly string[];
}

export interface FlowSetup {
  readonly clock: Clock;
  readonly registry: Registry;
  readonly lookUp: OperatorCatalog;
  /** Rows of a source, cut into its splits. */
  rowsOf(source: SourceNode): readonly Batch[];
}

/**
 * The part of a flow that leads to topics, over rows that are handed in, with all that is bounded (tables, models, transforms) made.
 * Throws R570 where nothing of the flow runs as a stream, R572 where a model is missing, R573 where a schema registry would be asked, and what making the bounded part throws.
 */
export async function simulatedFlow(given: Plan, catalog: Catalog, setup: FlowSetup): Promise<SimulatedFlow> {
  const sinks = given.nodes.filter((node): node is SinkNode => node.kind === 'sink');
  const isTopic = (sink: SinkNode) => catalog.sinks.get(sink.connector.connector)?.nature === 'log';
  const plan = pushDown(leadingTo(given, sinks.filter(isTopic)), catalog);
  const { jobs } = planPhysical(plan, catalog);
  const stream = { jobs: jobs.filter(job => job.kind === 'stream') };
  if (stream.jobs.length === 0) {
    throw new OperationalError(
      'R570',
      `flow ${given.flow.name} writes to no topic, so nothing of it runs as a stream`,
      {
        hint: 'a bounded job is made whole or not at all; what can be simulated is a flow with a sink that writes topic("…")',
      },
    );
  }
  for (const { id, format } of sinks.filter(isTopic)) {
    // Formats that know no files are those of a registry.
    if (format === null || catalog.formats.get(format.name)?.files !== undefined) continue;
    throw new OperationalError('R573', `sink ${id} writes the format ${format.name}, which asks a schema registry`, {
      hint: 'nothing outside of it is asked in a simulation: write format: json to simulate the flow',
    });
  }
  const rows = new Map(
    plan.nodes.flatMap(node => (node.kind === 'source' ? [[node.id, setup.rowsOf(node)] as const] : [])),
  );
  const { lookUp } = setup;
  const artifacts = memoryArtifacts();
  const fuse = STAGE_BACKENDS.generated;
  const shared = { plan, catalog, lookUp, artifacts, fuse };
  const bounded = { jobs: jobs.filter(job => job.kind !== 'stream') };
  const ready = await made(shared, bounded, rows, setup);
  const there = new Set(ready.map(([ref]) => portKey(ref)));
  for (const job of stream.jobs) {
    const missing = job.needs.find(ref => !there.has(portKey(ref)) && !isRows(plan, ref));
    if (missing === undefined) continue;
    throw new OperationalError('R572', `flow ${given.flow.name} needs ${missing.node}, which is not there`, {
      hint: 'publish the model first, or name the folder of its registry: --log DIR',
    });
  }
  const topics: CheckedTopic[] = [];
  for (const node of plan.nodes) {
    if (node.kind === 'sink') topics.push({ name: String(node.connector.options['name']), key: node.key });
    if (node.kind === 'source' && node.onBad.kind === 'topic') topics.push({ name: node.onBad.topic, key: null });
  }
  return {
    ...shared,
    stream,
    ready,
    registry: setup.registry,
    rows,
    topics: merged(topics),
    leftOut: sinks.filter(sink => !isTopic(sink)).map(sink => sink.binding),
  };
}

function isRows({ nodes }: Plan, ref: PortRef): boolean {
  return nodes.find(node => node.id === ref.node)?.ports[ref.port]?.kind === 'rows';
}

/** The nodes the sinks need. Rows that are refused go to topics, whatever the flow says: they are compared too. */
function leadingTo(plan: Plan, sinks: readonly SinkNode[]): Plan {
  const byId = new Map(plan.nodes.map(node => [node.id, node]));
  const needed = new Set<string>();
  const visit = (id: string): void => {
    const node = byId.get(id);
    if (node === undefined || needed.has(id)) return;
    needed.add(id);
    if (node.kind === 'stage') for (const ref of inputRefs(node)) visit(ref.node);
    if (node.kind === 'sink') visit(node.input.node);
  };
  for (const sink of sinks) visit(sink.id);
  const nodes = plan.nodes.flatMap((node): PlanNode[] => {
    if (!needed.has(node.id)) return [];
    if (node.kind !== 'source' || node.onBad.kind === 'topic') return [node];
    return [{ ...node, onBad: { kind: 'topic', topic: badTopicName(node.id) } }];
  });
  return { ...plan, nodes };
}

async function made(
  shared: Pick<SimulatedFlow, 'plan' | 'catalog' | 'lookUp' | 'artifacts' | 'fuse'>,
  bounded: PhysicalPlan,
  rows: SimulatedFlow['rows'],
  { clock, registry }: FlowSetup,
): Promise<SimulatedFlow['ready']> {
  const log = createMemoryLog({ clock });
  const host = taskHost({
    ...shared,
    clock,
    batchRows: 8_192,
    memoryState: createStateStore,
    log: async () => log,
    injected: rows,
    injectedAsSplits: true,
  });
  const scheduler = new Scheduler(bounded);
  const end = new AbortController();
  const executor = inThreadExecutor(host);
  try {
    await scheduler.run(
      inThreadContext({
        host,
        executor,
        registry,
        clock,
        partitions: 1,
        process: 'simulated',
        signal: end.signal,
        ready: scheduler.ready,
      }),
      () => end.abort(),
    );
  } finally {
    await executor.close();
    await log.close();
  }
  return Object.entries(scheduler.ready).map(([key, one]) => {
    const at = key.lastIndexOf(':');
    return [{ node: key.slice(0, at), port: key.slice(at + 1) }, one] as const;
  });
}

/** Several sinks may write one topic; its rows have an order where all say the same key. */
function merged(topics: readonly CheckedTopic[]): readonly CheckedTopic[] {
  const byName = new Map<string, CheckedTopic>();
  for (const topic of topics) {
    const known = byName.get(topic.name);
    byName.set(topic.name, known === undefined || known.key === topic.key ? topic : { ...topic, key: null });
  }
  return [...byName.values()];
}
