/** Units (groups of rows that stay together) seen in a first pass: their hash, rows, and rows by class. */
export class UnitCounts {
  readonly classes: number;
  readonly #ids = new Map<number, number>();
  #hashes: number[] = [];
  /** Rows of unit u in class c at `u * classes + c`. */
  #counts: number[] = [];

  constructor(classes: number) {
    this.classes = classes;
  }

  add(hash: number, label: number): void {
    let id = this.#ids.get(hash);
    if (id === undefined) {
      id = this.#hashes.length;
      this.#ids.set(hash, id);
      this.#hashes.push(hash);
      for (let c = 0; c < this.classes; c++) this.#counts.push(0);
    }
    this.#counts[id * this.classes + label]++;
  }

  units(): readonly Unit[] {
    return this.#hashes.map((hash, id) => ({
      hash,
      counts: this.#counts.slice(id * this.classes, (id + 1) * this.classes),
    }));
  }
}

export interface Unit {
  readonly hash: number;
  readonly counts: readonly number[];
}

/**
 * The part of each unit, so that every part holds its share of the rows and of each class, as nearly as whole units allow.
 * Units are cut in hash order, stratum by stratum; a unit's stratum is the rarest class it has a row of. In a class's own
 * stratum the cut follows that class's rows; in the most frequent class's stratum, which comes last, it follows all rows, so
 * that it also evens out what the strata before it left.
 */
export function stratifiedParts(units: readonly Unit[], shares: readonly number[]): ReadonlyMap<number, number> {
  const totals = totalsOf(units);
  const rarestFirst = totals.map((_, c) => c).sort((a, b) => totals[a] - totals[b] || a - b);
  const allRows = totals.reduce((sum, rows) => sum + rows, 0);
  const parts = new Map<number, number>();
  /** Rows given so far, by part: of all classes, and of each. */
  const given = shares.map(() => 0);
  const givenOf = shares.map(() => totals.map(() => 0));
  rarestFirst.forEach((own, place) => {
    const last = place === rarestFirst.length - 1;
    const stratum = units
      .filter(unit => rarestFirst.find(c => unit.counts[c] > 0) === own)
      .sort((a, b) => a.hash - b.hash);
    const total = last ? allRows : totals[own];
    let part = 0;
    for (const unit of stratum) {
      const rows = unit.counts.reduce((sum, n) => sum + n, 0);
      const size = last ? rows : unit.counts[own];
      // A unit goes to the first part whose share it does not overfill by more than half of itself.
      while (part < shares.length - 1) {
        const holds = last ? given[part] : givenOf[part][own];
        if (holds + size / 2 <= shares[part] * total) break;
        part++;
      }
      parts.set(unit.hash, part);
      given[part] += rows;
      unit.counts.forEach((n, c) => {
        givenOf[part][c] += n;
      });
    }
  });
  return parts;
}

function totalsOf(units: readonly Unit[]): number[] {
  const totals = units.length === 0 ? [] : units[0].counts.map(() => 0);
  for (const unit of units) {
    unit.counts.forEach((n, c) => {
      totals[c] += n;
    });
  }
  return totals;
}
