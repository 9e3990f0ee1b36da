import { assert } from '../../../engine/base/assert.ts';
import type { Column } from '../../../engine/contract/batch.ts';
import { defineRule } from '../../../engine/contract/operator.ts';
import { required } from '../../../engine/contract/parameter.ts';
import { CategoryTable, NULL, tableFor, UNSEEN } from '../categories.ts';
import { CATEGORIES } from '../known-values.ts';

interface Fitted {
  readonly categories: readonly string[];
  /** Classes that have a column: the last of two, all of more. */
  readonly classes: readonly string[];
  /** `rates[c][category]`, then the rate of nulls, then the overall one for what is unseen. */
  readonly rates: readonly (readonly number[])[];
}

/** Micci-Barreca 2001: a category's rate, drawn towards the overall rate as by `smooth` rows of it. */
export const encodeTarget = defineRule({
  op: 'encode',
  name: 'target',
  summary:
    'The share of positive training rows in a row’s category, drawn towards the overall share the fewer rows the category has. One column; where the label has more than two classes, one for each: `ward=died`. Nulls are a category of their own; unseen categories get the overall share.',
  params: {
    smooth: required('float', 'The overall share counts as much as this many rows of a category.', {
      default: 20,
      min: 0,
    }),
  },
  examples: [{ title: 'A code list as risk', flow: 'encode { discharge = target(smooth: 50.0) }' }],
  needsLabel: true,
  accepts: type => CATEGORIES.has(type.kind),
  output: () => ({ type: { kind: 'features', names: [] }, nullable: false }),
  fit(params, column, label) {
    assert(label !== null, 'target encoding is fitted with a label');
    const table = new CategoryTable([]);
    const parts = column.map(batch => table.grow(batch.columns[0], batch.rows));
    const { classes, places } = label;
    const told = classes.length <= 2 ? classes.slice(-1) : classes;
    const rows = new Float64Array(table.size + 1);
    let labelled = 0;
    eachRow(parts, places, table.size, (at, _) => {
      rows[at]++;
      labelled++;
    });
    const rates = told.map(name => {
      const c = classes.indexOf(name);
      const hits = new Float64Array(table.size + 1);
      let all = 0;
      eachRow(parts, places, table.size, (at, own) => {
        if (own !== c) return;
        hits[at]++;
        all++;
      });
      const overall = labelled === 0 ? 0 : all / labelled;
      const rate = (n: number, hit: number) =>
        n + params.smooth === 0 ? overall : (hit + params.smooth * overall) / (n + params.smooth);
      return [...Array.from(rows, (n, at) => rate(n, hits[at])), overall];
    });
    return { categories: [...table.names()], classes: told, rates };
  },
  outputs(column, fitted) {
    const { classes } = fitted as unknown as Fitted;
    return classes.length === 1 ? [column] : classes.map(c => `${column}=${c}`);
  },
  apply(fitted, batch) {
    const { categories, rates } = fitted as unknown as Fitted;
    const ids = tableFor(fitted as object, categories).find(batch.columns[0], batch.rows);
    return rates.map((rate): Column => {
      const values = new Float64Array(batch.rows);
      for (let row = 0; row < batch.rows; row++) values[row] = rate[placeOf(ids[row], categories.length)];
      return { kind: 'number', values, validity: null };
    });
  },
});

/** Place in `rates`: categories, then nulls, then unseen. */
function placeOf(id: number, categories: number): number {
  if (id === NULL) return categories;
  return id === UNSEEN ? categories + 1 : id;
}

/** Rows without a label teach nothing. */
function eachRow(
  parts: readonly Int32Array[],
  label: readonly Float64Array[],
  categories: number,
  visit: (place: number, label: number) => void,
): void {
  parts.forEach((ids, part) => {
    for (let row = 0; row < ids.length; row++) {
      const own = label[part][row];
      if (!Number.isNaN(own)) visit(placeOf(ids[row], categories), own);
    }
  });
}
