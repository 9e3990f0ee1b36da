import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csv } from '../../src/connectors/formats/csv/csv.ts';
import { csvOracle } from './support/csv-oracle.ts';
import { decode, type Settings, schemaOf, utf8 } from './support/decode.ts';
import { anyCuts, csvText, mixedSchema } from './support/record-arbitraries.ts';

const settings = { nulls: ['?', 'NULL', '–', ' n/a '], options: { max_record: 1024 } } as const satisfies Settings;
const rules = { nulls: settings.nulls, onRange: 'bad', delimiter: ',', maxRecordBytes: 1024 } as const;

describe('against the oracle', () => {
  test('rows and bad rows are the same', () => {
    fc.assert(
      fc.property(csvText(mixedSchema), fc.constantFrom('bad', 'null'), (bytes, onRange) => {
        const got = decode(csv, mixedSchema, bytes, { ...settings, onRange });
        const want = csvOracle(bytes, mixedSchema, { ...rules, onRange });
        expect(got.rows).toEqual(want.rows);
        expect(got.bad.map(({ reason, ...bad }) => bad)).toEqual(want.bad);
      }),
      { numRuns: Number(process.env['RUNS'] ?? 600) },
    );
  });

  test('any cut of the input gives the same batches and bad rows', () => {
    fc.assert(
      fc.property(csvText(mixedSchema), anyCuts, fc.integer({ min: 1, max: 9 }), (bytes, cuts, batchRows) => {
        const whole = decode(csv, mixedSchema, bytes, { ...settings, batchRows });
        expect(decode(csv, mixedSchema, bytes, { ...settings, batchRows }, cuts)).toEqual(whole);
        const everywhere = Array.from({ length: bytes.length }, (_, i) => i);
        expect(decode(csv, mixedSchema, bytes, { ...settings, batchRows }, everywhere)).toEqual(whole);
      }),
      { numRuns: 150 },
    );
  });

  test('the batch size changes nothing but the batches; resuming after any batch gives the rest', () => {
    fc.assert(
      fc.property(csvText(mixedSchema), fc.integer({ min: 1, max: 5 }), (bytes, batchRows) => {
        const whole = decode(csv, mixedSchema, bytes, settings);
        const small = decode(csv, mixedSchema, bytes, { ...settings, batchRows });
        expect(small.rows).toEqual(whole.rows);
        expect(small.bad).toEqual(whole.bad);
        let before = 0;
        for (const [rows, through] of small.batches) {
          before += rows;
          const rest = decode(csv, mixedSchema, bytes, { ...settings, batchRows, skipRecords: through });
          expect(rest.rows).toEqual(whole.rows.slice(before));
          expect(rest.bad).toEqual(whole.bad.filter(bad => bad.record > through));
        }
      }),
      { numRuns: 150 },
    );
  });
});

test('agrees with csv-parse on well-formed files', () => {
  const schema = schemaOf({ 'a?': 'string', 'b?': 'string', 'c?': 'string' });
  const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\n', '\r\n', ' ', '𝒳', ';'), maxLength: 6 });
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(cell, cell, cell), { maxLength: 20 }),
      fc.constantFrom('\n', '\r\n'),
      (cells, end) => {
        const text = [['a', 'b', 'c'], ...cells].map(row => row.map(quoted).join(',') + end).join('');
        const want = parse(text, { columns: true }) as Record<string, string>[];
        expect(decode(csv, schema, utf8(text)).rows).toEqual(want.map(row => ({ ...row })));
      },
    ),
  );
});

describe('numbers', () => {
  const one = (kind: 'int' | 'float', text: string): unknown => {
    const { rows, bad } = decode(csv, schemaOf({ 'x?': kind, y: 'int' }), utf8(`x,y\n${text},0\n`));
    return bad.length > 0 ? bad[0].code : rows[0]['x'];
  };

  test('every double survives, in any notation', () => {
    const notations = [
      String,
      (x: number) => x.toExponential(),
      (x: number) => x.toPrecision(17),
      (x: number) => x.toFixed(20),
    ];
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), fc.constantFrom(...notations), (x, notation) => {
        expect(one('float', notation(x))).toBe(Number(notation(x)));
      }),
      { numRuns: 2000 },
    );
  });
  test('short decimals, the fast path, are the nearest doubles', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 15) + 1, max: 10 ** 15 - 1 }), fc.nat(15), (digits, point) => {
        const text = String(Math.abs(digits)).padStart(point + 1, '0');
        const decimal = `${digits < 0 ? '-' : ''}${text.slice(0, text.length - point)}.${text.slice(text.length - point)}`;
        expect(one('float', decimal)).toBe(Number(decimal));
      }),
      { numRuns: 2000 },
    );
  });
  test('whole numbers of any length are read, and nothing that only resembles one', () => {
    for (let length = 1; length <= 16; length++) {
      const digits = '9081726354172635'.slice(0, length);
      expect(one('int', digits)).toBe(length < 16 ? Number(digits) : 'R415');
      for (let i = 0; i < length; i++) {
        for (const other of ['/', ':', 'x', '\u00b9', '-', '\u0000']) {
          expect(one('int', digits.slice(0, i) + other + digits.slice(i + (i === 0 ? 0 : 1)))).toBe(
            other === '-' && i === 0 ? (length < 16 ? -Number(digits) : 'R415') : 'R414',
          );
        }
      }
    }
  });
  test('whole numbers are exact to 2^53 − 1 and refused beyond', () => {
    fc.assert(
      fc.property(fc.maxSafeInteger(), x => {
        expect(one('int', String(x))).toBe(x + 0);
        expect(one('int', `${x}.00`)).toBe(x + 0);
      }),
    );
    expect(one('int', '9007199254740991')).toBe(9007199254740991);
    expect(one('int', '9007199254740992')).toBe('R415');
    expect(one('int', '-9007199254740992')).toBe('R415');
    expect(one('int', '9007199254740990.9')).toBe('R414');
    expect(one('int', '1.5')).toBe('R414');
    expect(one('int', '-0')).toBe(0);
    expect(one('float', '-0')).toBe(-0);
    expect(one('float', 'NaN')).toBe(null);
  });
});

describe('a file', () => {
  const schema = schemaOf({ id: 'int', 'name?': 'string' });

  test('has its columns found in any order, by mapped names, once for two fields; a byte order mark is passed', () => {
    const both = schemaOf({ id: 'int', 'name?': 'string', 'again?': 'string' });
    const names = { name: 'Full Name', again: 'Full Name' };
    const { rows } = decode(csv, both, utf8('\ufeffx, Full Name ,id\n?,Ada,1\n,"",2\n'), { names });
    expect(rows).toEqual([
      { id: 1, name: 'Ada', again: 'Ada' },
      { id: 2, name: '', again: '' },
    ]);
  });
  test.each([
    ['id,nmae\n1,a\n', 'R221'],
    ['id,name,name\n1,a,b\n', 'R222'],
    ['', 'R225'],
    ['\n\r\n', 'R225'],
    [`"${'x'.repeat(2000)}`, 'R224'],
  ])('%j cannot be read: %s', (text, code) => {
    expect(() => decode(csv, schema, utf8(text), { options: { max_record: 1024 } })).toThrow(
      expect.objectContaining({ code }),
    );
  });
  test('names the column that was probably meant', () => {
    expect(() => decode(csv, schema, utf8('id,nmae\n'))).toThrow(
      expect.objectContaining({ hint: 'did you mean `nmae`? Then add map: { name: "nmae" } to the source' }),
    );
  });
  test.each([
    ['id,mrn,dept\r1,Anna Schmidt 1950,4711\r2,Bob Jones HIV,99\r', 'line ends'],
    ['id,ward\r1,nameMüller\r2,names\r', 'line ends'],
    ['id,Namer,4711,Anna\n', 'first line a header'],
    ['Anna,Namer,Schmidt\n', 'first line a header'],
  ])('%j: of what may be a patient’s record nothing is told', (text, why) => {
    const told = () => {
      try {
        decode(csv, schemaOf({ id: 'int', name: 'string' }), utf8(text));
      } catch (error) {
        const { message, hint } = error as Error & { hint?: string };
        return `${message} ${hint}`;
      }
      return '';
    };
    expect(told()).toContain(why);
    expect(told()).not.toMatch(/Anna|Bob|Müller|Namer|names|4711/);
  });
  test('that is UTF-16 is refused', () => {
    expect(() => decode(csv, schema, Uint8Array.of(0xff, 0xfe, 65, 0))).toThrow(
      expect.objectContaining({ code: 'R223' }),
    );
  });
  test('without a header needs its columns named', () => {
    const options = { header: false, columns: ['name', 'id'] };
    expect(decode(csv, schema, utf8('x,1'), { options }).rows).toEqual([{ id: 1, name: 'x' }]);
    expect(() => decode(csv, schema, utf8('x,1'), { options: { header: false } })).toThrow(
      expect.objectContaining({ code: 'R226' }),
    );
  });
  test('may have another delimiter', () => {
    for (const delimiter of [';', '\t', '|', ' ', 'a']) {
      const text = `id${delimiter}n\n1${delimiter}"x${delimiter}y"\n`;
      expect(decode(csv, schema, utf8(text), { names: { name: 'n' }, options: { delimiter } }).rows).toEqual([
        { id: 1, name: `x${delimiter}y` },
      ]);
    }
  });
  test('of one column has a record in each blank line', () => {
    expect(decode(csv, schemaOf({ 'x?': 'int' }), utf8('x\n1\n\n2\n')).rows).toEqual([{ x: 1 }, { x: null }, { x: 2 }]);
  });
});

test('a record may be just as long as the limit, in whatever pieces it comes', () => {
  const schema = schemaOf({ 'a?': 'string', 'b?': 'string' });
  const fills = [
    (n: number) => `${'x'.repeat(n - 2)},y`,
    (n: number) => `"${'x\n'.repeat((n - 4) / 2)}",${n % 2 === 0 ? 'y' : 'yy'}`,
  ];
  for (const fill of [...fills, (n: number) => `${'x'.repeat(n - 3)}"y,`]) {
    for (let length = 1020; length <= 1028; length++) {
      for (const ending of ['\n', '\r\n', '']) {
        const bytes = utf8(`a,b\n1,2\n${fill(length)}${ending}${ending === '' ? '' : '3,4\n'}`);
        const options = { max_record: 1024 };
        const whole = decode(csv, schema, bytes, { options });
        for (let cut = bytes.length - 16; cut < bytes.length; cut++) {
          expect(decode(csv, schema, bytes, { options }, [cut])).toEqual(whole);
        }
        const everywhere = Array.from({ length: bytes.length }, (_, i) => i);
        expect(decode(csv, schema, bytes, { options }, everywhere)).toEqual(whole);
        expect(whole.bad.some(({ code }) => code === 'R418')).toBe(utf8(fill(length)).length > 1024);
      }
    }
  }
});

test('a bad row says the field and the rule, and never the value', () => {
  const schema = {
    fields: [
      { name: 'hr', type: { kind: 'int' as const }, nullable: false, range: { low: 0, high: 300 } },
      { name: 'sex', type: { kind: 'enum' as const, values: ['F', 'M'] }, nullable: false },
    ],
  };
  const text = 'hr,sex\nsecret,F\n777,F\n,F\n80,secret\n80\n80,"F\n1,2,3\n';
  expect(decode(csv, schema, utf8(text)).bad).toEqual([
    { code: 'R414', reason: '`hr` is not an int', record: 1, raw: 'secret,F' },
    { code: 'R415', reason: '`hr` is outside its range 0..300', record: 2, raw: '777,F' },
    { code: 'R416', reason: '`hr` is missing, and it is not nullable', record: 3, raw: ',F' },
    { code: 'R417', reason: "`sex` is none of its enum's values", record: 4, raw: '80,secret' },
    { code: 'R411', reason: 'the record has 1 fields, and the header has 2', record: 5, raw: '80' },
    { code: 'R412', reason: 'a quoted field is never closed', record: 6, raw: '80,"F' },
    { code: 'R411', reason: 'the record has more fields, and the header has 2', record: 7, raw: '1,2,3' },
  ]);
});

test('timestamps without an offset are wall clocks of the zone', () => {
  const schema = schemaOf({ 't?': 'timestamp', 'k?': 'int' });
  const read = (text: string, zone: string | null): unknown =>
    decode(csv, schema, utf8(`t,k\n${text},1\n`), { zone }).rows[0]?.['t'] ?? null;
  expect(read('2026-07-01 12:00', 'Europe/Berlin')).toBe(Date.parse('2026-07-01T10:00Z'));
  expect(read('2026-01-01T12:00:00.5', 'Europe/Berlin')).toBe(Date.parse('2026-01-01T11:00:00.500Z'));
  expect(read('2026-01-01', 'Asia/Kolkata')).toBe(Date.parse('2025-12-31T18:30Z'));
  // Clocks skip 02:00–03:00 and repeat it in October: moved on, and the earlier one.
  expect(read('2026-03-29T02:30', 'Europe/Berlin')).toBe(Date.parse('2026-03-29T01:30Z'));
  expect(read('2026-10-25T02:30', 'Europe/Berlin')).toBe(Date.parse('2026-10-25T00:30Z'));
  expect(read('2026-07-01 12:00', null)).toBe(null);
});

test('every quarter hour of ten years in many zones is the wall clock it came from', () => {
  const schema = schemaOf({ t: 'timestamp' });
  for (const zone of [
    'Europe/Berlin',
    'America/New_York',
    'Australia/Lord_Howe',
    'Asia/Kathmandu',
    'America/St_Johns',
  ]) {
    const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
    const times = Array.from({ length: 3000 }, (_, i) => Date.UTC(2015, 0, 1) + i * 31 * 3_600_000 + (i % 4) * 900_000);
    const walls = times.map(time => format.format(time));
    const { rows } = decode(csv, schema, utf8(`t\n${walls.join('\n')}\n`), { zone });
    // An hour that comes twice reads as its first.
    expect(rows.map(({ t }) => format.format(t as number))).toEqual(walls);
  }
});
