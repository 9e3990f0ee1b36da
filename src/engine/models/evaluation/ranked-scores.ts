import { assert } from '../../base/assert.ts';

/** Rows of a two-class evaluation, highest score first, with all that does not change from one resample to the next. */
export interface RankedScores {
  readonly rows: number;
  readonly score: Float64Array;
  /** 1 positive, 0 negative. */
  readonly label: Uint8Array;
  /** Dense ids from 0. */
  readonly cluster: Int32Array;
  readonly clusters: number;
  readonly squaredError: Float64Array;
  readonly logLoss: Float64Array;
  readonly logit: Float64Array;
  /** Equal-width bin of the score, of `ECE_BINS`. */
  readonly eceBin: Uint8Array;
}

export const ECE_BINS = 10;
/** Probabilities are kept this far from 0 and 1 in logarithms. */
const PROBABILITY_FLOOR = 1e-15;

/** `positive[row]` is 1 for rows of the positive class; `clusters` may be any ids, null makes each row its own. */
export function rankScores(
  scores: Float64Array,
  positive: Uint8Array,
  clusters: Int32Array | null,
  rows = positive.length,
): RankedScores {
  const order = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    assert(scores[row] >= 0 && scores[row] <= 1, 'a score is a probability');
    order[row] = row;
  }
  order.sort((a, b) => scores[b] - scores[a] || a - b);
  const { ids, count } = denseClusters(clusters, rows);
  const ranked = {
    rows,
    score: Float64Array.from(order, row => scores[row]),
    label: Uint8Array.from(order, row => positive[row]),
    cluster: Int32Array.from(order, row => ids[row]),
    clusters: count,
    squaredError: new Float64Array(rows),
    logLoss: new Float64Array(rows),
    logit: new Float64Array(rows),
    eceBin: new Uint8Array(rows),
  };
  for (let i = 0; i < rows; i++) {
    const p = ranked.score[i];
    const safe = Math.min(Math.max(p, PROBABILITY_FLOOR), 1 - PROBABILITY_FLOOR);
    ranked.squaredError[i] = (p - ranked.label[i]) ** 2;
    ranked.logLoss[i] = -Math.log(ranked.label[i] === 1 ? safe : 1 - safe);
    ranked.logit[i] = Math.log(safe / (1 - safe));
    ranked.eceBin[i] = Math.min(ECE_BINS - 1, Math.floor(p * ECE_BINS));
  }
  return ranked;
}

/** Ids from 0 in order of first appearance. */
export function denseClusters(clusters: Int32Array | null, rows: number): { ids: Int32Array; count: number } {
  if (clusters === null) return { ids: Int32Array.from({ length: rows }, (_, row) => row), count: rows };
  const known = new Map<number, number>();
  const ids = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    let id = known.get(clusters[row]);
    if (id === undefined) known.set(clusters[row], (id = known.size));
    ids[row] = id;
  }
  return { ids, count: known.size };
}
