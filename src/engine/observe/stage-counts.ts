import type { StageCount } from '../contract/artifact.ts';

/**
 * Rows in, out and rejected by stage name, in the order the names were first seen. Adding is commutative, so counts of tasks
 * may arrive in any order. As plain numbers by name they travel in commit records: `rows/in`, `rows/out`, `rows/rejected`, `rows/expired`.
 */
export class StageCounts {
  readonly #byName = new Map<string, { in: number; out: number; rejected: number; expired: number }>();

  /** Makes the name known, so that a stage without rows is told of too. */
  declare(name: string): void {
    this.#of(name);
  }
  add(name: string, rowsIn: number, rowsOut: number, rejected: number, expired = 0): void {
    const count = this.#of(name);
    count.in += rowsIn;
    count.out += rowsOut;
    count.rejected += rejected;
    count.expired += expired;
  }
  addAll(counts: readonly StageCount[]): void {
    for (const count of counts) this.add(count.name, count.rowsIn, count.rowsOut, count.rejected, count.expired);
  }
  /** Adds everything to `total` and begins at nothing again. */
  moveTo(total: StageCounts): void {
    total.addAll(this.list());
    this.#byName.clear();
  }
  clear(): void {
    this.#byName.clear();
  }
  list(): readonly StageCount[] {
    return [...this.#byName].map(([name, count]) => ({
      name,
      rowsIn: count.in,
      rowsOut: count.out,
      rejected: count.rejected,
      ...(count.expired === 0 ? {} : { expired: count.expired }),
    }));
  }
  toNumbers(): Record<string, number> {
    const numbers: Record<string, number> = {};
    for (const [name, count] of this.#byName) {
      numbers[`${name}/in`] = count.in;
      numbers[`${name}/out`] = count.out;
      numbers[`${name}/rejected`] = count.rejected;
      if (count.expired !== 0) numbers[`${name}/expired`] = count.expired;
    }
    return numbers;
  }
  /** The counts in `numbers`; other entries are passed over. */
  static fromNumbers(numbers: Readonly<Record<string, number>>): StageCounts {
    const counts = new StageCounts();
    for (const [key, value] of Object.entries(numbers)) {
      const slash = key.lastIndexOf('/');
      const name = key.slice(0, slash);
      const what = key.slice(slash + 1);
      if (slash <= 0) continue;
      if (what === 'in') counts.add(name, value, 0, 0);
      else if (what === 'out') counts.add(name, 0, value, 0);
      else if (what === 'rejected') counts.add(name, 0, 0, value);
      else if (what === 'expired') counts.add(name, 0, 0, 0, value);
    }
    return counts;
  }

  #of(name: string): { in: number; out: number; rejected: number; expired: number } {
    let count = this.#byName.get(name);
    if (count === undefined) this.#byName.set(name, (count = { in: 0, out: 0, rejected: 0, expired: 0 }));
    return count;
  }
}
