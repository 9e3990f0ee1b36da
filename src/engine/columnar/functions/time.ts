import type { FunctionDefinition } from '../../contract/function.ts';
import { instantOf, zoneOffset } from '../zones.ts';
import { checkZone } from './conversion.ts';
import { type Argument, FLOAT, INT, optional, passing, text } from './define.ts';

const DAY_MS = 86_400_000;
const zone: Argument = { ...optional(text('zone')), says: 'the name of a time zone' };
const when: Argument = { name: 'x', kinds: ['timestamp', 'date'], says: 'a timestamp or a date' };
const instant: Argument = { name: 'x', kinds: ['timestamp'], says: 'a timestamp' };

/** A part of the calendar or the clock: UTC, or the zone named. */
function part(
  name: string,
  summary: string,
  of: Argument,
  call: string,
  gives: number,
  pick: (wall: number) => number,
): FunctionDefinition {
  return passing({
    name,
    summary,
    args: [of, zone],
    gives: INT,
    check: checkZone(1),
    examples: [{ call, gives }],
    evaluate: ([x, place], call) => {
      const isDate = call.args[0].type.kind === 'date';
      const utc = isDate ? (x as number) * DAY_MS : (x as number);
      const wall = typeof place === 'string' && !isDate ? utc + zoneOffset(utc, place) : utc;
      return pick(wall);
    },
  });
}

export const year = part('year', 'The year.', when, 'year(@2026-03-31)', 2026, wall => new Date(wall).getUTCFullYear());
export const month = part(
  'month',
  'The month, 1 to 12.',
  when,
  'month(@2026-03-31)',
  3,
  wall => new Date(wall).getUTCMonth() + 1,
);
export const day = part('day', 'The day of the month, 1 to 31.', when, 'day(@2026-03-31)', 31, wall =>
  new Date(wall).getUTCDate(),
);
export const weekday = part(
  'weekday',
  'The day of the week, 1 (Monday) to 7 (Sunday).',
  when,
  'weekday(@2026-11-21)',
  6,
  wall => ((((Math.floor(wall / DAY_MS) + 3) % 7) + 7) % 7) + 1,
);
export const hour = part(
  'hour',
  'The hour of the day, 0 to 23.',
  instant,
  'hour(@2026-07-01T22:30:00Z, "Europe/Berlin")',
  0,
  wall => Math.floor(wall / 3_600_000) - Math.floor(wall / DAY_MS) * 24,
);
export const minute = part(
  'minute',
  'The minute of the hour, 0 to 59.',
  instant,
  'minute(@2026-07-01T22:30:00Z)',
  30,
  wall => Math.floor(wall / 60_000) - Math.floor(wall / 3_600_000) * 60,
);

export const trunc = passing({
  name: 'trunc',
  summary:
    'The instant cut down to a multiple of a duration since 1970-01-01 (a Thursday), UTC or by the clock of a zone.',
  args: [instant, { name: 'step', kinds: ['duration'], says: 'a duration' }, zone],
  gives: args => args[0].type,
  check: args => {
    const { literal } = args[1];
    if (typeof literal === 'number' && literal <= 0) return { argument: 1, expected: 'a duration above 0' };
    return checkZone(2)(args);
  },
  partial: args => typeof args[1].literal !== 'number',
  examples: [{ call: 'trunc(@2026-01-01T10:59:00Z, 1h) == @2026-01-01T10:00:00Z', gives: true }],
  evaluate: ([x, step, place]) => {
    const [at, size] = [x as number, step as number];
    if (size <= 0) return null;
    if (typeof place !== 'string') return Math.floor(at / size) * size;
    const wall = at + zoneOffset(at, place);
    return instantOf(Math.floor(wall / size) * size, place);
  },
});

function inUnits(name: string, ms: number): FunctionDefinition {
  return passing({
    name,
    summary: `The length of a duration in ${name}, with its fraction.`,
    args: [{ name: 'x', kinds: ['duration'], says: 'a duration' }],
    gives: FLOAT,
    examples: [{ call: `${name}(36h)`, gives: 129_600_000 / ms }],
    propagatesNaN: true,
    evaluate: ([x]) => (x as number) / ms,
    emit: ([x]) => `${x} / ${ms}`,
  });
}
export const days = inUnits('days', DAY_MS);
export const hours = inUnits('hours', 3_600_000);
export const minutes = inUnits('minutes', 60_000);
export const seconds = inUnits('seconds', 1000);
