import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latencyFigures, Schedule } from '../../../benchmarks/partitions/schedule.ts';

describe('a schedule', () => {
  it('says when each record is due, from its first on', () => {
    const schedule = new Schedule(500, 1000, 10);
    expect([10, 11, 1010].map(record => schedule.dueMs(record))).toEqual([500, 501, 1500]);
    expect(schedule.dueBy(499.9, 100)).toBe(10);
    expect(schedule.dueBy(500, 100)).toBe(11);
    expect(schedule.dueBy(503.5, 100)).toBe(14);
    expect(schedule.dueBy(9_000, 100)).toBe(100);
  });

  it('hands over all that is due, and nothing before', () => {
    const starts = fc.double({ min: 0, max: 1e6, noNaN: true });
    const rates = fc.integer({ min: 1, max: 1_000_000 });
    const after = fc.double({ min: 0, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(starts, rates, after, fc.nat(1000), (startMs, rate, ms, first) => {
        const schedule = new Schedule(startMs, rate, first);
        const nowMs = startMs + ms;
        const due = schedule.dueBy(nowMs, first + 1_000_000);
        expect(due).toBeGreaterThanOrEqual(first);
        if (due > first) expect(schedule.dueMs(due - 1)).toBeLessThanOrEqual(nowMs);
        if (due < first + 1_000_000) expect(schedule.dueMs(due + 1)).toBeGreaterThan(nowMs);
      }),
    );
  });
});

describe('latencies', () => {
  it('count the wait of records that came due while nothing was answered', () => {
    // 1,000 records a second for two seconds; each row is read 1 ms after it is due, but nothing is between 0.5 s and 1.5 s.
    const schedule = new Schedule(0, 1000);
    const sightings = Array.from({ length: 2000 }, (_, record) => {
      const atMs = schedule.dueMs(record) + 1;
      return { record, atMs: atMs > 500 && atMs < 1500 ? 1500 : atMs };
    });
    const { rows, p50Ms, p99Ms, p999Ms, maxMs } = latencyFigures(schedule, sightings, 0, 0);
    // A feeder that waits for answers would have sent one record in that second, and told a p99 of 1 ms.
    expect({ rows, p50Ms, p99Ms, p999Ms, maxMs }).toEqual({
      rows: 2000,
      p50Ms: 1,
      p99Ms: 980,
      p999Ms: 998,
      maxMs: 1000,
    });
  });

  it('leave out what warms up, in whatever order rows come, and say how late the feeder was', () => {
    const schedule = new Schedule(100, 10, 2);
    const sightings = [
      { record: 5, atMs: 430 },
      { record: 0, atMs: 99 },
      { record: 4, atMs: 350 },
      { record: 3, atMs: 5_000 },
    ];
    expect(latencyFigures(schedule, sightings, 4, 7)).toEqual({
      rows: 2,
      p50Ms: 30,
      p99Ms: 50,
      p999Ms: 50,
      maxMs: 50,
      latestFeedMs: 7,
    });
  });
});
