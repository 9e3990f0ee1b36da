/**
 * AUROC from class weights by margin bin: additive over partitions, and as good as the exact one for early stopping. Rows
 * whose margins are within a bin (1/1024) count as ties.
 */
export const MARGIN_BINS = 16_384;
const BINS_PER_UNIT = 1024;

export function marginBin(margin: number): number {
  const bin = Math.floor(margin * BINS_PER_UNIT) + MARGIN_BINS / 2;
  return bin < 0 ? 0 : bin >= MARGIN_BINS ? MARGIN_BINS - 1 : bin;
}

/** `byMargin[bin][class]`; NaN where a class has no weight. */
export function marginAuroc(byMargin: Float64Array): number {
  let negatives = 0;
  let positives = 0;
  let ranked = 0;
  for (let at = 0; at < byMargin.length; at += 2) {
    ranked += byMargin[at + 1] * (negatives + byMargin[at] / 2);
    negatives += byMargin[at];
    positives += byMargin[at + 1];
  }
  return ranked / (negatives * positives);
}
