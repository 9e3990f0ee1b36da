import { chainInputPort } from './chain-input.ts';
import type { Chain, StreamJob } from './physical.ts';
import type { PortRef } from './plan.ts';
import { portKey } from './port-key.ts';
import { neededRefs, outputRef } from './refs.ts';

/**
 * A stream without what cannot run because ports it needs are missing (a model that is not published yet): stages that read
 * them, and all behind those. Null where no sink is left. What feeds nothing any more is not run either.
 */
export function withoutMissing(job: StreamJob, missing: ReadonlySet<string>): StreamJob | null {
  const dead = deadNodes(job, missing);
  const isDead = (chain: Chain, ref: PortRef | null) => isDeadAt(job, chain, ref, dead, missing);
  const live = job.chains.map(chain => ({
    ...chain,
    steps: chain.steps.filter(step => !dead.has(step.node.id)),
    outputs: chain.outputs.filter(output => !isDead(chain, outputRef(output))),
  }));
  const chains = trimmed(live);
  if (chains.length === 0) return null;
  return { ...job, needs: job.needs.filter(ref => !missing.has(portKey(ref))), chains };
}

/** Ids of the stages that can get no rows, or not all. */
function deadNodes(job: StreamJob, missing: ReadonlySet<string>): ReadonlySet<string> {
  const dead = new Set<string>();
  for (let before = -1; before < dead.size; ) {
    before = dead.size;
    for (const chain of job.chains) {
      for (const { node, from } of chain.steps) {
        if (neededRefs(node).some(ref => missing.has(portKey(ref))) || isDeadAt(job, chain, from, dead, missing))
          dead.add(node.id);
      }
    }
  }
  return dead;
}

/** Whether rows that somebody takes from `ref` (null: the chain's input) do not come. */
function isDeadAt(
  job: StreamJob,
  chain: Chain,
  ref: PortRef | null,
  dead: ReadonlySet<string>,
  missing: ReadonlySet<string>,
): boolean {
  if (ref !== null && chain.steps.some(step => step.node.id === ref.node)) return dead.has(ref.node);
  const { input } = chain;
  if (ref !== null && chainInputPort(input, ref) !== null) return false;
  if (input.kind === 'table') return missing.has(portKey(input.ref));
  if (input.kind !== 'exchange') return false;
  return job.chains.some(other =>
    other.outputs.some(
      output =>
        output.kind === 'exchange' && output.topic === input.topic && isDeadAt(job, other, output.from, dead, missing),
    ),
  );
}

/** Without exchanges nobody reads, stages whose rows nobody takes, and chains that write nothing. */
function trimmed(chains: readonly Chain[]): readonly Chain[] {
  const read = new Set(chains.map(({ input }) => (input.kind === 'exchange' ? input.topic : null)));
  const next = chains
    .map(chain => {
      const outputs = chain.outputs.filter(output => output.kind !== 'exchange' || read.has(output.topic));
      const taken = new Set([
        ...chain.steps.flatMap(step => (step.from === null ? [] : [step.from.node])),
        ...outputs.map(output => outputRef(output).node),
      ]);
      return { ...chain, outputs, steps: chain.steps.filter(step => taken.has(step.node.id)) };
    })
    .filter(chain => chain.outputs.length > 0);
  const size = (all: readonly Chain[]) =>
    all.reduce((sum, chain) => sum + 1 + chain.outputs.length + chain.steps.length, 0);
  return size(next) === size(chains) ? next : trimmed(next);
}
