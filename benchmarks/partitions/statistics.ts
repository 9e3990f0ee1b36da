/** Middle of the sorted values; the mean of both middles where they are even. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  if (sorted.length % 2 === 1) return sorted[half];
  return sorted.length === 0 ? Number.NaN : (sorted[half - 1] + sorted[half]) / 2;
}

/**
 * The smallest value that at least `share` (0 to 1) of all values do not exceed: a value that was measured, never one in between,
 * so that a tail of few values is not smoothed away. `sorted` ascending. NaN of none.
 */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return Number.NaN;
  // 0.999 * 1000 is a hair above 999 in binary; one rank more would be another row.
  const rank = Math.ceil(share * sorted.length - 1e-9);
  return sorted[Math.max(0, Math.min(sorted.length, rank) - 1)];
}

export function speedUp(rowsPerSecond: number, ofOnePartition: number): number {
  return rowsPerSecond / ofOnePartition;
}

/** 1: every thread that can be at work at once adds as much as the first. More partitions than workers add no thread. */
export function efficiency(timesFaster: number, partitions: number, workers: number): number {
  return timesFaster / Math.min(partitions, workers);
}
