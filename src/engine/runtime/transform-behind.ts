import type { PortRef, StageNode } from '../plan/plan.ts';
import type { TaskHost } from './task-host.ts';

/** The fitted transform that made a stage's feature rows: the nearest one applied before it. Null where there is none. */
export function transformBehind(host: Pick<TaskHost, 'node'>, stage: StageNode): PortRef | null {
  for (let node: StageNode = stage; ; ) {
    const transform = Object.values(node.sides)
      .flat()
      .find(ref => host.node(ref.node).ports[ref.port]?.kind === 'transform');
    if (transform !== undefined) return transform;
    const before = host.node(node.input.node);
    if (before.kind !== 'stage') return null;
    node = before;
  }
}
