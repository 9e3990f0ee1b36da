import fc from 'fast-check';
import { expect, test } from 'vitest';
import { binColumn, binOf } from '../../src/learners/gbdt/bins.ts';

test('a column’s bins are those of its values one by one', () => {
  const value = fc.oneof(
    fc.double(),
    fc.integer({ min: -5, max: 5 }).map(Number),
    fc.constantFrom(-Infinity, Infinity, -0, Number.MAX_VALUE, -Number.MAX_VALUE, 1e-300),
  );
  fc.assert(
    fc.property(fc.array(value, { maxLength: 60 }), fc.array(value, { maxLength: 254 }), (values, cuts) => {
      const known = cuts.filter(cut => !Number.isNaN(cut));
      const edges = Float64Array.from(new Set(known.map(cut => cut + 0))).sort();
      const column = Float64Array.from([...values, ...edges]);
      const out = new Uint8Array(column.length);
      binColumn(column, column.length, edges, out);
      expect(Array.from(out)).toEqual(Array.from(column, x => binOf(edges, x)));
    }),
  );
});
