import { instantOf } from './zones.ts';

const DAY_MS = 86_400_000;
/** The instants and days that are values: the years 0000 to 9999, which ISO 8601 writes with four digits. */
export const FIRST_INSTANT = -62_167_219_200_000;
export const LAST_INSTANT = 253_402_300_799_999;
export const FIRST_DAY = FIRST_INSTANT / DAY_MS;
export const LAST_DAY = (LAST_INSTANT + 1) / DAY_MS - 1;

export function isInstant(ms: number): boolean {
  return ms >= FIRST_INSTANT && ms <= LAST_INSTANT;
}
const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const INSTANT =
  /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d{2}(?::?\d{2})?)?$/i;

/** Days since 1970-01-01 of `YYYY-MM-DD`; null for another form or a day that is not in the calendar. */
export function parseDate(text: string): number | null {
  const parts = DATE.exec(text.trim());
  if (parts === null) return null;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const real = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return real ? date.getTime() / DAY_MS : null;
}

/**
 * UTC ms of an ISO 8601 instant: a date, then perhaps a time (to ms; finer digits are cut), then perhaps `Z` or an offset. A
 * text without an offset is in `zone`, and null where that is null. Null too for another form, a time that does not exist, and one
 * that an offset takes out of the years that are values.
 */
export function parseInstant(text: string, zone: string | null): number | null {
  const parts = INSTANT.exec(text.trim());
  if (parts === null) return null;
  const days = parseDate(parts[1]);
  const [hours, minutes, seconds] = [parts[2], parts[3], parts[4]].map(part => Number(part ?? 0));
  if (days === null || hours > 23 || minutes > 59 || seconds > 59) return null;
  const millis = Number((parts[5] ?? '0').padEnd(3, '0').slice(0, 3));
  const wall = days * DAY_MS + ((hours * 60 + minutes) * 60 + seconds) * 1000 + millis;
  const offset = parts[6];
  if (offset === undefined) {
    if (zone === null) return null;
    return known(instantOf(wall, zone));
  }
  if (offset.toUpperCase() === 'Z') return wall;
  const digits = offset.slice(1).replace(':', '').padEnd(4, '0');
  const [aside, more] = [Number(digits.slice(0, 2)), Number(digits.slice(2))];
  if (aside > 23 || more > 59) return null;
  return known(wall - (offset.startsWith('-') ? -1 : 1) * (aside * 60 + more) * 60_000);
}

function known(ms: number): number | null {
  return isInstant(ms) ? ms : null;
}

/** `YYYY-MM-DD` */
export function formatDate(days: number): string {
  return formatInstant(days * DAY_MS).slice(0, 10);
}

/** `YYYY-MM-DDTHH:MM:SS.mmmZ` */
export function formatInstant(ms: number): string {
  return new Date(ms).toISOString();
}
