import type { ChainInput } from './physical.ts';
import type { PortRef } from './plan.ts';

/**
 * How a port outside a chain reaches its steps: null where it is the chain's input itself; a source's `bad` is named, for its
 * rows come beside those of `out` in the chain that reads the source.
 */
export function chainInputPort(input: ChainInput, ref: PortRef): PortRef | null {
  const reads = input.kind === 'source' || input.kind === 'topic';
  return reads && input.source.id === ref.node && ref.port !== 'out' ? ref : null;
}
