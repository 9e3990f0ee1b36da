import type { LearnerDefinition } from '../../src/engine/contract/learner.ts';
import { type ParameterSpecs, required } from '../../src/engine/contract/parameter.ts';

/** Learners as far as the checker needs them: their parameters. Nothing here runs. */
const never = (): never => {
  throw new Error('a stub does not run');
};

function learner(name: string, params: ParameterSpecs): LearnerDefinition {
  const stub = { kind: 'learner', name, summary: name, params, examples: [], multiclass: false };
  return { ...stub, step: never, merge: never, scorer: never } as unknown as LearnerDefinition;
}
export const LEARNER_STUBS: readonly LearnerDefinition[] = [
  learner('gbdt', {
    trees: required('int', 'Trees.', { default: 100, min: 1 }),
    depth: required('int', 'Depth.', { default: 5 }),
    rate: required('float', 'Rate.', { default: 0.1 }),
    seed: required('int', 'Seed.', { default: 0 }),
  }),
  learner('logistic', { l2: required('float', 'Penalty.', { default: 1 }) }),
];
