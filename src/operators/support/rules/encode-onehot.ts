import type { Column } from '../../../engine/contract/batch.ts';
import { defineRule } from '../../../engine/contract/operator.ts';
import { optional, required } from '../../../engine/contract/parameter.ts';
import { categoryCounts, NULL, sortedNames, tableFor, UNSEEN } from '../categories.ts';
import { CATEGORIES } from '../known-values.ts';

/** Name of the indicator of nulls. */
const MISSING = 'missing';

interface Fitted {
  /** Indicator by category, in column order. */
  readonly categories: readonly string[];
  /** Names of the indicators, in order. */
  readonly names: readonly string[];
  /** Indicator of each category, of nulls, and of categories not learned; −1 none. */
  readonly indicators: readonly number[];
  readonly missing: number;
  readonly unknown: number;
}

export const encodeOnehot = defineRule({
  op: 'encode',
  name: 'onehot',
  summary: 'One indicator, 0 or 1, for each category of the training rows: `race=Asian`.',
  params: {
    min_count: required('int', 'Categories with fewer training rows count as unknown.', { default: 1, min: 1 }),
    unknown: optional('string', 'Name of an indicator for rare and unseen categories; without it all are 0 for them.'),
    max: required('int', 'At most so many categories, the most frequent ones.', { default: 256, min: 1, max: 4096 }),
  },
  examples: [
    { title: 'Rare categories together', flow: 'encode { [race, ward] = onehot(min_count: 50, unknown: "other") }' },
  ],
  accepts: type => CATEGORIES.has(type.kind),
  output: () => ({ type: { kind: 'features', names: [] }, nullable: false }),
  fit(params, column) {
    const { counts, nulls } = categoryCounts(column);
    const frequent = [...counts]
      .filter(([, count]) => count >= params.min_count)
      .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
      .slice(0, params.max)
      .map(([name]) => name);
    const categories = sortedNames(frequent);
    const names = [...categories];
    const indicator = (name: string) => (names.includes(name) ? names.indexOf(name) : names.push(name) - 1);
    const unknown = params.unknown === undefined ? -1 : indicator(params.unknown);
    const missing = nulls >= params.min_count ? indicator(MISSING) : unknown;
    return { categories, names, indicators: categories.map(name => names.indexOf(name)), missing, unknown };
  },
  outputs: (column, fitted) => (fitted as unknown as Fitted).names.map(name => `${column}=${name}`),
  apply(fitted, batch) {
    const { categories, names, indicators, missing, unknown } = fitted as unknown as Fitted;
    const ids = tableFor(fitted as object, categories).find(batch.columns[0], batch.rows);
    const out = names.map(() => new Float64Array(batch.rows));
    for (let row = 0; row < batch.rows; row++) {
      const id = ids[row];
      const at = id === NULL ? missing : id === UNSEEN ? unknown : indicators[id];
      if (at >= 0) out[at][row] = 1;
    }
    return out.map((values): Column => ({ kind: 'number', values, validity: null }));
  },
});
