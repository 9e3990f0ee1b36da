import { expect, test } from 'vitest';
import type { Json } from '../../src/engine/base/json.ts';
import { seededRng } from '../../src/engine/base/rng.ts';
import type {
  LearnedContent,
  LearnerDefinition,
  LearnPartition,
  LearnTask,
} from '../../src/engine/contract/learner.ts';
import type { Scorer } from '../../src/engine/contract/operator.ts';
import { trainPartitions } from './train-locally.ts';

export interface Rows {
  readonly features: readonly Float64Array[];
  readonly labels: Float64Array;
  readonly weights: Float64Array | null;
}

/** Rows with a known signal: a line, an interaction, a flag, a constant, a column that is sometimes missing. */
export function signalRows(rows: number, classes: number, seed: number): Rows {
  const rng = seededRng(seed);
  const features = Array.from({ length: 6 }, () => new Float64Array(rows));
  const labels = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    features[0][row] = rng.normal();
    features[1][row] = rng.normal() * 100;
    features[2][row] = rng.next() < 0.2 ? 1 : 0;
    features[3][row] = 7;
    features[4][row] = rng.next() < 0.3 ? Number.NaN : rng.normal();
    features[5][row] = rng.below(4);
    const missing = Number.isNaN(features[4][row]);
    const margin =
      features[0][row] + features[2][row] - (missing ? 0.8 : features[4][row] * 0.5) + features[1][row] / 200;
    const noisy = margin + Math.log(1 / (1 - rng.next()) - 1 + 1e-12) * 0.7;
    labels[row] =
      classes === 2 ? (noisy > 0.3 ? 1 : 0) : Math.min(classes - 1, Math.max(0, Math.floor(noisy + classes / 2)));
  }
  return { features, labels, weights: null };
}

export function cutAt(rows: Rows, cuts: readonly number[]): LearnPartition[] {
  const ends = [...cuts, rows.labels.length];
  return ends.map((to, index) => {
    const from = index === 0 ? 0 : ends[index - 1];
    return {
      rows: to - from,
      features: rows.features.map(column => column.slice(from, to)),
      labels: rows.labels.slice(from, to),
      weights: rows.weights?.slice(from, to) ?? null,
    };
  });
}

export function taskOf(rows: Rows, classes: number, partitions: number): LearnTask {
  return { featureNames: rows.features.map((_, f) => `f${f}`), classes, seed: 11, partitions };
}

export function scorerOf(learner: LearnerDefinition, content: LearnedContent, features: number): Scorer {
  const model = {
    learner: learner.name,
    params: {},
    features: Array.from({ length: features }, (_, f) => `f${f}`),
    classes: [false, true],
    transform: null,
    transformHash: null,
    threshold: null,
    trainedOn: '',
    recipe: { flow: '', text: '', rows: 0 },
    history: {},
    learned: content.learned,
  };
  return learner.scorer(model, content.bytes);
}

export function probabilitiesOf(scorer: Scorer, features: readonly Float64Array[], classes: number): Float64Array[] {
  const rows = features[0].length;
  const out = Array.from({ length: classes }, () => new Float64Array(rows));
  scorer.probabilities(features, rows, out);
  return out;
}

/** What every learner must hold. `params` make it small; `tolerance` bounds how far equal problems may be apart. */
export function learnerConformance(
  learner: LearnerDefinition,
  params: Readonly<Record<string, Json>>,
  tolerance: number,
): void {
  const rows = signalRows(900, 2, 5);
  const train = (cuts: readonly number[], from = rows, more: Readonly<Record<string, Json>> = {}) => {
    const partitions = cutAt(from, cuts);
    return trainPartitions(
      learner,
      { ...params, ...more },
      taskOf(from, 2, partitions.length),
      partitions,
      null,
      message => structuredClone(message),
    );
  };

  test('the same bytes each time, and messages survive a thread border', () => {
    const partitions = cutAt(rows, [300, 650]);
    const direct = trainPartitions(learner, params, taskOf(rows, 2, 3), partitions, null);
    expect(train([300, 650])).toEqual(direct);
    expect(train([300, 650])).toEqual(direct);
  });

  test('an empty partition changes nothing', () => {
    const whole = train([300]);
    expect(train([0, 300, 300]).learned).toEqual(whole.learned);
  });

  test('one class only is a clear error', () => {
    const one = { ...rows, labels: new Float64Array(900) };
    expect(() => train([300], one)).toThrow(expect.objectContaining({ code: 'R340' }));
    const none = { features: rows.features.map(() => new Float64Array(0)), labels: new Float64Array(0), weights: null };
    expect(() => train([], none)).toThrow(expect.objectContaining({ code: 'R341' }));
  });

  test('a weight that is no weight, and a label that is no class, are refused', () => {
    const negative = { ...rows, weights: new Float64Array(900).fill(-1) };
    expect(() => train([], negative)).toThrow(expect.objectContaining({ code: 'R342' }));
    const unlabelled = { ...rows, labels: rows.labels.map((label, row) => (row === 3 ? Number.NaN : label)) };
    expect(() => train([], unlabelled)).toThrow(expect.objectContaining({ code: 'R342' }));
  });

  test('columns that are constant or all missing do no harm', () => {
    const odd = {
      ...rows,
      features: [...rows.features, new Float64Array(900).fill(Number.NaN), new Float64Array(900)],
    };
    const model = scorerOf(learner, train([450], odd), 8);
    for (const p of probabilitiesOf(model, odd.features, 2)[1]) expect(p > 0 && p < 1).toBe(true);
  });

  test('a weight of two is the row twice', () => {
    const weights = Float64Array.from({ length: 900 }, (_, row) => (row % 3 === 0 ? 2 : 1));
    const twice = Array.from({ length: 900 }, (_, row) => row).flatMap(row => (row % 3 === 0 ? [row, row] : [row]));
    const repeated = {
      features: rows.features.map(column => Float64Array.from(twice, row => column[row])),
      labels: Float64Array.from(twice, row => rows.labels[row]),
      weights: null,
    };
    const weighted = scorerOf(learner, train([400], { ...rows, weights }), 6);
    const doubled = scorerOf(learner, train([600], repeated), 6);
    const a = probabilitiesOf(weighted, rows.features, 2)[1];
    const b = probabilitiesOf(doubled, rows.features, 2)[1];
    a.forEach((p, row) => {
      expect(Math.abs(p - b[row])).toBeLessThan(tolerance);
    });
  });

  test('a model scores the same after its way through JSON and bytes, at any batch size', () => {
    const content = train([300]);
    const kept: LearnedContent = {
      learned: JSON.parse(JSON.stringify(content.learned)),
      bytes: Object.fromEntries(Object.entries(content.bytes).map(([name, part]) => [name, Uint8Array.from(part)])),
      history: {},
    };
    const whole = probabilitiesOf(scorerOf(learner, content, 6), rows.features, 2);
    const again = scorerOf(learner, kept, 6);
    for (const size of [1, 7, 256, 900]) {
      for (let from = 0; from < 900; from += size) {
        const part = probabilitiesOf(
          again,
          rows.features.map(column => column.slice(from, from + size)),
          2,
        );
        expect(part[1]).toEqual(whole[1].slice(from, from + size));
        expect(part[0]).toEqual(whole[0].slice(from, from + size));
      }
    }
  });

  test('probabilities add up to 1, are the margin’s, and contributions add up to it', () => {
    const scorer = scorerOf(learner, train([300]), 6);
    const [negative, positive] = probabilitiesOf(scorer, rows.features, 2);
    const margins = scorer.margins(rows.features, 900);
    const out = rows.features.map(() => new Float64Array(900));
    const base = scorer.contributions(rows.features, 900, out);
    for (let row = 0; row < 900; row++) {
      expect(negative[row] + positive[row]).toBeCloseTo(1, 12);
      expect(positive[row]).toBeCloseTo(1 / (1 + Math.exp(-margins[row])), 12);
      expect(out.reduce((sum, column) => sum + column[row], base[row])).toBeCloseTo(margins[row], 9);
      expect(Math.abs(out[3][row])).toBeLessThan(1e-12);
    }
  });

  if (!learner.multiclass) return;
  test('several classes: probabilities add up to 1 and favour the right class', () => {
    const many = signalRows(900, 3, 6);
    const partitions = cutAt(many, [500]);
    const content = trainPartitions(learner, params, taskOf(many, 3, 2), partitions, null);
    const out = probabilitiesOf(scorerOf(learner, content, 6), many.features, 3);
    let right = 0;
    for (let row = 0; row < 900; row++) {
      const own = out.map(column => column[row]);
      expect(own[0] + own[1] + own[2]).toBeCloseTo(1, 12);
      if (own.indexOf(Math.max(...own)) === many.labels[row]) right++;
    }
    const commonest = Math.max(...[0, 1, 2].map(k => many.labels.filter(label => label === k).length));
    expect(right).toBeGreaterThan(commonest * 1.1);
  });
}
