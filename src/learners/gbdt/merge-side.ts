import { assert } from '../../engine/base/assert.ts';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { seededRng } from '../../engine/base/rng.ts';
import type { LearnedContent, LearnTask, MergeSide, Message } from '../../engine/contract/learner.ts';
import { type LabelSummary, mergeLabels } from '../support/training-labels.ts';
import { binEdges, heaviestBin } from './bins.ts';
import { type FoldedEncoding, mergeCategories } from './category-encoding.ts';
import { mergeSummaries } from './column-summary.ts';
import type { GrownTree } from './forest.ts';
import { learnedForest } from './learned-forest.ts';
import { marginAuroc } from './margin-auroc.ts';
import type { Answer, Order, TreeStart, ValidationSums } from './messages.ts';
import type { GbdtParameters } from './parameters.ts';
import { gradientQuantum } from './quantum.ts';
import { planLayout, type SlotLayout, sharingCandidates } from './slot-layout.ts';
import { outputsOf } from './step-side.ts';
import { TreeGrower } from './tree-grower.ts';

type Merged = { readonly broadcast: Order } | { readonly done: LearnedContent };

export class GbdtMerge implements MergeSide {
  readonly #params: GbdtParameters;
  readonly #task: LearnTask;
  readonly #outputs: number;
  #labels: LabelSummary | null = null;
  #edges: Float64Array[] = [];
  #encodings: FoldedEncoding[] = [];
  #usualBin: Int32Array = new Int32Array(0);
  #candidates: Int32Array = new Int32Array(0);
  #base: Float64Array = new Float64Array(0);
  #layout: SlotLayout | null = null;
  #buffers: [Float64Array, Float64Array] = [new Float64Array(0), new Float64Array(0)];
  #grower: TreeGrower | null = null;
  #tree: TreeStart = { bag: 0, round: 0, output: 0, columns: new Int32Array(0) };
  #closing: TreeStart | null = null;
  #validates = false;
  /** Early stopping was asked for, and there are no rows to stop by. */
  #stopsBlindly = false;
  #kept: GrownTree[] = [];
  #bagTrees: GrownTree[] = [];
  #bestRound = -1;
  #bestMetric = Number.NaN;
  readonly #bestRounds: number[] = [];
  readonly #history: number[] = [];

  constructor(params: GbdtParameters, task: LearnTask) {
    this.#params = params;
    this.#task = task;
    this.#outputs = outputsOf(task);
    const unknown = params.categories.find(name => !task.featureNames.includes(name));
    if (unknown !== undefined) {
      throw new OperationalError('R345', `"categories" names "${unknown}", which is not a feature`);
    }
    if (task.classes > 2 && (params.categories.length > 0 || params.positive_weight !== 1)) {
      throw new OperationalError('R345', '"categories" and "positive_weight" are for two classes');
    }
  }

  progress(): { readonly round: number; readonly rounds: number; readonly metric: number | null } {
    const { trees, bags } = this.#params;
    const round = Math.min(this.#tree.bag * trees + this.#tree.round, trees * bags);
    return { round, rounds: trees * bags, metric: this.#history.at(-1) ?? null };
  }

  merge(messages: readonly Message[]): Merged {
    const answers = messages as readonly Answer[];
    switch (answers[0].kind) {
      case 'summary':
        return { broadcast: this.#cut(ofKind(answers, 'summary')) };
      case 'conflicts':
        return { broadcast: this.#start(ofKind(answers, 'conflicts').map(answer => answer.matrix)) };
      case 'histograms':
        return this.#grow(ofKind(answers, 'histograms'));
    }
  }

  #cut(answers: readonly Extract<Answer, { kind: 'summary' }>[]): Order {
    const params = this.#params;
    this.#labels = mergeLabels(
      'gbdt',
      this.#task,
      answers.map(answer => answer.labels),
    );
    const held = answers.map(answer => answer.validationRows);
    this.#validates = held.some(rows => rows !== null && rows > 0);
    this.#stopsBlindly = !this.#validates && held.some(rows => rows !== null);
    const summaries = this.#task.featureNames.map((_, feature) =>
      mergeSummaries(answers.map(answer => answer.columns[feature])),
    );
    this.#encodings = answers[0].categories.map((_, at) => {
      const merged = mergeCategories(
        answers.map(answer => answer.categories[at]),
        params.folds,
        params.smooth,
      );
      summaries[merged.encoding.feature] = merged.summary;
      return merged.encoding;
    });
    this.#edges = summaries.map(summary => binEdges(summary, params.max_bins));
    const usual = summaries.map((summary, feature) => heaviestBin(summary, this.#edges[feature]));
    this.#usualBin = Int32Array.from(usual, one => one.bin);
    this.#candidates = sharingCandidates(usual.map(one => one.share));
    return {
      kind: 'bin',
      edges: this.#edges,
      usualBin: this.#usualBin,
      candidates: this.#candidates,
      encodings: this.#encodings,
    };
  }

  #start(matrices: readonly Uint8Array[]): Order {
    assert(this.#labels !== null, 'labels come before conflicts');
    const conflicts = new Uint8Array(this.#candidates.length ** 2);
    for (const matrix of matrices) for (let i = 0; i < conflicts.length; i++) conflicts[i] |= matrix[i];
    const binsOf = Int32Array.from(this.#edges, edges => edges.length + 2);
    this.#layout = planLayout(binsOf, this.#usualBin, this.#candidates, symmetric(conflicts, this.#candidates.length));
    const length = TreeGrower.bufferLength(this.#layout, this.#params.depth);
    this.#buffers = [new Float64Array(length), new Float64Array(length)];
    this.#base = baseMargins(this.#labels.classWeight, this.#params.positive_weight);
    const largest = this.#labels.largestWeight * Math.max(1, this.#params.positive_weight);
    const tree = this.#open(0, 0, 0);
    return {
      kind: 'start',
      layout: this.#layout,
      quantum: gradientQuantum(largest, this.#labels.rows),
      base: this.#base,
      tree,
    };
  }

  /** Opens the tree of (bag, round, output) with its own draw of features. */
  #open(bag: number, round: number, output: number): TreeStart {
    assert(this.#layout !== null, 'a tree opens after the layout');
    const features = drawFeatures(
      this.#task.featureNames.length,
      this.#params.feature_fraction,
      seededRng(treeSeed(this.#task.seed, bag, round, output)),
    );
    const columns = new Set(Array.from(features, feature => this.#layout!.columnOf[feature]));
    this.#tree = { bag, round, output, columns: Int32Array.from(columns).sort() };
    const limits = {
      lambda: this.#params.lambda,
      minChildWeight: this.#params.min_child_weight,
      minGain: this.#params.min_gain,
    };
    this.#grower = new TreeGrower(this.#layout, limits, this.#params.depth, this.#tree, features, this.#buffers);
    return this.#tree;
  }

  #grow(answers: readonly Extract<Answer, { kind: 'histograms' }>[]): Merged {
    if (this.#closing !== null) {
      const closed = this.#closing;
      this.#closing = null;
      const next = this.#afterRound(closed, answers);
      if (next !== null) return next;
    }
    assert(this.#grower !== null, 'histograms belong to a tree');
    const { splits, finished } = this.#grower.level(answers.map(answer => answer.sums));
    if (!finished) return { broadcast: { kind: 'split', splits } };
    const { tree, values } = this.#grower.finish(this.#params.rate);
    this.#bagTrees.push(tree);
    return this.#close(splits, values);
  }

  #close(splits: Extract<Order, { kind: 'finish' }>['splits'], values: Float64Array): Merged {
    const { bag, round, output } = this.#tree;
    const endsRound = output + 1 === this.#outputs;
    const endsBag = endsRound && round + 1 === this.#params.trees;
    if (endsRound && this.#validates) this.#closing = this.#tree;
    if (endsBag && !this.#validates) {
      const next = this.#endBag();
      if ('done' in next) return next;
      return { broadcast: { kind: 'finish', splits, values, next: this.#tree } };
    }
    const next = endsBag ? null : this.#open(bag, endsRound ? round + 1 : round, endsRound ? 0 : output + 1);
    return { broadcast: { kind: 'finish', splits, values, next } };
  }

  /** The metric of a finished round. Null to go on with the tree already begun. */
  #afterRound(closed: TreeStart, answers: readonly Extract<Answer, { kind: 'histograms' }>[]): Merged | null {
    const metric = this.#metric(answers.flatMap(answer => (answer.validation === null ? [] : [answer.validation])));
    this.#history.push(metric);
    const rises = this.#usesAuroc();
    if (this.#bestRound < 0 || (rises ? metric > this.#bestMetric : metric < this.#bestMetric)) {
      this.#bestRound = closed.round;
      this.#bestMetric = metric;
    }
    const isOver = closed.round + 1 === this.#params.trees;
    return isOver || closed.round - this.#bestRound >= this.#params.patience ? this.#endBag() : null;
  }

  /** Keeps the bag's trees up to its best round, and opens the next bag. */
  #endBag(): Merged {
    const rounds = this.#bestRound < 0 ? this.#params.trees : this.#bestRound + 1;
    this.#kept.push(...this.#bagTrees.slice(0, rounds * this.#outputs));
    this.#bestRounds.push(rounds);
    this.#bagTrees = [];
    this.#bestRound = -1;
    const bag = this.#tree.bag + 1;
    if (bag < this.#params.bags) return { broadcast: { kind: 'tree', tree: this.#open(bag, 0, 0) } };
    return { done: this.#learned() };
  }

  #learned(): LearnedContent {
    const content = learnedForest({
      trees: this.#kept,
      edges: this.#edges,
      encodings: this.#encodings,
      base: this.#base,
      bags: this.#params.bags,
      featureNames: this.#task.featureNames,
      rounds: this.#bestRounds,
    });
    const name = this.#usesAuroc() ? 'validation_auroc' : 'validation_logloss';
    const message = `early_stop has no rows, so nothing was stopped early: all ${this.#params.trees} rounds are kept`;
    return {
      ...content,
      history: this.#history.length > 0 ? { [name]: this.#history } : {},
      warnings: this.#stopsBlindly ? [{ code: 'R347', message }] : [],
    };
  }

  #usesAuroc(): boolean {
    return this.#params.stop_metric === 'auroc' && this.#outputs === 1;
  }

  #metric(parts: readonly ValidationSums[]): number {
    if (!this.#usesAuroc()) {
      const loss = parts.reduce((sum, part) => sum + part.loss, 0);
      return loss / parts.reduce((sum, part) => sum + part.weight, 0);
    }
    const sums = new Float64Array(parts[0].byMargin.length);
    for (const part of parts) for (let i = 0; i < sums.length; i++) sums[i] += part.byMargin[i];
    const auroc = marginAuroc(sums);
    if (Number.isNaN(auroc)) {
      throw new OperationalError('R340', 'the early-stopping rows hold one class only', {
        hint: 'stop by `stop_metric: logloss`, or give `early_stop` rows of both classes',
      });
    }
    return auroc;
  }
}

function ofKind<K extends Answer['kind']>(answers: readonly Answer[], kind: K): Extract<Answer, { kind: K }>[] {
  return answers.map(answer => {
    assert(answer.kind === kind, 'partitions answer in step');
    return answer as Extract<Answer, { kind: K }>;
  });
}

/** Log-odds of the two classes, or each class's log share. Classes without rows get a share of nearly nothing. */
function baseMargins(classWeight: Float64Array, positiveWeight: number): Float64Array {
  if (classWeight.length === 2) {
    return Float64Array.of(Math.log((classWeight[1] * positiveWeight) / classWeight[0]));
  }
  const total = classWeight.reduce((sum, weight) => sum + weight, 0);
  return classWeight.map(weight => Math.log(Math.max(weight / total, 1e-9)));
}

function symmetric(upper: Uint8Array, n: number): Uint8Array {
  for (let i = 0; i < n; i++) for (let j = i + 1; j < n; j++) upper[j * n + i] = upper[i * n + j];
  return upper;
}

function treeSeed(seed: number, bag: number, round: number, output: number): number {
  return (
    Math.imul(seed + 1, 0x9e3779b1) ^
    Math.imul(bag * 65_537 + round + 1, 0x85ebca77) ^
    Math.imul(output + 1, 0xc2b2ae3d)
  );
}

/** A sample without replacement of at least one feature, ascending. */
function drawFeatures(count: number, share: number, rng: { below(bound: number): number }): Int32Array {
  const all = Int32Array.from({ length: count }, (_, feature) => feature);
  const wanted = Math.max(1, Math.round(count * share));
  if (wanted === count) return all;
  for (let i = 0; i < wanted; i++) {
    const j = i + rng.below(count - i);
    [all[i], all[j]] = [all[j], all[i]];
  }
  return all.slice(0, wanted).sort();
}
