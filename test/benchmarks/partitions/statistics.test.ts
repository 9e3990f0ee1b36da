import { describe, expect, it } from 'vitest';
import { efficiency, median, percentile, speedUp } from '../../../benchmarks/partitions/statistics.ts';

describe('median', () => {
  it('is the middle, or the mean of both', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 7])).toBe(6);
    expect(median([])).toBeNaN();
  });
});

describe('percentile', () => {
  const thousand = Float64Array.from({ length: 1000 }, (_, i) => i + 1);

  it.each([
    [0.5, 500],
    [0.99, 990],
    [0.999, 999],
    [1, 1000],
    [0, 1],
  ])('of %f is the value that so many do not exceed', (share, value) => {
    expect(percentile(thousand, share)).toBe(value);
  });

  it('never lies between two values', () => {
    expect(percentile([1, 100], 0.5)).toBe(1);
    expect(percentile([1, 100], 0.51)).toBe(100);
    expect(percentile([7], 0.999)).toBe(7);
    expect(percentile([], 0.5)).toBeNaN();
  });
});

describe('speed-up and efficiency', () => {
  it('are against one partition, and the threads that can be at work', () => {
    expect(speedUp(18_000, 10_000)).toBe(1.8);
    expect(efficiency(1.8, 2, 2)).toBe(0.9);
    expect(efficiency(1, 1, 2)).toBe(1);
    // Partitions beyond the workers add no thread, and so take nothing away.
    expect(efficiency(1.8, 8, 2)).toBe(0.9);
  });
});
