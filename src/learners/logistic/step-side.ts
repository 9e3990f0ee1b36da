import { assert } from '../../engine/base/assert.ts';
import type { LearnPartition, LearnTask, Message, StepSide } from '../../engine/contract/learner.ts';
import { summariseLabels } from '../support/training-labels.ts';
import { type SparseRows, sparseRows } from './design.ts';
import type { Answer, Order } from './messages.ts';
import { lossSums } from './partition-sums.ts';

export function outputsOf(task: LearnTask): number {
  return task.classes === 2 ? 1 : task.classes;
}

export class LogisticStep implements StepSide {
  readonly #task: LearnTask;
  readonly #data: LearnPartition;
  #rows: SparseRows | null = null;

  constructor(task: LearnTask, data: LearnPartition) {
    this.#task = task;
    this.#data = data;
  }

  step(broadcast: Message): Answer {
    const { features, labels, weights, rows } = this.#data;
    if (broadcast === null) {
      const moments = new Float64Array(features.length * 3);
      features.forEach((column, feature) => {
        addMoments(column, weights, rows, moments, feature * 3);
      });
      return { kind: 'summary', labels: summariseLabels(this.#task, this.#data), moments };
    }
    const order = broadcast as Order;
    if (order.means !== null) this.#rows = sparseRows(this.#data, order.means);
    assert(this.#rows !== null, 'means come with the first order');
    const outputs = outputsOf(this.#task);
    const sums = lossSums(
      this.#rows,
      labels,
      weights,
      order.coefficients,
      features.length,
      outputs,
      order.wantsHessian,
    );
    return { kind: 'sums', ...sums };
  }
}

function addMoments(
  column: Float64Array,
  weights: Float64Array | null,
  rows: number,
  out: Float64Array,
  at: number,
): void {
  for (let row = 0; row < rows; row++) {
    const x = column[row];
    if (Number.isNaN(x)) continue;
    const weight = weights === null ? 1 : weights[row];
    out[at] += weight;
    out[at + 1] += weight * x;
    out[at + 2] += weight * x * x;
  }
}
