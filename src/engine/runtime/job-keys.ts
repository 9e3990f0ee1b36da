import { sha256 } from '../base/sha256.ts';
import type { Split } from '../contract/connector.ts';
import type { Chain, Job } from '../plan/physical.ts';
import type { PlanNode, PortRef, SourceNode, StageNode } from '../plan/plan.ts';
import { portKey } from '../plan/port-key.ts';
import type { JobContext } from './job-context.ts';
import type { ReadyPorts } from './sides.ts';
import { transformBehind } from './transform-behind.ts';

/**
 * Rises when the engine, an operator or a learner makes other bytes or other counts of the same plan than it did, so that what
 * an older one made is not taken for its own. `test/golden/artifacts.test.ts` sees when it must.
 */
export const ENGINE_FORMAT = 4;

type Naming = Pick<JobContext, 'host' | 'ready' | 'nonce' | 'extensionsHash'>;

/**
 * The name of a job's result: a hash of what it does and of the content of what it reads. Spans, texts and comments are not in
 * it. The nonce stands for input that has no content hash (standard input): such a result is never found again.
 */
export function jobKey(naming: Naming, job: Job, splits: readonly Split[]): string {
  const { extensionsHash: extensions } = naming;
  return sha256({
    format: ENGINE_FORMAT,
    ...(extensions === null ? {} : { extensions }),
    kind: job.kind,
    ...workOf(naming, job, splits),
  });
}
/** The key of one of a job's tables. */
export function tableKey(key: string, ref: PortRef, columns: readonly string[]): string {
  return sha256({ job: key, port: portKey(ref), columns });
}

/** Hashes of what a job reads, by name: the lineage kept beside its result. */
export function inputsOf(job: Job, ready: ReadyPorts, splits: readonly Split[]): Readonly<Record<string, string>> {
  const named = job.needs.flatMap(ref => {
    const made = ready[portKey(ref)];
    return made === undefined ? [] : [[portKey(ref), made.hash] as const];
  });
  return Object.fromEntries([...named, ...splits.map(split => [split.name, split.hash ?? 'unknown'] as const)]);
}

function workOf({ host, ready, nonce }: Naming, job: Job, splits: readonly Split[]): object {
  switch (job.kind) {
    case 'table':
      return { chain: chainWork(job.chain, ready, splits, nonce) };
    case 'value':
      return {
        chain: chainWork(job.chain, ready, splits, nonce),
        stage: stageWork(job.node, ready),
        prepare: job.prepare,
      };
    case 'train': {
      const behind = transformBehind(host, job.node);
      return {
        stage: stageWork(job.node, ready),
        rows: hashOf(job.node.input, ready),
        transform: behind === null ? null : hashOf(behind, ready),
      };
    }
    case 'control':
      return {
        node: job.node.kind === 'stage' ? stageWork(job.node, ready) : job.node.id,
        of: hashOf(job.node.input, ready),
      };
    case 'registry':
    case 'stream':
      return { id: job.id };
  }
}

function chainWork(chain: Chain, ready: ReadyPorts, splits: readonly Split[], nonce: string): object {
  const { input } = chain;
  return {
    input:
      input.kind === 'source'
        ? { source: sourceWork(input.source), splits: splits.map(split => split.hash ?? nonce) }
        : input.kind === 'table'
          ? { table: hashOf(input.ref, ready) }
          : { topic: input.topic, nonce },
    steps: chain.steps.map(step => ({ from: step.from, stage: stageWork(step.node, ready) })),
  };
}
function stageWork(node: StageNode, ready: ReadyPorts): object {
  const sides = Object.entries(node.sides).map(([param, refs]) => [param, refs.map(ref => hashOf(ref, ready))]);
  return {
    id: node.id,
    op: node.op,
    params: node.params,
    ports: node.ports,
    sides,
    prepared: hashOf({ node: node.id, port: 'prepared' }, ready),
  };
}
function sourceWork(source: SourceNode): object {
  const { id, connector, format, schema, names, nulls, onRange, zone, onBad } = source;
  return { id, connector, format, schema, names, nulls, onRange, zone, onBad };
}
function hashOf(ref: PortRef, ready: ReadyPorts): string | null {
  return ready[portKey(ref)]?.hash ?? null;
}

/** What a plan does, without where it was written: tells a changed flow from an edited comment. */
export function planHash(nodes: readonly PlanNode[]): string {
  return sha256(nodes.map(({ span: _, ...node }) => node));
}
