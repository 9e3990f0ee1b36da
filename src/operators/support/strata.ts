/** Units (groups of rows that stay together) seen in a first pass: their hash, and their rows by class. */
export class UnitCounts {
  readonly classes: number;
  readonly #ids = new Map<number, number>();
  #hashes = new Uint32Array(1024);
  #counts: Int32Array;

  constructor(classes: number) {
    this.classes = classes;
    this.#counts = new Int32Array(1024 * classes);
  }

  get size(): number {
    return this.#ids.size;
  }
  get hashes(): Uint32Array {
    return this.#hashes.subarray(0, this.size);
  }
  /** Rows of unit u in class c at `u * classes + c`. */
  get counts(): Int32Array {
    return this.#counts.subarray(0, this.size * this.classes);
  }

  add(hash: number, label: number): void {
    let id = this.#ids.get(hash);
    if (id === undefined) {
      id = this.size;
      if (id === this.#hashes.length) this.#grow();
      this.#ids.set(hash, id);
      this.#hashes[id] = hash;
    }
    this.#counts[id * this.classes + label]++;
  }

  #grow(): void {
    const hashes = new Uint32Array(this.#hashes.length * 2);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const counts = new Int32Array(this.#counts.length * 2);
    counts.set(this.#counts);
    this.#counts = counts;
  }
}

/** Hashes of the units, rising, and the part of each. */
export interface UnitParts {
  readonly hashes: Uint32Array;
  readonly parts: Uint8Array;
}

/**
 * The part of each unit, so that every part holds its share of the rows and of each class, as nearly as whole units allow.
 * Units are cut in hash order, stratum by stratum; a unit's stratum is the rarest class it has a row of. In a class's own
 * stratum the cut follows that class's rows; in the most frequent class's stratum, which comes last, it follows all rows, so
 * that it also evens out what the strata before it left.
 */
export function stratifiedParts(units: UnitCounts, shares: readonly number[]): UnitParts {
  const { classes, size, hashes, counts } = units;
  const order = Uint32Array.from({ length: size }, (_, u) => u).sort((a, b) => hashes[a] - hashes[b]);
  const totals = new Float64Array(classes);
  for (let at = 0; at < counts.length; at++) totals[at % classes] += counts[at];
  const rarestFirst = Array.from(totals.keys()).sort((a, b) => totals[a] - totals[b] || a - b);
  const strata = strataOf(units, rarestFirst);
  const allRows = totals.reduce((sum, rows) => sum + rows, 0);
  const parts = new Uint8Array(size);
  /** Rows given so far by part, of all classes and of each (`part * classes + class`). */
  const given = new Float64Array(shares.length);
  const givenOf = new Float64Array(shares.length * classes);
  rarestFirst.forEach((own, place) => {
    const last = place === classes - 1;
    const total = last ? allRows : totals[own];
    let part = 0;
    for (let at = 0; at < size; at++) {
      const unit = order[at];
      if (strata[unit] !== own) continue;
      let rows = 0;
      for (let c = 0; c < classes; c++) rows += counts[unit * classes + c];
      const adds = last ? rows : counts[unit * classes + own];
      // A unit goes to the first part whose share it does not overfill by more than half of itself.
      while (part < shares.length - 1) {
        const holds = last ? given[part] : givenOf[part * classes + own];
        if (holds + adds / 2 <= shares[part] * total) break;
        part++;
      }
      parts[at] = part;
      given[part] += rows;
      for (let c = 0; c < classes; c++) givenOf[part * classes + c] += counts[unit * classes + c];
    }
  });
  return { hashes: hashes.map((_, at) => hashes[order[at]]), parts };
}

/** The rarest class each unit has a row of. */
function strataOf({ classes, size, counts }: UnitCounts, rarestFirst: readonly number[]): Uint8Array | Uint16Array {
  const strata = classes <= 256 ? new Uint8Array(size) : new Uint16Array(size);
  for (let unit = 0; unit < size; unit++) {
    let place = 0;
    while (counts[unit * classes + rarestFirst[place]] === 0) place++;
    strata[unit] = rarestFirst[place];
  }
  return strata;
}
