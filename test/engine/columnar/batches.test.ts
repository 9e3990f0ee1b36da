import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { murmur3 } from '../../../src/engine/base/murmur3.ts';
import { columnWriter, NumberWriter, StringWriter } from '../../../src/engine/columnar/column-writer.ts';
import { createDictionary } from '../../../src/engine/columnar/dictionary.ts';
import { keyHashes, partitionsOf } from '../../../src/engine/columnar/key-hash.ts';
import { batchFromRows, rowsOfBatch, valueAt } from '../../../src/engine/columnar/rows.ts';
import { concatBatches, selectColumns, sliceRows, takeRows } from '../../../src/engine/columnar/take.ts';
import { andValidity, copyBits, countValid } from '../../../src/engine/columnar/validity.ts';
import type { Field } from '../../../src/engine/contract/types.ts';
import { anyRows, anyType, rowOf, textValue, valueOfType } from './arbitraries.ts';

const bits = fc.array(fc.boolean(), { maxLength: 70 });
const bitmap = (flags: readonly boolean[]): Uint8Array => {
  const bytes = new Uint8Array((flags.length + 7) >> 3);
  flags.forEach((flag, i) => {
    if (flag) bytes[i >> 3] |= 1 << (i & 7);
  });
  return bytes;
};

describe('validity', () => {
  test('copies bits between any positions', () => {
    fc.assert(
      fc.property(bits, fc.nat(9), fc.nat(17), (flags, from, to) => {
        const start = Math.min(from, flags.length);
        const target = new Uint8Array(16);
        copyBits(bitmap(flags), start, flags.length - start, target, to);
        const wanted = [...Array(to).fill(false), ...flags.slice(start)];
        expect(target).toEqual(bitmap([...wanted, ...Array(128 - wanted.length).fill(false)]));
      }),
    );
  });
  test('counts and ands as plain flags do', () => {
    fc.assert(
      fc.property(bits, bits, (a, b) => {
        const rows = Math.min(a.length, b.length);
        expect(countValid(bitmap(a), a.length)).toBe(a.filter(Boolean).length);
        const both = andValidity(bitmap(a.slice(0, rows)), bitmap(b.slice(0, rows)), rows);
        expect(both).toEqual(bitmap(a.slice(0, rows).map((flag, i) => flag && b[i])));
      }),
    );
  });
});

describe('dictionary', () => {
  test('agrees with a Map from text to id', () => {
    fc.assert(
      fc.property(fc.array(textValue, { maxLength: 300 }), texts => {
        const dictionary = createDictionary();
        const ids = new Map<string, number>();
        const views: [string, Uint8Array][] = [];
        for (const text of texts) {
          if (!ids.has(text)) ids.set(text, ids.size);
          const bytes = new TextEncoder().encode(`..${text}.`);
          const id =
            texts.length % 2 === 0 ? dictionary.intern(text) : dictionary.internBytes(bytes, 2, bytes.length - 1);
          expect(id).toBe(ids.get(text));
          views.push([text, dictionary.bytes(id)]);
        }
        expect(dictionary.size).toBe(ids.size);
        for (const [text, id] of ids) expect(dictionary.text(id)).toBe(text);
        for (const [text, view] of views) expect(new TextDecoder('utf-8', { ignoreBOM: true }).decode(view)).toBe(text);
      }),
    );
  });
  test('refuses an id out of range', () => {
    expect(() => createDictionary().text(0)).toThrow(/dictionary id/);
  });
});

describe('batches', () => {
  test('rows come back as they went in', () => {
    fc.assert(
      fc.property(anyRows, ({ schema, rows }) => {
        expect(rowsOfBatch(batchFromRows(schema, rows))).toEqual(rows);
      }),
    );
  });
  test('take, slice, select and concat do what they do to arrays of rows', () => {
    fc.assert(
      fc.property(
        anyRows,
        fc.array(fc.nat(), { maxLength: 30 }),
        fc.nat(24),
        fc.nat(24),
        ({ schema, rows }, picks, a, b) => {
          const batch = batchFromRows(schema, rows);
          const indices = rows.length === 0 ? [] : picks.map(pick => pick % rows.length);
          const taken = takeRows(batch, Int32Array.from([...indices, 0]), indices.length);
          expect(rowsOfBatch(taken)).toEqual(indices.map(i => rows[i]));
          const from = Math.min(a, b, rows.length);
          const to = Math.min(Math.max(a, b), rows.length);
          const slice = sliceRows(batch, from, to);
          expect(rowsOfBatch(slice)).toEqual(rows.slice(from, to));
          const other = batchFromRows(schema, rows.slice(0, to));
          const all = concatBatches(schema, [slice, taken, other, slice]);
          const wanted = [
            ...rows.slice(from, to),
            ...indices.map(i => rows[i]),
            ...rows.slice(0, to),
            ...rows.slice(from, to),
          ];
          expect(rowsOfBatch(all)).toEqual(wanted);
          const last = schema.fields.at(-1)!.name;
          expect(rowsOfBatch(selectColumns(batch, [last]))).toEqual(rows.map(row => ({ [last]: row[last] })));
        },
      ),
      { numRuns: 500 },
    );
  });
  test('a value of another type, or a null where none is taken, is refused without being told', () => {
    const schema = { fields: [{ name: 'n', type: { kind: 'int' }, nullable: false } satisfies Field] };
    expect(() => batchFromRows(schema, [{ n: null }])).toThrow(/^field n takes no null$/);
    expect(() => batchFromRows(schema, [{ n: 12.5 }])).toThrow(/^a value of field n has another type$/);
  });
});

describe('column writers', () => {
  test('rewinding forgets a half-written row', () => {
    fc.assert(
      fc.property(
        anyType.chain(type =>
          fc.record({
            type: fc.constant(type),
            values: fc.array(fc.tuple(fc.option(valueOfType(type)), fc.boolean()), { maxLength: 40 }),
          }),
        ),
        ({ type, values }) => {
          const writer = columnWriter(type);
          const features = type.kind === 'features';
          for (const round of [0, 1]) {
            const kept = [];
            for (const [value, bad] of values) {
              writer.appendValue(features ? (value ?? {}) : value);
              if (bad) writer.rewind(kept.length);
              else kept.push(value);
            }
            const column = writer.finish();
            if (!features)
              expect(
                kept.map((_, row) => valueAt(column, type, row)),
                `round ${round}`,
              ).toEqual(kept);
          }
        },
      ),
    );
  });
  test('grow past their first capacity', () => {
    const numbers = new NumberWriter();
    const texts = new StringWriter();
    for (let i = 0; i < 5000; i++) {
      if (i % 7 === 3) numbers.appendNull();
      else numbers.append(i);
      texts.appendText(`t${i % 100}`);
    }
    const column = numbers.finish();
    expect(countValid(column.validity, 5000)).toBe(5000 - 714);
    expect(column.values[4999]).toBe(4999);
    expect(valueAt(texts.finish(), { kind: 'string' }, 4999)).toBe('t99');
  });
});

describe('key hashes', () => {
  test('one string column hashes as its bytes, whatever the dictionary', () => {
    const schema = { fields: [{ name: 'k', type: { kind: 'string' }, nullable: true } satisfies Field] };
    const batch = batchFromRows(schema, [{ k: 'p1' }, { k: null }, { k: 'Grüße' }]);
    const [a, , b] = keyHashes(batch, ['k']);
    expect([a, b]).toEqual(['p1', 'Grüße'].map(text => murmur3(new TextEncoder().encode(text))));
  });
  test('equal keys hash equally in any batch, and −0 is 0', () => {
    fc.assert(
      fc.property(
        fc
          .array(
            anyType.filter(type => type.kind !== 'features'),
            { minLength: 1, maxLength: 3 },
          )
          .chain(types => {
            const schema = { fields: types.map((type, i): Field => ({ name: `k${i}`, type, nullable: true })) };
            return fc.record({
              schema: fc.constant(schema),
              rows: fc.array(rowOf(schema), { minLength: 1, maxLength: 12 }),
            });
          }),
        ({ schema, rows }) => {
          const names = schema.fields.map(field => field.name);
          const all = keyHashes(batchFromRows(schema, rows), names);
          const reversed = keyHashes(batchFromRows(schema, rows.toReversed()), names).toReversed();
          expect(all).toEqual(reversed);
        },
      ),
    );
    const schema = { fields: [{ name: 'k', type: { kind: 'float' }, nullable: true } satisfies Field] };
    const zeros = keyHashes(batchFromRows(schema, [{ k: 0 }, { k: -0 }, { k: 1 }]), ['k']);
    expect(zeros[0]).toBe(zeros[1]);
    expect(zeros[0]).not.toBe(zeros[2]);
  });
  test('partitions cover 0 to P−1 by key group', () => {
    const hashes = Uint32Array.from({ length: 256 }, (_, i) => i);
    for (const count of [1, 3, 128]) {
      const parts = partitionsOf(hashes, count);
      expect(new Set(parts).size).toBe(count);
      expect(parts[5]).toBe(parts[5 + 128]);
      expect(Math.max(...parts)).toBe(count - 1);
    }
  });
});
