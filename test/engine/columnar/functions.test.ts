import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { timestampOfBytes } from '../../../src/connectors/formats/text/iso-time.ts';
import {
  FIRST_DAY,
  FIRST_INSTANT,
  formatInstant,
  LAST_DAY,
  LAST_INSTANT,
  parseInstant,
} from '../../../src/engine/columnar/instants.ts';
import { interpretExpression } from '../../../src/engine/columnar/interpret.ts';
import { instantOf, zoneOffset } from '../../../src/engine/columnar/zones.ts';
import type { Expression } from '../../../src/engine/contract/expression.ts';
import type { RowValue } from '../../../src/engine/contract/function.ts';
import type { Type } from '../../../src/engine/contract/types.ts';
import { floatValue, textValue } from './arbitraries.ts';
import { callOf, functions } from './expression-arbitrary.ts';

const kindOf = (value: RowValue): Type['kind'] => {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  return Number.isSafeInteger(value) ? 'int' : 'float';
};
const literal = (value: boolean | number | string | null, kind = kindOf(value)): Expression =>
  ({ op: 'literal', type: { kind }, nullable: value === null, value }) as Expression;
/** A call over plain values; numbers are ints where they are whole. */
const of = (fn: string, ...args: (boolean | number | string | Expression)[]): RowValue =>
  interpretExpression(
    callOf(
      fn,
      args.map(arg => (typeof arg === 'object' ? arg : literal(arg))),
    ),
    {},
    functions,
  );
const at = (ms: number): Expression => literal(ms, 'timestamp');
const day = (days: number): Expression => literal(days, 'date');
const float = (value: number): Expression => literal(value, 'float');

describe('texts', () => {
  test('compare as their UTF-8 bytes do', () => {
    fc.assert(
      fc.property(textValue, textValue, (a, b) => {
        const order = Buffer.compare(Buffer.from(a), Buffer.from(b));
        expect([of('lt', a, b), of('le', a, b), of('eq', a, b), of('gt', a, b)]).toEqual([
          order < 0,
          order <= 0,
          order === 0,
          order > 0,
        ]);
      }),
    );
    expect(of('lt', '\uffff', '𐀀')).toBe(true);
  });
  test('length, substring and mask count code points', () => {
    fc.assert(
      fc.property(textValue, fc.integer({ min: -2, max: 14 }), fc.integer({ min: -2, max: 14 }), (x, start, count) => {
        const points = [...x];
        expect(of('length', x)).toBe(points.length);
        const wanted = points.filter((_, i) => i >= start && i < start + count).join('');
        expect(of('substring', x, start, count)).toBe(wanted);
        const masked = [...(of('mask', x, Math.max(0, count)) as string)];
        expect(masked.length).toBe(points.length);
        if (points.length > 0) expect(masked[0]).toBe('*');
      }),
    );
  });
  test('match, replace, hash', () => {
    expect(of('match', '[40-50)', '\\[(\\d+)-', 1)).toBe('40');
    expect(of('match', 'abc', 'b')).toBe('b');
    expect(of('match', 'abc', '(x)|b', 1)).toBeNull();
    expect(of('replace', 'a.b.c', '.', '$&')).toBe('a$&b$&c');
    expect(of('hash', 'p1', 'salt')).toMatch(/^[0-9a-f]{32}$/);
    expect(of('hash', 'p1', 'salt')).not.toBe(of('hash', 'p1', 'pepper'));
    expect(of('hash', 'b', 'a')).not.toBe(of('hash', 'ab', ''));
    expect(
      functions.get('match')?.signature([
        { type: { kind: 'string' }, nullable: false },
        { type: { kind: 'string' }, nullable: false, literal: '(' },
      ]),
    ).toEqual({
      argument: 1,
      expected: 'a valid regular expression',
    });
  });
});

describe('numbers', () => {
  test.each([
    [2.5, 3],
    [-2.5, -3],
    [0.49999999999999994, 0],
    [2251799813685248.5, 2251799813685249],
    [-0.2, 0],
  ])('round(%d) is %d', (x, wanted) => expect(of('round', float(x))).toBe(wanted));
  test.each([
    [1.005, 2, 1.01],
    [2.34567, 2, 2.35],
    [1e-7, 3, 0],
    [1.5e-7, 7, 2e-7],
    [-2.345, 2, -2.35],
    [1e21, 2, 1e21],
  ])('round(%d, %d) is %d', (x, digits, wanted) => expect(of('round', float(x), digits)).toBe(wanted));
  test('floor, ceil and int agree with exact arithmetic on quarters', () => {
    fc.assert(
      fc.property(fc.integer({ min: -4000, max: 4000 }), quarters => {
        const x = float(quarters / 4);
        const below = Number(BigInt.asIntN(64, BigInt(quarters) >> 2n));
        expect(of('floor', x)).toBe(below);
        expect(of('ceil', x)).toBe(quarters % 4 === 0 ? below : below + 1);
        expect(of('int', x)).toBe(Number(BigInt(quarters) / 4n));
      }),
    );
  });
  test('int arithmetic agrees with BigInt, or rejects', () => {
    const max = 2n ** 53n - 1n;
    const operators = {
      add: (a: bigint, b: bigint) => a + b,
      sub: (a: bigint, b: bigint) => a - b,
      mul: (a: bigint, b: bigint) => a * b,
    };
    fc.assert(
      fc.property(
        fc.constantFrom('add', 'sub', 'mul'),
        fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -(2 ** 27), max: 2 ** 27 })),
        fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -(2 ** 27), max: 2 ** 27 })),
        (fn, a, b) => {
          const exact = operators[fn](BigInt(a), BigInt(b));
          if (exact > max || exact < -max) expect(() => of(fn, a, b)).toThrow(/beyond/);
          else expect(of(fn, a, b)).toBe(Number(exact));
        },
      ),
    );
  });
  test('partial functions give null', () => {
    for (const value of [
      of('div', 1, 0),
      of('mod', 1, 0),
      of('sqrt', -1),
      of('log', 0),
      of('pow', -1, 0.5),
      of('exp', 1000),
    ]) {
      expect(value).toBeNull();
    }
  });
});

describe('conversions', () => {
  test('a number comes back from its text', () => {
    fc.assert(
      fc.property(floatValue, fc.maxSafeInteger(), (x, whole) => {
        expect(of('float', of('string', float(x)) as string)).toBe(x + 0);
        expect(of('int', of('string', whole) as string)).toBe(whole);
      }),
    );
  });
  test.each(['', 'x', '1e', '0x10', 'Infinity', 'NaN', '1,5', '--1', '1_000'])('float(%j) is null', x =>
    expect(of('float', x)).toBeNull());
  test.each(['1.0', '9007199254740992', '', '1e3'])('int(%j) is null', x => expect(of('int', x)).toBeNull());
  test('instants and dates come back from their texts', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(1, 0), max: Date.UTC(9999, 0) }), ms => {
        expect(parseInstant(formatInstant(ms), null)).toBe(ms);
        const days = Math.floor(ms / 86_400_000);
        expect(of('date', of('string', day(days)) as string)).toBe(days);
      }),
    );
  });
  test('what is outside the years 0000 to 9999 is no time: a result is rejected, a text null', () => {
    for (const far of [
      () => of('timestamp', 2 ** 53 - 1),
      () => of('add', at(LAST_INSTANT), literal(1, 'duration')),
      () => of('sub', at(FIRST_INSTANT), literal(1, 'duration')),
      () => of('date', at(LAST_INSTANT), 'Europe/Berlin'),
    ]) {
      expect(far).toThrow(expect.objectContaining({ code: 'R410', message: expect.stringContaining('0000 to 9999') }));
    }
    expect([formatInstant(FIRST_INSTANT), formatInstant(LAST_INSTANT)]).toEqual([
      '0000-01-01T00:00:00.000Z',
      '9999-12-31T23:59:59.999Z',
    ]);
    expect([of('string', day(FIRST_DAY)), of('string', day(LAST_DAY))]).toEqual(['0000-01-01', '9999-12-31']);
    for (const text of ['9999-12-31T23:59:59-00:01', '0000-01-01T00:00:00+00:01']) {
      expect(of('timestamp', text)).toBeNull();
      expect(timestampOfBytes(Buffer.from(text), 0, text.length, null)).toBeNaN();
    }
  });
  test.each([
    ['2026-01-01T00:00:00Z', Date.UTC(2026, 0, 1)],
    ['2026-01-01 01:30+01:30', Date.UTC(2026, 0, 1)],
    ['2026-01-01T00:00:00.1239-05', Date.UTC(2026, 0, 1, 5, 0, 0, 123)],
    ['2026-01-01T00:00:00', null],
    ['2026-02-29T00:00:00Z', null],
    ['2026-01-01T24:00:00Z', null],
    ['yesterday', null],
  ])('timestamp(%j) is %d', (text, wanted) => expect(of('timestamp', text)).toBe(wanted));
});

describe('time', () => {
  const anyInstant = fc.integer({ min: Date.UTC(1900, 0), max: Date.UTC(2100, 0) });
  const anyZone = fc.constantFrom('Europe/Berlin', 'America/New_York', 'Asia/Kolkata', 'Australia/Lord_Howe', 'UTC');
  test('parts agree with Intl in any zone', () => {
    fc.assert(
      fc.property(anyInstant, anyZone, (ms, zone) => {
        const format = new Intl.DateTimeFormat('en-GB', {
          timeZone: zone,
          year: 'numeric',
          month: 'numeric',
          day: 'numeric',
          hour: 'numeric',
          minute: 'numeric',
          hourCycle: 'h23',
          weekday: 'short',
        });
        const parts = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, value]));
        for (const name of ['year', 'month', 'day', 'hour', 'minute'])
          expect(of(name, at(ms), zone)).toBe(Number(parts[name]));
        const week = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
        expect(of('weekday', at(ms), zone)).toBe(week.indexOf(parts.weekday) + 1);
        const wall = Date.UTC(Number(parts.year), Number(parts.month) - 1, Number(parts.day));
        expect(of('date', at(ms), zone)).toBe(wall / 86_400_000);
      }),
    );
  });
  test('a wall clock time is an instant that shows it, but for the hour that is skipped', () => {
    fc.assert(
      fc.property(anyInstant, anyZone, (ms, zone) => {
        const wall = ms + zoneOffset(ms, zone);
        const instant = instantOf(wall, zone);
        expect(instant + zoneOffset(instant, zone)).toBe(wall);
        expect(instant).toBeLessThanOrEqual(ms);
      }),
    );
    expect(formatInstant(instantOf(Date.UTC(2026, 2, 29, 2, 30), 'Europe/Berlin'))).toBe('2026-03-29T01:30:00.000Z');
    expect(formatInstant(instantOf(Date.UTC(2026, 9, 25, 2, 30), 'Europe/Berlin'))).toBe('2026-10-25T00:30:00.000Z');
  });
  test('trunc cuts by the clock of the zone', () => {
    const cut = of('trunc', at(Date.UTC(2026, 6, 1, 22, 30)), literal(86_400_000, 'duration'), 'Europe/Berlin');
    expect(formatInstant(cut as number)).toBe('2026-07-01T22:00:00.000Z');
    expect(of('trunc', at(-1), literal(1000, 'duration'))).toBe(-1000);
  });
});

test('every function has a summary, and examples unless it is a sign', () => {
  for (const { name, summary, examples, sign } of functions.values()) {
    expect(summary, name).toMatch(/\.$/);
    if (sign === undefined) expect(examples.length, name).toBeGreaterThan(0);
  }
});
