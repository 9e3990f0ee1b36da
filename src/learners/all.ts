import type { LearnerDefinition } from '../engine/contract/learner.ts';
import { gbdt } from './gbdt/gbdt.ts';

/** The learners Weir comes with, by name. */
export function builtinLearners(): ReadonlyMap<string, LearnerDefinition> {
  return new Map([gbdt].map(learner => [learner.name, learner]));
}
