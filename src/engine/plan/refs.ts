import type { Chain, ChainOutput } from './physical.ts';
import type { PortRef, SinkNode, StageNode } from './plan.ts';

/** What a stage reads besides its input: tables and values. */
export function sideRefs(stage: StageNode): readonly PortRef[] {
  return Object.values(stage.sides).flat();
}
/** All that a stage reads, its input first. */
export function inputRefs(stage: StageNode): readonly PortRef[] {
  return [stage.input, ...sideRefs(stage)];
}
/** What a stage needs to be there before its first row: its sides, and what its first pass has made where it has one. */
export function neededRefs(stage: StageNode): readonly PortRef[] {
  return [...sideRefs(stage), { node: stage.id, port: 'prepared' }];
}

/** The port whose rows go to an output. */
export function outputRef(output: ChainOutput): PortRef {
  return output.kind === 'table' ? output.ref : output.from;
}
/** Sinks that chains write, in the order of the chains. */
export function sinksOf(chains: readonly Chain[]): readonly SinkNode[] {
  return chains.flatMap(({ outputs }) => outputs.flatMap(one => (one.kind === 'sink' ? [one.sink] : [])));
}
