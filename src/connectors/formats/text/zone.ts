const HOUR_MS = 3_600_000;

/**
 * UTC milliseconds of a wall clock in a time zone. `wall` is the reading as if it were UTC. Where clocks go back the earlier of
 * the two instants is taken; a reading that clocks skip is moved on by the skip, as Temporal's `compatible` does.
 */
export class ZoneClock {
  readonly #format: Intl.DateTimeFormat;
  /** Offsets found, by hour; bounded. */
  readonly #offsets = new Map<number, number>();

  /** Throws RangeError for a zone that does not exist. */
  constructor(zone: string) {
    this.#format = new Intl.DateTimeFormat('en-US-u-ca-iso8601', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
      era: 'short',
    });
  }

  utcOf(wall: number): number {
    // An instant within a day of the right one has the offset of before or of after a change of clocks.
    const before = this.#offsetAt(wall - 24 * HOUR_MS);
    const after = this.#offsetAt(wall + 24 * HOUR_MS);
    if (before === after) return wall - before;
    if (this.#offsetAt(wall - before) === before) return wall - before;
    if (this.#offsetAt(wall - after) === after) return wall - after;
    return wall - before;
  }

  /** Wall clock minus UTC at an instant, in ms. Offsets change on whole quarter hours only. */
  #offsetAt(utc: number): number {
    const quarter = Math.floor(utc / (HOUR_MS / 4));
    let offset = this.#offsets.get(quarter);
    if (offset === undefined) {
      offset = this.#read(quarter * (HOUR_MS / 4));
      if (this.#offsets.size >= 100_000) this.#offsets.clear();
      this.#offsets.set(quarter, offset);
    }
    return offset;
  }

  #read(utc: number): number {
    const parts: Record<string, string> = {};
    for (const { type, value } of this.#format.formatToParts(utc)) parts[type] = value;
    const year = Number(parts['year']);
    const wall = new Date(0);
    wall.setUTCFullYear(
      /^b/i.test(parts['era'] ?? '') ? 1 - year : year,
      Number(parts['month']) - 1,
      Number(parts['day']),
    );
    wall.setUTCHours(Number(parts['hour']), Number(parts['minute']), Number(parts['second']));
    return wall.getTime() - utc;
  }
}
