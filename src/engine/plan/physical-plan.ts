import { assert } from '../base/assert.ts';
import type { Catalog } from '../contract/catalog.ts';
import { chainInputPort } from './chain-input.ts';
import { rowsSchema } from './column-needs.ts';
import type { Chain, Job, PhysicalPlan } from './physical.ts';
import type { Plan, PlanNode, PortRef, SinkNode, StageNode } from './plan.ts';
import { executionOf, hasPrepare, isStreamSink, type PlanView, viewOf } from './plan-view.ts';
import { portKey } from './port-key.ts';
import { inputRefs, sideRefs } from './refs.ts';
import { streamJob } from './stream-chains.ts';

/**
 * Cuts a plan into jobs: bounded ones, which end in an artifact, and at most one that runs over the log. A bounded port is
 * kept as a table where it is read by several jobs, as a whole, or twice; everything else is fused into its reader.
 */
export function planPhysical(plan: Plan, catalog: Catalog): PhysicalPlan {
  const view = viewOf(plan, catalog);
  const jobs: Job[] = [];
  const tablesMade = new Set<string>();
  for (const node of plan.nodes) {
    if (node.kind === 'registry') jobs.push({ kind: 'registry', id: node.id, node, needs: [] });
    if (node.kind === 'stage') jobs.push(...stageJobs(view, node));
    if (node.kind === 'sink' && !isStreamSink(view, node)) jobs.push(sinkJob(view, node));
    const keptPorts = Object.keys(node.ports).filter(port => view.kept.has(portKey({ node: node.id, port })));
    if (keptPorts.length > 0 && !tablesMade.has(node.id)) {
      tablesMade.add(node.id);
      jobs.push(tableJob(view, node, keptPorts));
    }
  }
  const stream = streamJob(
    view,
    plan.nodes.filter((node): node is SinkNode => node.kind === 'sink' && isStreamSink(view, node)),
  );
  return { jobs: inOrderOfNeed([...jobs, ...(stream === null ? [] : [stream])]) };
}

function stageJobs(view: PlanView, node: StageNode): readonly Job[] {
  const how = executionOf(view, node);
  if (how?.mode === 'train')
    return [{ kind: 'train', id: node.id, node: view.running(node).node, needs: inputRefs(node) }];
  if (how?.mode === 'control') return [{ kind: 'control', id: node.id, node, needs: inputRefs(node) }];
  if (how?.mode === 'value' && view.rows(node.input) === null) {
    return [{ kind: 'control', id: node.id, node, needs: inputRefs(node) }];
  }
  if (how?.mode !== 'value' && !hasPrepare(view, node)) return [];
  const prepare = how?.mode !== 'value';
  const id = prepare ? `${node.id}.prepare` : node.id;
  const chain = boundedChain(view, id, node.input, []);
  return [
    {
      kind: 'value',
      id,
      ...view.running(node),
      prepare,
      chain: chain.chain,
      needs: [...chain.needs, ...sideRefs(node)],
    },
  ];
}

function sinkJob(view: PlanView, node: SinkNode): Job {
  const schema = rowsSchema(view.plan, node.input);
  if (schema === null) return { kind: 'control', id: node.id, node, needs: [node.input] };
  const { chain, needs } = boundedChain(view, node.id, node.input, [{ kind: 'sink', sink: node, from: node.input }]);
  return { kind: 'table', id: node.id, chain, needs };
}

function tableJob(view: PlanView, node: PlanNode, ports: readonly string[]): Job {
  const outputs = ports.map(port => {
    const ref = { node: node.id, port };
    return { kind: 'table' as const, ref, schema: view.keptSchema(ref) };
  });
  const from = { node: node.id, port: ports[0] ?? 'out' };
  const { chain, needs } = boundedChain(view, node.id, from, outputs, true);
  return { kind: 'table', id: node.id, chain, needs };
}

/** The fused stages that lead to `end`, back to a kept table or a source. `own`: `end` itself is what the chain makes. */
function boundedChain(
  view: PlanView,
  id: string,
  end: PortRef,
  outputs: Chain['outputs'],
  own = false,
): { chain: Chain; needs: readonly PortRef[] } {
  const steps: Chain['steps'][number][] = [];
  const needs: PortRef[] = [];
  let single = false;
  let at = end;
  let first = own;
  for (;;) {
    const node = view.node(at.node);
    if (view.kept.has(portKey(at)) && !first) {
      needs.push(at);
      return { chain: finish({ kind: 'table', ref: at, schema: view.keptSchema(at) }), needs };
    }
    first = false;
    if (node.kind === 'source') return { chain: finish({ kind: 'source', source: node }), needs };
    assert(node.kind === 'stage', `${at.node} gives no rows`);
    needs.push(...sideRefs(node));
    if (hasPrepare(view, node)) needs.push({ node: node.id, port: 'prepared' });
    single ||= view.placement(node)?.kind !== 'rows';
    steps.unshift({ ...view.running(node), from: node.input, inputParam: null });
    at = node.input;
  }
  function finish(input: Chain['input']): Chain {
    const head = steps.map((step, index) =>
      index === 0 ? { ...step, from: chainInputPort(input, step.node.input) } : step,
    );
    return { id, input, steps: head, outputs, spread: single ? 'single' : 'split' };
  }
}

/** Jobs sorted so that what a job needs is made by an earlier one; the order of the plan otherwise. */
function inOrderOfNeed(jobs: readonly Job[]): readonly Job[] {
  const makes = new Map<string, Job>();
  for (const job of jobs) for (const ref of madeBy(job)) makes.set(portKey(ref), job);
  const ordered: Job[] = [];
  const visiting = new Set<Job>();
  const visit = (job: Job) => {
    if (ordered.includes(job)) return;
    assert(!visiting.has(job), `job ${job.id} needs itself`);
    visiting.add(job);
    for (const ref of job.needs) {
      const maker = makes.get(portKey(ref));
      if (maker !== undefined && maker !== job) visit(maker);
    }
    visiting.delete(job);
    ordered.push(job);
  };
  for (const job of jobs) visit(job);
  return ordered;
}

/** The ports a job makes ready. */
export function madeBy(job: Job): readonly PortRef[] {
  switch (job.kind) {
    case 'table':
      return job.chain.outputs.flatMap(output => (output.kind === 'table' ? [output.ref] : []));
    case 'value':
      return [{ node: job.node.id, port: job.prepare ? 'prepared' : 'out' }];
    case 'train':
    case 'control':
    case 'registry':
      return [{ node: job.node.id, port: 'out' }];
    case 'stream':
      return [];
  }
}
