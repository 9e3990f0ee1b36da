import { OperationalError } from '../../engine/base/operational-error.ts';
import type { LearnPartition, LearnTask } from '../../engine/contract/learner.ts';

/** Sum of row weights by class, and what the later rounds must know of the whole training set. */
export interface LabelSummary {
  readonly rows: number;
  readonly classWeight: Float64Array;
  readonly largestWeight: number;
}

/** @throws OperationalError R342 for a weight that is negative or not finite, or a label that is no class index. */
export function summariseLabels(task: LearnTask, partition: LearnPartition): LabelSummary {
  const classWeight = new Float64Array(task.classes);
  let largestWeight = 0;
  for (let row = 0; row < partition.rows; row++) {
    const weight = partition.weights === null ? 1 : partition.weights[row];
    if (!(weight >= 0 && weight < Infinity)) {
      throw new OperationalError('R342', 'a row weight is negative, missing or not finite', {
        hint: 'weights must be 0 or more; drop the rows without one first',
      });
    }
    const label = partition.labels[row];
    if (!(Number.isInteger(label) && label >= 0 && label < task.classes)) {
      throw new OperationalError('R342', 'a training row has no label', {
        hint: 'keep only rows whose label is known: `where label != null`',
      });
    }
    classWeight[label] += weight;
    if (weight > largestWeight) largestWeight = weight;
  }
  return { rows: partition.rows, classWeight, largestWeight };
}

/**
 * Adds up the partitions' summaries, in their order.
 * @throws OperationalError R341 without a row, without a feature; R340 when fewer than two classes have rows.
 */
export function mergeLabels(learner: string, task: LearnTask, parts: readonly LabelSummary[]): LabelSummary {
  const classWeight = new Float64Array(task.classes);
  let rows = 0;
  let largestWeight = 0;
  for (const part of parts) {
    rows += part.rows;
    largestWeight = Math.max(largestWeight, part.largestWeight);
    for (let k = 0; k < task.classes; k++) classWeight[k] += part.classWeight[k];
  }
  if (task.featureNames.length === 0) throw new OperationalError('R341', `${learner} has no feature to learn from`);
  if (rows === 0) {
    throw new OperationalError('R341', `${learner} has no training row`, {
      hint: 'look at the stages before `train`: a `where` may drop every row',
    });
  }
  const present = classWeight.reduce((count, weight) => count + (weight > 0 ? 1 : 0), 0);
  if (present < 2) {
    throw new OperationalError(
      'R340',
      `${learner} needs rows of at least two classes, and the training rows hold ${present}`,
      {
        hint: 'check the label and the split: every class needs training rows with a weight above 0',
      },
    );
  }
  return { rows, classWeight, largestWeight };
}
