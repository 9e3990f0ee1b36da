const MINUTE_MS = 60_000;
const QUARTER_MS = 15 * MINUTE_MS;
/** Before this some zones changed at odd seconds, so offsets are not kept by the quarter hour. */
const REGULAR_SINCE_MS = Date.UTC(1973, 0, 1);
const BEFORE_ANY_CHANGE_MS = Date.UTC(1700, 0, 1);
const MOST_KEPT = 65_536;

interface Zone {
  readonly format: Intl.DateTimeFormat;
  readonly offsets: Map<number, number>;
}
/** Only remembers what the zone database says. */
const zones = new Map<string, Zone | null>();

function zoneOf(name: string): Zone | null {
  let zone = zones.get(name);
  if (zone === undefined) {
    try {
      zone = { format: formatter(name), offsets: new Map() };
    } catch {
      zone = null;
    }
    if (zones.size > 1000) zones.clear();
    zones.set(name, zone);
  }
  return zone;
}

function formatter(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
}

export function isZone(name: string): boolean {
  return zoneOf(name) !== null;
}

/** Milliseconds to add to an instant (UTC ms) for the zone's wall clock; NaN for an unknown zone or an instant out of range. */
export function zoneOffset(instant: number, name: string): number {
  if (name === 'UTC') return 0;
  const zone = zoneOf(name);
  if (zone === null || !(Math.abs(instant) <= 8.64e15)) return Number.NaN;
  if (instant < REGULAR_SINCE_MS) return computedOffset(instant, zone);
  const quarter = Math.floor(instant / QUARTER_MS);
  let offset = zone.offsets.get(quarter);
  if (offset === undefined) {
    offset = computedOffset(quarter * QUARTER_MS, zone);
    if (zone.offsets.size >= MOST_KEPT) zone.offsets.clear();
    zone.offsets.set(quarter, offset);
  }
  return offset;
}

function computedOffset(instant: number, zone: Zone): number {
  // Every zone keeps its first local mean time before this, and far years would come back in eras.
  const at = Math.max(instant, BEFORE_ANY_CHANGE_MS);
  const parts: Record<string, string> = {};
  for (const { type, value } of zone.format.formatToParts(at)) parts[type] = value;
  const wall = new Date(0);
  wall.setUTCFullYear(Number(parts.year), Number(parts.month) - 1, Number(parts.day));
  wall.setUTCHours(Number(parts.hour), Number(parts.minute), Number(parts.second));
  return wall.getTime() - Math.floor(at / 1000) * 1000;
}

/**
 * The instant (UTC ms) at which the zone's wall clock shows `wall` (ms as if UTC). A time the clock shows twice is the first
 * of the two; one it skips is as much later as the clock jumped. NaN for an unknown zone.
 */
export function instantOf(wall: number, name: string): number {
  const before = zoneOffset(wall - 86_400_000, name);
  const after = zoneOffset(wall + 86_400_000, name);
  const early = wall - before;
  if (before === after || zoneOffset(early, name) === before) return early;
  const late = wall - after;
  return zoneOffset(late, name) === after ? late : early;
}
