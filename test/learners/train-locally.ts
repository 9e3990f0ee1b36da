import { assert } from '../../src/engine/base/assert.ts';
import type { Json } from '../../src/engine/base/json.ts';
import type {
  LearnedContent,
  LearnerDefinition,
  LearnPartition,
  LearnTask,
  Message,
} from '../../src/engine/contract/learner.ts';
import type { ParameterSpecs, ParamsOf } from '../../src/engine/contract/parameter.ts';

/** Rounds after which a learner that never says `done` is taken to be broken. */
const ROUNDS_LIMIT = 1_000_000;

/**
 * The loop that the engine spreads over workers, in one thread: steps on every partition, then one merge of their answers
 * in partition order. `validation` holds one entry per partition, or is null. `carry` stands for the way a message
 * travels between threads (`structuredClone` in tests).
 */
export function trainPartitions(
  learner: LearnerDefinition,
  params: Readonly<Record<string, Json>>,
  task: LearnTask,
  partitions: readonly LearnPartition[],
  validation: readonly (LearnPartition | null)[] | null,
  carry: (message: Message) => Message = message => message,
): LearnedContent {
  assert(partitions.length === task.partitions, 'the task says how many partitions there are');
  assert(validation === null || validation.length === partitions.length, 'one validation entry per partition');
  const typed = withDefaults(learner.params, params);
  const sides = partitions.map((partition, index) => learner.step(typed, task, partition, validation?.[index] ?? null));
  const merging = learner.merge(typed, task);
  let broadcast: Message = null;
  for (let round = 0; round < ROUNDS_LIMIT; round++) {
    const merged = merging.merge(sides.map(side => carry(side.step(carry(broadcast)))));
    if ('done' in merged) return merged.done;
    broadcast = merged.broadcast;
  }
  assert(false, `${learner.name} did not end within ${ROUNDS_LIMIT} rounds`);
}

/** The parameters a learner's functions get: those given, defaults for the rest. */
function withDefaults<P extends ParameterSpecs>(specs: P, given: Readonly<Record<string, Json>>): ParamsOf<P> {
  const params: Record<string, Json | undefined> = {};
  for (const [name, spec] of Object.entries(specs)) params[name] = given[name] ?? spec.default;
  return params as ParamsOf<P>;
}
