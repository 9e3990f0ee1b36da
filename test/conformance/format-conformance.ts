import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchFromRows, rowsOfBatch } from '../../src/engine/columnar/rows.ts';
import { sliceRows, takeRows } from '../../src/engine/columnar/take.ts';
import type { Batch } from '../../src/engine/contract/batch.ts';
import type { BadRow, DecodeContext, FormatDefinition } from '../../src/engine/contract/connector.ts';
import type { RowValue } from '../../src/engine/contract/function.ts';
import type { Field, Schema, Type } from '../../src/engine/contract/types.ts';

/** What a format's suite needs to know beyond its definition. */
export interface FormatDriver {
  /** Options as a flow that names none would give them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Types the suite leaves out, with the reason; they must then be refused by `accepts`. */
  readonly refuses?: readonly Type['kind'][];
}

type Rows = readonly Readonly<Record<string, RowValue>>[];

/** Every format passes this: whatever is written is read back, however it is cut, from any place on. */
export function formatConformance(format: FormatDefinition, driver: FormatDriver): void {
  const fields: readonly Field[] = allFields.filter(
    ({ type }) => format.accepts(type, 'read') && format.accepts(type, 'write'),
  );
  const schema: Schema = { fields };
  const rowsOf = fc.array(fc.record(Object.fromEntries(fields.map(field => [field.name, anyValue(field)]))), {
    maxLength: 40,
  });

  const encode = (rows: Rows, cut: number): Promise<Uint8Array> => encodeBatch(batchFromRows(schema, rows), cut);
  const encodeBatch = async (batch: Batch, cut: number): Promise<Uint8Array> => {
    const encoder = format.files!.encoder({ options: driver.options as never, schema });
    const at = Math.min(cut, batch.rows);
    return Buffer.concat([
      encoder.start(),
      encoder.encode(sliceRows(batch, 0, at)),
      encoder.encode(sliceRows(batch, at, batch.rows)),
      await encoder.end(),
    ]);
  };
  const decode = async (
    bytes: Uint8Array,
    wanted: Schema,
    settings: Partial<DecodeContext<unknown>> = {},
    cuts: readonly number[] = [],
  ): Promise<{ rows: Rows; batches: [number, number, number][]; bad: BadRow[] }> => {
    const rows: Record<string, RowValue>[] = [];
    const batches: [number, number, number][] = [];
    const bad: BadRow[] = [];
    const context = {
      names: {},
      nulls: [],
      onRange: 'bad',
      zone: null,
      batchRows: 8192,
      split: 's',
      skipRecords: 0,
    } as const;
    const decoder = format.files!.decoder({
      ...context,
      ...settings,
      schema: wanted,
      options: driver.options as never,
      bad: row => bad.push(row),
    });
    const emit = (batch: Parameters<typeof rowsOfBatch>[0], through: number, byte: number): void => {
      rows.push(...rowsOfBatch(batch));
      batches.push([batch.rows, through, byte]);
    };
    let from = 0;
    for (const to of [...cuts.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length]) {
      decoder.push(Uint8Array.prototype.slice.call(bytes, from, to), emit);
      from = to;
    }
    await decoder.end(emit);
    return { rows, batches, bad };
  };

  describe(`format ${format.name}`, () => {
    test('is documented', () => {
      expect(format.summary).toMatch(/\.$/);
      expect(format.extensions.length).toBeGreaterThan(0);
      expect(format.examples.length).toBeGreaterThan(0);
    });
    test('says which types it takes', () => {
      for (const kind of driver.refuses ?? []) expect(fields.map(({ type }) => type.kind)).not.toContain(kind);
      expect(new Set(allFields.map(({ type }) => type.kind)).size).toBe(
        new Set(fields.map(({ type }) => type.kind)).size + (driver.refuses ?? []).length,
      );
    });
    test('reads back what it wrote, in whatever chunks and batches', async () => {
      await fc.assert(
        fc.asyncProperty(
          rowsOf,
          fc.nat(40),
          fc.array(fc.nat(), { maxLength: 6 }),
          fc.integer({ min: 1, max: 50 }),
          async (rows, cut, cuts, batchRows) => {
            const bytes = await encode(rows, cut);
            const got = await decode(bytes, schema, { batchRows }, cuts);
            expect(got.bad).toEqual([]);
            expect(got.rows).toEqual(rows);
            for (const [size] of got.batches.slice(0, -1)) expect(size).toBe(batchRows);
          },
        ),
        { numRuns: 150 },
      );
    });
    test('writes the same bytes however the rows are cut, and whatever they were among', async () => {
      await fc.assert(
        fc.asyncProperty(rowsOf, rowsOf, fc.nat(40), async (rows, others, cut) => {
          const bytes = await encode(rows, 0);
          expect(Buffer.compare(await encode(rows, cut), bytes)).toBe(0);
          const places = Int32Array.from(rows, (_, row) => others.length + row);
          const taken = takeRows(batchFromRows(schema, [...others, ...rows]), places, rows.length);
          expect(Buffer.compare(await encodeBatch(taken, 0), bytes)).toBe(0);
        }),
        { numRuns: 50 },
      );
    });
    test('reads only what is wanted, in the order wanted, under other names', async () => {
      await fc.assert(
        fc.asyncProperty(rowsOf, fc.shuffledSubarray([...fields]), async (rows, some) => {
          const wanted = { fields: some.map(field => ({ ...field, name: `my_${field.name}` })) };
          const names = Object.fromEntries(some.map(field => [`my_${field.name}`, field.name]));
          const want = rows.map(row => Object.fromEntries(some.map(({ name }) => [`my_${name}`, row[name]])));
          const got = await decode(await encode(rows, 0), wanted, { names });
          expect(got.rows).toEqual(want);
          expect(got.rows.map(row => Object.keys(row))).toEqual(want.map(row => Object.keys(row)));
        }),
        { numRuns: 60 },
      );
    });
    test('goes on after any batch', async () => {
      await fc.assert(
        fc.asyncProperty(
          rowsOf,
          fc.integer({ min: 1, max: 9 }),
          fc.array(fc.nat(), { maxLength: 6 }),
          async (rows, batchRows, cuts) => {
            const bytes = await encode(rows, 0);
            const whole = await decode(bytes, schema, { batchRows }, cuts);
            let done = 0;
            for (const [size, through, byte] of whole.batches) {
              done += size;
              expect((await decode(bytes, schema, { batchRows, skipRecords: through })).rows).toEqual(rows.slice(done));
              // Its bytes alone hold its records.
              expect((await decode(bytes.slice(0, byte), schema, { batchRows })).rows.slice(0, done)).toEqual(
                rows.slice(0, done),
              );
            }
          },
        ),
        { numRuns: 50 },
      );
    });
    test('accounts for every record: in = out + bad, bad ones in order', async () => {
      const strict = {
        fields: fields.map(field => ({
          ...field,
          nullable: false,
          ...(field.type.kind === 'int' ? { range: { low: 0 } } : {}),
        })),
      };
      await fc.assert(
        fc.asyncProperty(rowsOf, async rows => {
          const got = await decode(await encode(rows, 0), strict);
          expect(got.rows.length + got.bad.length).toBe(rows.length);
          const good = rows.filter(row => !Object.values(row).includes(null) && Number(row['int']) >= 0);
          expect(got.rows).toEqual(good);
          const records = got.bad.map(({ record }) => record);
          expect(records).toEqual([...new Set(records)].sort((a, b) => a - b));
          for (const { code, reason, split } of got.bad) {
            expect(code).toMatch(/^R4\d\d$/);
            expect(reason).toContain('`');
            expect(split).toBe('s');
          }
        }),
        { numRuns: 60 },
      );
    });
  });
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }).filter(one => one.isWellFormed()),
  fc.constantFrom(
    '',
    ' ',
    'null',
    '?',
    '"',
    '""',
    ',',
    '\n',
    '\r\n',
    '\r',
    '\ufeff',
    'a long text of more than eight bytes',
    'é',
  ),
);
const allFields: readonly Field[] = [
  ...(['int', 'float', 'bool', 'string', 'timestamp', 'date', 'duration'] as const).map(kind => ({
    name: kind as string,
    type: { kind },
    nullable: true,
  })),
  { name: 'enum', type: { kind: 'enum', values: ['a', 'b,"c"', 'a long value of it'] }, nullable: true },
  { name: 'list', type: { kind: 'list', item: { kind: 'string' } }, nullable: true },
  {
    name: 'record',
    type: {
      kind: 'record',
      fields: [
        { name: 'x', type: { kind: 'float' }, nullable: true },
        { name: 'at', type: { kind: 'timestamp' }, nullable: true },
      ],
    },
    nullable: true,
  },
];

function anyValue({ type }: Field): fc.Arbitrary<RowValue> {
  const year0 = Date.UTC(0, 0, 1) - 1900 * 31_556_952_000;
  const time = fc.integer({ min: Math.max(year0, -62_135_596_800_000), max: 253_402_300_799_999 });
  const present = ((): fc.Arbitrary<RowValue> => {
    switch (type.kind) {
      case 'int':
        return fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.maxSafeInteger());
      case 'float':
        return fc.double({ noNaN: true, noDefaultInfinity: true });
      case 'bool':
        return fc.boolean();
      case 'timestamp':
        return time;
      case 'date':
        return time.map(ms => Math.floor(ms / 86_400_000));
      case 'duration':
        return fc.oneof(
          fc.maxSafeInteger(),
          fc.integer({ min: -1000, max: 1000 }).map(hours => hours * 3_600_000 + 0),
        );
      case 'enum':
        return fc.constantFrom(...type.values);
      case 'list':
        return fc.array(text, { maxLength: 3 });
      case 'record':
        return fc.record({
          x: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
          at: fc.option(time),
        }) as fc.Arbitrary<RowValue>;
      default:
        return text;
    }
  })();
  return fc.option(present, { freq: 6 });
}
