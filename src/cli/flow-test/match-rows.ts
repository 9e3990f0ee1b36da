import type { ExpectedValue } from '../../dsl/compile.ts';
import type { RowValue } from '../../engine/contract/function.ts';

type Row = Readonly<Record<string, RowValue>>;
type ExpectedRow = Readonly<Record<string, ExpectedValue>>;

export interface Matching {
  readonly ok: boolean;
  /** Expected rows no row was left for, and rows nobody expected: indexes. */
  readonly missing: readonly number[];
  readonly extra: readonly number[];
}

/**
 * Pairs each expected row with a row of its own that has the named fields, in any order: a maximum matching (augmenting
 * paths, Kuhn 1955), because with ranges the first fit may take the row another one needs.
 */
export function matchRows(expected: readonly ExpectedRow[], rows: readonly Row[]): Matching {
  const takenBy = new Array<number>(rows.length).fill(-1);
  const assign = (index: number, seen: Set<number>): boolean => {
    for (let row = 0; row < rows.length; row++) {
      if (seen.has(row) || !fits(expected[index], rows[row])) continue;
      seen.add(row);
      if (takenBy[row] === -1 || assign(takenBy[row], seen)) {
        takenBy[row] = index;
        return true;
      }
    }
    return false;
  };
  const missing = expected.flatMap((_, index) => (assign(index, new Set()) ? [] : [index]));
  const extra = takenBy.flatMap((by, row) => (by === -1 ? [row] : []));
  return { ok: missing.length === 0 && extra.length === 0, missing, extra };
}

function fits(expected: ExpectedRow, row: Row): boolean {
  return Object.entries(expected).every(([name, value]) => valueFits(value, row[name] ?? null));
}

function valueFits(expected: ExpectedValue, value: RowValue): boolean {
  if ('is' in expected) return isSame(expected.is, value);
  if (typeof value !== 'number') return false;
  return (expected.low === null || value >= expected.low) && (expected.high === null || value <= expected.high);
}

/** Of a record, as of a row, only the fields named are compared, in any order. */
function isSame(expected: RowValue, value: RowValue): boolean {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(value) && value.length === expected.length && expected.every((item, at) => isSame(item, value[at]))
    );
  }
  if (typeof expected !== 'object' || expected === null) return expected === value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const record = value as Row;
  return Object.entries(expected).every(([name, part]) => isSame(part, record[name] ?? null));
}

/** An expected row as it was written. */
export function expectedText(expected: ExpectedRow): string {
  const parts = Object.entries(expected).map(
    ([name, value]) =>
      `${name}: ${'is' in value ? JSON.stringify(value.is) : `${value.low ?? ''}..${value.high ?? ''}`}`,
  );
  return parts.length === 0 ? '{ }' : `{ ${parts.join(', ')} }`;
}

/** A row that came, with the fields the expectations name. */
export function rowText(row: Row, names: ReadonlySet<string>): string {
  const parts = Object.entries(row).filter(([name]) => names.size === 0 || names.has(name));
  return `{ ${parts.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(', ')} }`;
}
