import fc from 'fast-check';
import { expect, test } from 'vitest';
import { COLUMN_SUMS, type HistogramMemory, histogramMemory } from '../../src/learners/gbdt/histogram-memory.ts';

const ROWS = 40;
const COLUMNS = 7;

function filled(compiled: boolean, bytes: Uint8Array, rows: readonly number[], pairs: Float64Array): HistogramMemory {
  const memory = histogramMemory(ROWS, COLUMNS, compiled);
  memory.bytes.set(bytes);
  memory.rows.set(rows);
  memory.ordered.set(pairs);
  return memory;
}

test('compiled and plain loops add each listed row’s pair to the slot of its byte, in columns asked for only', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  const cases = fc.record({
    bytes: fc.uint8Array({ minLength: ROWS * 8, maxLength: ROWS * 8 }),
    rows: fc.uniqueArray(fc.integer({ min: 0, max: ROWS - 1 }), { minLength: ROWS, maxLength: ROWS }),
    pairs: fc.array(fc.double({ noNaN: true, min: -1e6, max: 1e6 }), { minLength: ROWS * 2, maxLength: ROWS * 2 }),
    word: fc.integer({ min: 0, max: 1 }),
    set: fc.integer({ min: 1, max: 15 }),
    cut: fc.tuple(fc.integer({ min: 0, max: ROWS }), fc.integer({ min: 0, max: ROWS })),
    corner: byte,
  });
  fc.assert(
    fc.property(cases, ({ bytes, rows, pairs, word, set, cut, corner }) => {
      bytes[0] = corner;
      const [from, to] = [Math.min(...cut), Math.max(...cut)];
      const expected = new Float64Array(4 * COLUMN_SUMS);
      for (let i = from; i < to; i++) {
        for (let k = 0; k < 4; k++) {
          if (((set >> k) & 1) === 0) continue;
          const at = k * COLUMN_SUMS + bytes[(word * ROWS + rows[i]) * 4 + k] * 2;
          expected[at] += pairs[(i - from) * 2];
          expected[at + 1] += pairs[(i - from) * 2 + 1];
        }
      }
      for (const compiled of [true, false]) {
        const memory = filled(compiled, bytes, rows, Float64Array.from(pairs));
        memory.add(word, set, from, to);
        expect(memory.sums).toEqual(expected);
      }
    }),
    { numRuns: 60 },
  );
});
