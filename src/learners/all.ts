import type { LearnerDefinition } from '../engine/contract/learner.ts';
import { gbdt } from './gbdt/gbdt.ts';
import { logistic } from './logistic/logistic.ts';

/** The learners Weir comes with, by name. */
export function builtinLearners(): ReadonlyMap<string, LearnerDefinition> {
  return new Map([logistic, gbdt].map(learner => [learner.name, learner]));
}
