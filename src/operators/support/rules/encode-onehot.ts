import type { Column } from '../../../engine/contract/batch.ts';
import { defineRule } from '../../../engine/contract/operator.ts';
import { optional, required } from '../../../engine/contract/parameter.ts';
import { categoryCounts, NULL, sortedNames, tableFor, UNSEEN } from '../categories.ts';
import { CATEGORIES } from '../known-values.ts';

/** Name of the indicator of nulls; in brackets where a category is a text of that name. */
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
  summary:
    'One indicator, 0 or 1, for each category of the training rows: `race=Asian`. Nulls have their own, `race=missing`, where the training rows have any; `race=(missing)` where that is the name of a category.',
  params: {
    min_count: required('int', 'Categories with fewer training rows count as unknown, and so do nulls.', {
      default: 1,
      min: 1,
    }),
    unknown: optional('string', 'Name of an indicator for rare and unseen categories; without it all are 0 for them.'),
    max: required(
      'int',
      'At most so many categories, the most frequent ones; the indicators of nulls and of `unknown` are not counted.',
      { default: 256, min: 1, max: 4096 },
    ),
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
    // A category may be what the unknown ones are to be counted as; nothing is what is missing.
    if (params.unknown !== undefined && !names.includes(params.unknown)) names.push(params.unknown);
    const unknown = params.unknown === undefined ? -1 : names.indexOf(params.unknown);
    const missing = nulls < params.min_count ? unknown : names.push(freeName(names)) - 1;
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

function freeName(taken: readonly string[]): string {
  let name = MISSING;
  while (taken.includes(name)) name = `(${name})`;
  return name;
}
