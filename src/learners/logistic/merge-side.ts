import { assert } from '../../engine/base/assert.ts';
import type { Json } from '../../engine/base/json.ts';
import type { LearnedContent, LearnTask, MergeSide, Message } from '../../engine/contract/learner.ts';
import { mergeLabels } from '../support/training-labels.ts';
import { solvePositiveDefinite } from './cholesky.ts';
import { dot, LbfgsMemory } from './lbfgs.ts';
import type { Answer, Order } from './messages.ts';
import { outputsOf } from './step-side.ts';

/** Up to this many coefficients Newton steps are taken; above, L-BFGS steps. */
const NEWTON_LIMIT = 1000;
/** A gradient below this, in units of its curvature, moves no figure anyone reads: the optimum is reached. */
const REACHED = 1e-6;
/** A step is halved this often at most before it is given up. */
const HALVINGS_LIMIT = 40;

export interface LogisticParameters {
  readonly l2: number;
  readonly epochs: number;
  readonly tolerance: number;
}

/** What is known at a point: mean loss with penalty, its gradient, and its Hessian in the Newton case. */
interface Point {
  readonly at: Float64Array;
  readonly loss: number;
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
}

/**
 * Minimises mean weighted log loss + l2/2 · Σ w² over weights but not intercepts. Every evaluation is one pass over all
 * partitions; a step that does not lower the loss enough is halved.
 */
export class LogisticMerge implements MergeSide {
  readonly #params: LogisticParameters;
  readonly #task: LearnTask;
  readonly #outputs: number;
  readonly #size: number;
  readonly #newton: boolean;
  readonly #memory = new LbfgsMemory();
  #means: Float64Array = new Float64Array(0);
  #scale: Float64Array = new Float64Array(0);
  #weight = 0;
  #best: Point | null = null;
  #step: Float64Array = new Float64Array(0);
  #slope = 0;
  #halvings = 0;
  #trial: Float64Array = new Float64Array(0);
  #passes = 0;
  readonly #history: number[] = [];

  constructor(params: LogisticParameters, task: LearnTask) {
    this.#params = params;
    this.#task = task;
    this.#outputs = outputsOf(task);
    this.#size = this.#outputs * (task.featureNames.length + 1);
    this.#newton = this.#size <= NEWTON_LIMIT;
  }

  progress(): { readonly round: number; readonly rounds: number; readonly metric: number | null } {
    return { round: this.#passes, rounds: this.#params.epochs, metric: this.#history.at(-1) ?? null };
  }

  merge(messages: readonly Message[]): { readonly broadcast: Order } | { readonly done: LearnedContent } {
    const answers = messages as readonly Answer[];
    return answers[0].kind === 'summary' ? { broadcast: this.#begin(answers) } : this.#advance(answers);
  }

  #begin(answers: readonly Answer[]): Order {
    const summaries = answers.map(answer => {
      assert(answer.kind === 'summary', 'partitions answer in step');
      return answer;
    });
    const labels = mergeLabels(
      'logistic',
      this.#task,
      summaries.map(one => one.labels),
    );
    const features = this.#task.featureNames.length;
    const moments = new Float64Array(features * 3);
    for (const { moments: part } of summaries) for (let i = 0; i < moments.length; i++) moments[i] += part[i];
    this.#weight = labels.classWeight.reduce((sum, weight) => sum + weight, 0);
    this.#means = Float64Array.from({ length: features }, (_, f) =>
      moments[f * 3] > 0 ? moments[f * 3 + 1] / moments[f * 3] : 0,
    );
    const shares = labels.classWeight.map(weight => Math.max(weight / this.#weight, 1e-9));
    const start = new Float64Array(this.#size);
    const intercepts = startIntercepts(shares);
    this.#scale = new Float64Array(this.#size);
    for (let k = 0; k < this.#outputs; k++) {
      const share = shares[this.#outputs === 1 ? 1 : k];
      const curvature = share * (1 - share);
      const at = k * (features + 1);
      start[at + features] = intercepts[k];
      this.#scale[at + features] = 1 / curvature;
      for (let f = 0; f < features; f++) {
        const missing = this.#weight - moments[f * 3];
        const square = (moments[f * 3 + 2] + missing * this.#means[f] ** 2) / this.#weight;
        this.#scale[at + f] = 1 / (curvature * square + this.#params.l2 + 1e-12);
      }
    }
    return this.#try(start, this.#means);
  }

  #try(at: Float64Array, means: Float64Array | null): Order {
    this.#trial = at;
    return { means, coefficients: at, wantsHessian: this.#newton };
  }

  #advance(answers: readonly Answer[]): { readonly broadcast: Order } | { readonly done: LearnedContent } {
    const point = this.#evaluate(answers);
    this.#passes += 1;
    const best = this.#best;
    if (best !== null && !(point.loss <= best.loss + 1e-4 * this.#slope + 1e-14 * Math.abs(best.loss))) {
      return this.#halve(best);
    }
    if (best !== null && !this.#newton) {
      this.#memory.remember(
        point.at.map((value, i) => value - best.at[i]),
        point.gradient.map((value, i) => value - best.gradient[i]),
      );
    }
    this.#best = point;
    this.#history.push(point.loss);
    if (this.#distance(point) <= this.#params.tolerance || this.#passes >= this.#params.epochs) return this.#done();
    this.#step = this.#newton ? this.#newtonStep(point) : this.#memory.direction(point.gradient, this.#scale);
    this.#slope = dot(this.#step, point.gradient);
    if (!(this.#slope < 0)) return this.#done();
    this.#halvings = 0;
    return { broadcast: this.#try(plus(point.at, this.#step, 1), null) };
  }

  #halve(best: Point): { readonly broadcast: Order } | { readonly done: LearnedContent } {
    if (++this.#halvings > HALVINGS_LIMIT || this.#passes >= this.#params.epochs) return this.#done();
    this.#slope /= 2;
    return { broadcast: this.#try(plus(best.at, this.#step, 2 ** -this.#halvings), null) };
  }

  #evaluate(answers: readonly Answer[]): Point {
    const { l2 } = this.#params;
    const size = this.#size;
    const width = size / this.#outputs;
    const gradient = new Float64Array(size);
    const hessian = new Float64Array(this.#newton ? size * size : 0);
    let loss = 0;
    for (const answer of answers) {
      assert(answer.kind === 'sums', 'partitions answer in step');
      loss += answer.loss;
      for (let i = 0; i < size; i++) gradient[i] += answer.gradient[i];
      for (let i = 0; i < hessian.length; i++) hessian[i] += answer.hessian[i];
    }
    loss /= this.#weight;
    for (let i = 0; i < hessian.length; i++) hessian[i] /= this.#weight;
    for (let i = 0; i < size; i++) {
      gradient[i] /= this.#weight;
      if (i % width === width - 1) continue;
      loss += (l2 / 2) * this.#trial[i] ** 2;
      gradient[i] += l2 * this.#trial[i];
      if (this.#newton) hessian[i * size + i] += l2;
    }
    return { at: this.#trial, loss, gradient, hessian };
  }

  #newtonStep(point: Point): Float64Array {
    const size = this.#size;
    const hessian = Float64Array.from(point.hessian);
    // Adding one vector to every class changes no probability: curvature along it keeps the classes' sum where it began.
    const width = size / this.#outputs;
    for (let f = 0; f < width && this.#outputs > 1; f++) {
      const curvature = hessian[f * size + f];
      for (let k = 0; k < this.#outputs; k++) {
        for (let j = k; j < this.#outputs; j++) hessian[(k * width + f) * size + j * width + f] += curvature;
      }
    }
    return solvePositiveDefinite(
      hessian,
      point.gradient.map(value => -value),
      size,
    );
  }

  /** Largest gradient entry in units of its own curvature, so the test does not depend on the features' units. */
  #distance(point: Point): number {
    let largest = 0;
    for (let i = 0; i < this.#size; i++) {
      largest = Math.max(largest, Math.abs(point.gradient[i]) * Math.sqrt(this.#scale[i]));
    }
    return largest;
  }

  #done(): { readonly done: LearnedContent } {
    assert(this.#best !== null, 'at least one point is evaluated');
    const width = this.#size / this.#outputs;
    const at = this.#best.at;
    const intercepts = Array.from({ length: this.#outputs }, (_, k) => at[k * width + width - 1]);
    const distance = this.#distance(this.#best);
    const learned = {
      weights: Array.from({ length: this.#outputs }, (_, k) => Array.from(at.subarray(k * width, (k + 1) * width - 1))),
      intercepts: this.#outputs === 1 ? intercepts : centred(intercepts),
      means: Array.from(this.#means),
      passes: this.#passes,
      distance,
    };
    const message = `logistic is short of its optimum after ${this.#passes} passes: its gradient is ${distance.toPrecision(2)}, not ${this.#params.tolerance}`;
    return {
      done: {
        learned: learned as unknown as Json,
        bytes: {},
        history: { train_loss: this.#history },
        warnings: distance <= Math.max(REACHED, this.#params.tolerance) ? [] : [{ code: 'R348', message }],
      },
    };
  }
}

/** Log-odds of the second class, or each class's log share about their mean. */
function startIntercepts(shares: Float64Array): number[] {
  if (shares.length === 2) return [Math.log(shares[1] / shares[0])];
  return centred(Array.from(shares, share => Math.log(share)));
}

function centred(values: readonly number[]): number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.map(value => value - mean);
}

function plus(at: Float64Array, step: Float64Array, scale: number): Float64Array {
  return at.map((value, i) => value + scale * step[i]);
}
