import type { TopicTexts } from './topic-texts.ts';

/**
 * What of a topic's rows depends on the input alone, and is held to it: all rows of a key in their order; the rows, in any order;
 * or, where rows say in what order others came before them, how many a key has. Where it depends on that order which rows there are (`limit`), how many
 * there are; and where even that does, nothing.
 */
export type Strictness = 'order' | 'rows' | 'count' | 'total' | 'nothing';

/** The strictest in which runs without faults agree. */
export function strictness(runs: readonly TopicTexts[], isKeyed: boolean): Strictness {
  const [first, ...others] = runs;
  const all = (how: Strictness) => others.every(other => differenceOf(first, other, how) === null);
  if (isKeyed && all('order')) return 'order';
  return (['rows', 'count', 'total'] as const).find(all) ?? 'nothing';
}

/** How a topic differs from what it should hold, without a value of a row; null: not at all. */
export function differenceOf(expected: TopicTexts, found: TopicTexts, how: Strictness): string | null {
  if (how === 'nothing') return null;
  if (how === 'total') {
    const total = (texts: TopicTexts) => [...texts.values()].reduce((sum, rows) => sum + rows.length, 0);
    const [should, is] = [total(expected), total(found)];
    return should === is ? null : `${is} row${is === 1 ? '' : 's'} in place of ${should}`;
  }
  const keys = new Set([...expected.keys(), ...found.keys()]);
  let [missing, extra, moved, missingKeys] = [0, 0, 0, 0];
  for (const key of keys) {
    const [should, is] = [expected.get(key) ?? [], found.get(key) ?? []];
    if (how === 'count') {
      missing += Math.max(0, should.length - is.length);
      extra += Math.max(0, is.length - should.length);
    } else if (should.length !== is.length || should.some((text, i) => text !== is[i])) {
      const [less, more] = multisetDifference(should, is);
      missing += less;
      extra += more;
      if (less + more === 0 && how === 'order') moved += 1;
    }
    if (should.length > 0 && is.length === 0) missingKeys += 1;
  }
  if (missing + extra + moved === 0) return null;
  const parts = [
    ...(missing > 0 ? [`${missing} row${missing === 1 ? '' : 's'} missing`] : []),
    ...(missingKeys > 0 ? [`${missingKeys} key${missingKeys === 1 ? '' : 's'} without any`] : []),
    ...(extra > 0 ? [`${extra} row${extra === 1 ? '' : 's'} too many`] : []),
    ...(moved > 0 ? [`${moved} key${moved === 1 ? '' : 's'} with rows in another order`] : []),
  ];
  return parts.join(', ');
}

function multisetDifference(should: readonly string[], is: readonly string[]): [missing: number, extra: number] {
  const counts = new Map<string, number>();
  for (const text of should) counts.set(text, (counts.get(text) ?? 0) + 1);
  let extra = 0;
  for (const text of is) {
    const left = counts.get(text) ?? 0;
    if (left > 0) counts.set(text, left - 1);
    else extra += 1;
  }
  let missing = 0;
  for (const left of counts.values()) missing += left;
  return [missing, extra];
}
