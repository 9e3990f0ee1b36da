/** A day (since 1970-01-01) or an instant (UTC ms), or why a text is neither. */
export type Dated =
  | { readonly type: 'date' | 'timestamp'; readonly value: number }
  | { readonly type: null; readonly why: string };

const DAY_MS = 86_400_000;
const FORM = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?(Z|[+-]\d\d:\d\d)?)?$/;

/** `2026-01-31` or `2026-01-31T08:30:00Z`, as flows and `--param` write them. */
export function datedText(text: string): Dated {
  const wrong = (why: string): Dated => ({ type: null, why });
  const parts = FORM.exec(text);
  if (parts === null) return wrong('A date is written `@2026-01-31`, an instant `@2026-01-31T08:30:00Z`.');
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, day);
  if (midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day)
    return wrong('The calendar has no such day.');
  if (parts[4] === undefined) return { type: 'date', value: midnight.getTime() / DAY_MS };
  const [hour, minute, second] = [Number(parts[4]), Number(parts[5]), Number(parts[6] ?? 0)];
  if (hour > 23 || minute > 59 || second > 59) return wrong('The clock has no such time.');
  const zone = parts[8];
  if (zone === undefined) return wrong(`An instant names its zone: \`@${text}Z\` for UTC, or \`@${text}+01:00\`.`);
  const [zoneHour, zoneMinute] = zone === 'Z' ? [0, 0] : [Number(zone.slice(1, 3)), Number(zone.slice(4, 6))];
  if (zoneHour > 14 || zoneMinute > 59) return wrong('Zones lie between `-14:00` and `+14:00`.');
  const offset = (zone.startsWith('-') ? -1 : 1) * (zoneHour * 3_600_000 + zoneMinute * 60_000);
  const millis = Number((parts[7] ?? '0').padEnd(3, '0'));
  const value = midnight.getTime() + hour * 3_600_000 + minute * 60_000 + second * 1000 + millis - offset;
  const utcYear = new Date(value).getUTCFullYear();
  if (utcYear < 0 || utcYear > 9999) return wrong('In UTC it lies outside the years 0000 to 9999.');
  return { type: 'timestamp', value };
}
