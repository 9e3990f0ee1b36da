import fc from 'fast-check';
import type { Field, Schema } from '../../../src/engine/contract/types.ts';

/** A field of every scalar kind, some required, some with a range. */
export const mixedSchema: Schema = {
  fields: [
    { name: 'name', type: { kind: 'string' }, nullable: true },
    { name: 'n', type: { kind: 'int' }, nullable: true, range: { low: -5, high: 1e12 } },
    { name: 'x', type: { kind: 'float' }, nullable: true },
    { name: 'sex', type: { kind: 'enum', values: ['F', 'M', 'a long value of it'] }, nullable: true },
    { name: 'ok', type: { kind: 'bool' }, nullable: true },
    { name: 'at', type: { kind: 'timestamp' }, nullable: true },
    { name: 'day', type: { kind: 'date' }, nullable: true },
    { name: 'id', type: { kind: 'string' }, nullable: false },
  ],
};

const anyText = fc.string({
  unit: fc.constantFrom('a', 'bc', ' ', 'é', '😀', '1', '-', '.', 'e', '?', ':', 'T', 'Z'),
  maxLength: 12,
});

/** A text that fits, nearly fits or does not fit a field. */
export function cellText(field: Field): fc.Arbitrary<string> {
  const shared = fc.constantFrom('', '?', 'NULL', ' ', '0', 'x', '–', ' n/a ', 'n/a');
  const right = rightText(field);
  return fc.oneof(
    { weight: 12, arbitrary: right },
    { weight: 1, arbitrary: shared },
    { weight: 1, arbitrary: anyText },
  );
}

export function rightText(field: Field): fc.Arbitrary<string> {
  switch (field.type.kind) {
    case 'int':
      return fc.oneof(
        fc.integer({ min: -5, max: 999 }).map(String),
        fc.maxSafeInteger().map(String),
        fc.constantFrom('12.0', '1e3', '007', '+4', '-0', '99999999999999999', '1.5', ' 8 ', '-', '5.', '.', '1e-3'),
      );
    case 'float':
      return fc.oneof(
        fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
        fc.integer({ min: -9999, max: 9999 }).map(cents => (cents / 100).toFixed(2)),
        fc.constantFrom(
          'nan',
          'inf',
          '1e999',
          '.5',
          '5.',
          '-.5',
          '+1',
          '1e',
          '--1',
          '0x10',
          '1_000',
          '123456789012345.6',
          '1234567890123456',
        ),
      );
    case 'enum':
      return fc.constantFrom(...field.type.values, 'f', 'a long value of i');
    case 'bool':
      return fc.constantFrom('true', 'false', 'TRUE', 'Yes', 'n', '1', '0', 'maybe', ' true ');
    case 'timestamp':
      return fc.oneof(
        fc
          .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
          .map(date => date.toISOString()),
        fc.constantFrom(
          '2026-02-28T23:59+05:30',
          '2026-02-28 23:59:59.123456-0800',
          '2026-02-29T00:00Z',
          '2026-01-01T24:00Z',
          '2026-01-01',
          '2026-01-01T00:00',
          '2026-01-01T00:00:00.Z',
          '2026-01-01T00:00:60Z',
          '2026-01-01T00:00+1',
          '2026-1-1T00:00Z',
        ),
      );
    case 'date':
      return fc.constantFrom(
        '2026-02-28',
        '2024-02-29',
        '2026-02-29',
        '2026-13-01',
        '1969-12-31',
        '0000-01-01',
        '2026-01-01T00:00Z',
      );
    default:
      return fc.oneof(
        anyText,
        fc.constantFrom(
          'Caucasian',
          'a longer text than eight bytes',
          'a longer text than eight byteS',
          'abcdefgh',
          'abcd',
        ),
      );
  }
}

/** How a cell is written: mostly right, now and then with a stray quote. */
function written(text: string, how: number): string {
  if (how === 0) return `"${text.replaceAll('"', '""')}"`;
  if (how === 1) return `"${text}""\n,"`;
  if (how === 2) return `${text}"`;
  return text;
}

/** CSV of the schema's columns and an unwanted one: right, wrong and broken records, all line ends, and stray bytes. */
export function csvText(schema: Schema): fc.Arbitrary<Uint8Array> {
  const cells = fc.tuple(...schema.fields.map(field => fc.tuple(cellText(field), fc.nat(60))));
  const line = fc.oneof(
    { weight: 30, arbitrary: cells.map(all => ['u', ...all.map(([text, how]) => written(text, how))].join(',')) },
    { weight: 2, arbitrary: fc.constantFrom('', 'a,b', '"', 'u,"""', ',,,,,,,,', ',,,,,,,,,', '\r', 'a"b,c') },
    { weight: 1, arbitrary: fc.constant(`u,${'long'.repeat(300)}`) },
    { weight: 1, arbitrary: fc.constant('u,\u00ff\u00fe,,,,,,,id') },
  );
  const lines = fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\n')), { maxLength: 30 });
  const header = ['unwanted', ...schema.fields.map(({ name }) => name)].join(',');
  return fc.tuple(lines, fc.boolean(), fc.boolean()).map(([all, mark, ended]) => {
    const body = all.map(([text, end]) => text + end).join('');
    const text = `${mark ? '\ufeff' : ''}${header}\n${ended ? body : body.replace(/\r?\n$/, '')}`;
    return withStrayBytes(text);
  });
}

/** UTF-8, but ÿ and þ as the bytes 255 and 254, which never occur in it. */
export function withStrayBytes(text: string): Uint8Array {
  const parts = text
    .split(/([\u00ff\u00fe])/)
    .map(part => (/^[\u00ff\u00fe]$/.test(part) ? Uint8Array.of(part.charCodeAt(0)) : new TextEncoder().encode(part)));
  return new Uint8Array(Buffer.concat(parts));
}

export const anyCuts: fc.Arbitrary<number[]> = fc.array(fc.nat(600), { maxLength: 8 });
