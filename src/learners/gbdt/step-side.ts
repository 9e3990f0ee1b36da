import { assert } from '../../engine/base/assert.ts';
import type { LearnPartition, LearnTask, Message, StepSide } from '../../engine/contract/learner.ts';
import { summariseLabels } from '../support/training-labels.ts';
import { binColumn } from './bins.ts';
import { encodeTraining, type FoldedEncoding, sumCategories } from './category-encoding.ts';
import { summariseColumn } from './column-summary.ts';
import type { Answer, Order, SplitOrder } from './messages.ts';
import type { GbdtParameters } from './parameters.ts';
import { sharingConflicts } from './slot-layout.ts';
import { TrainingRows } from './training-rows.ts';
import { ValidationRows } from './validation-rows.ts';

/** Points a partition sends of each feature's distribution: eight per bin at the most bins. */
const SUMMARY_POINTS = 2048;

export function outputsOf(task: LearnTask): number {
  return task.classes === 2 ? 1 : task.classes;
}
/** A full tree of this depth. */
function nodesOf(params: GbdtParameters): number {
  return 2 ** (params.depth + 1) - 1;
}
/** Indices of the features named in `categories`. */
function categoryFeatures(params: GbdtParameters, task: LearnTask): number[] {
  return task.featureNames.flatMap((name, feature) => (params.categories.includes(name) ? [feature] : []));
}

export class GbdtStep implements StepSide {
  readonly #params: GbdtParameters;
  readonly #task: LearnTask;
  #data: LearnPartition;
  #held: LearnPartition | null;
  #edges: readonly Float64Array[] = [];
  #encodings: readonly FoldedEncoding[] = [];
  #bins: (Uint8Array | null)[] = [];
  #base: Float64Array = new Float64Array(0);
  #bag = -1;
  #output = 0;
  #training: TrainingRows | null = null;
  #validation: ValidationRows | null = null;

  constructor(params: GbdtParameters, task: LearnTask, data: LearnPartition, held: LearnPartition | null) {
    this.#params = params;
    this.#task = task;
    this.#data = data;
    this.#held = held;
  }

  step(broadcast: Message): Answer {
    if (broadcast === null) return this.#summarise();
    const order = broadcast as Order;
    switch (order.kind) {
      case 'bin':
        return this.#bin(order);
      case 'start':
        this.#prepare(order);
        return this.#startTree(order.tree, false);
      case 'tree':
        return this.#startTree(order.tree, false);
      case 'split':
        return { kind: 'histograms', sums: this.#split(order.splits), validation: null };
      case 'finish': {
        this.#split(order.splits);
        this.#training?.finishTree(order.values, this.#output);
        this.#validation?.finishTree(order.values, this.#output);
        if (order.next !== null) return this.#startTree(order.next, true);
        return { kind: 'histograms', sums: new Float64Array(0), validation: this.#validation?.sums() ?? null };
      }
    }
  }

  #summarise(): Answer {
    const { features, labels, weights, rows } = this.#data;
    const categories = categoryFeatures(this.#params, this.#task);
    const { folds } = this.#params;
    return {
      kind: 'summary',
      labels: summariseLabels(this.#task, this.#data),
      columns: features.map((column, feature) =>
        summariseColumn(column, weights, categories.includes(feature) ? 0 : rows, SUMMARY_POINTS),
      ),
      categories: categories.map(feature =>
        sumCategories(feature, features[feature], labels, weights, rows, folds, this.#task.seed),
      ),
      validationRows: this.#held?.rows ?? null,
    };
  }

  #bin(order: Extract<Order, { kind: 'bin' }>): Answer {
    const { features, rows } = this.#data;
    this.#edges = order.edges;
    this.#encodings = order.encodings;
    const binned = features.map((column, feature) => {
      const bins = new Uint8Array(rows);
      const encoding = order.encodings.find(one => one.feature === feature);
      const values = encoding === undefined ? column : encodeTraining(encoding, column, rows, this.#task.seed);
      binColumn(values, rows, order.edges[feature], bins);
      return bins;
    });
    this.#bins = binned;
    // The bins stand for the values from here on.
    this.#data = { ...this.#data, features: [] };
    return { kind: 'conflicts', matrix: sharingConflicts(binned, order.usualBin, order.candidates, rows) };
  }

  #prepare(order: Extract<Order, { kind: 'start' }>): void {
    const outputs = outputsOf(this.#task);
    const nodes = nodesOf(this.#params);
    const { seed } = this.#task;
    this.#base = order.base;
    this.#training = new TrainingRows(
      this.#params,
      seed,
      this.#data,
      this.#bins,
      order.layout,
      order.quantum,
      outputs,
      nodes,
    );
    this.#bins = [];
    if (this.#held === null) return;
    const wantsAuroc = this.#params.stop_metric === 'auroc' && outputs === 1;
    this.#validation = new ValidationRows(this.#held, this.#edges, this.#encodings, outputs, nodes, wantsAuroc);
    this.#held = null;
  }

  #startTree(tree: Extract<Order, { kind: 'tree' }>['tree'], finished: boolean): Answer {
    assert(this.#training !== null, 'a tree starts after binning');
    const validation = finished ? (this.#validation?.sums() ?? null) : null;
    if (tree.bag !== this.#bag) {
      this.#training.restart(this.#base);
      this.#validation?.restart(this.#base);
      this.#bag = tree.bag;
    }
    this.#output = tree.output;
    return { kind: 'histograms', sums: this.#training.start(tree), validation };
  }

  #split(splits: readonly SplitOrder[]): Float64Array {
    assert(this.#training !== null, 'a tree is split after binning');
    for (const order of splits) this.#validation?.split(order, this.#edges[order.feature].length + 1);
    return this.#training.split(splits);
  }
}
