import { featuresHash } from '../contract/features-hash.ts';
import type { PipelineSpec } from '../contract/parameter.ts';
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

/**
 * The hash of the feature stages a transform was fitted from, in their checked form: what a flow that scores with the model
 * declares, and what its registry is asked for. Null where the transform came from elsewhere.
 */
export function featureStagesHash(host: Pick<TaskHost, 'node'>, transform: PortRef): string | null {
  const node = host.node(transform.node);
  if (node.kind !== 'stage') return null;
  const spec = Object.values(node.params).find(isPipeline);
  return spec === undefined ? null : featuresHash(spec);
}

function isPipeline(value: unknown): value is PipelineSpec {
  if (value === null || typeof value !== 'object') return false;
  const { stages, features } = value as Partial<PipelineSpec>;
  return Array.isArray(stages) && Array.isArray(features);
}
