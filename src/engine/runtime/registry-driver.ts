import { OperationalError } from '../base/operational-error.ts';
import { sha256 } from '../base/sha256.ts';
import type { ModelContent } from '../contract/value.ts';
import { modelContentOf } from '../models/registry.ts';
import type { RegistryJob } from '../plan/physical.ts';
import type { RegistryNode } from '../plan/plan.ts';
import { portKey } from '../plan/port-key.ts';
import type { JobContext, JobOutcome } from './job-context.ts';
import { classesOf } from './learn-partitions.ts';

/** Pins the model a run uses: what the alias means now, checked against what the flow was compiled for. */
export async function runRegistryJob(context: JobContext, job: RegistryJob): Promise<JobOutcome> {
  const { node } = job;
  const model = await context.registry.resolve(node.registry, node.alias);
  if (model === null) {
    if (node.fallback === 'fail') {
      throw new OperationalError('R301', `registry "${node.registry}" has no model under "${node.alias}"`, {
        operator: node.id,
        hint: 'run the flow that trains and publishes it first, or declare a fallback',
      });
    }
    context.tell({
      event: 'warning',
      code: 'R301',
      message: `registry "${node.registry}" has no model under "${node.alias}": what needs it is left out (fallback: skip)`,
      stage: node.binding,
    });
    return { ready: {}, counts: [], reused: false, skipped: true };
  }
  refuseOther(node, modelContentOf(model.content));
  const key = sha256({ registry: node.registry, hash: model.hash });
  const about = { binding: node.binding, inputs: { [`registry:${node.registry}`]: model.hash }, counts: [] };
  const value = await context.host.artifacts.putValue(key, model.content, about);
  const made = { kind: 'value', key, name: node.binding, hash: value.hash, version: model.version } as const;
  return {
    ready: { [portKey({ node: node.id, port: 'out' })]: made },
    counts: [],
    reused: false,
    models: { [node.binding]: { hash: model.hash, version: model.version } },
  };
}

/** Throws R305 where the model is not the one the flow declares: other classes, or other features. */
function refuseOther(node: RegistryNode, model: ModelContent): void {
  const declared = JSON.stringify(classesOf(node.predicts));
  if (JSON.stringify(model.classes) !== declared)
    throw otherModel(node, 'predicts another type than the flow declares');
  const { transformHash } = model;
  if (node.featuresHash !== null && transformHash !== null && transformHash !== node.featuresHash) {
    throw otherModel(node, 'was trained on other feature stages than the flow declares');
  }
}

function otherModel(node: RegistryNode, what: string): OperationalError {
  return new OperationalError('R305', `the model under "${node.alias}" in registry "${node.registry}" ${what}`, {
    operator: node.id,
    hint: 'train it anew with the feature stages this flow imports, or serve another version: weir models promote',
  });
}
