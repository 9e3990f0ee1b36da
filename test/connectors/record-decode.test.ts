import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { defaultOptions } from '../../src/connectors/formats/format-of-file.ts';
import { json } from '../../src/connectors/formats/json/json.ts';
import { encodeColumnBatch } from '../../src/connectors/kafka/column-batch.ts';
import { readRecordBatches } from '../../src/connectors/kafka/record-chunks.ts';
import { decodeRecordFrame, NULL_PART, type Part, RecordFrames } from '../../src/engine/columnar/record-frame.ts';
import { rowsOfBatch } from '../../src/engine/columnar/rows.ts';
import type { BadRow, RecordDecodeContext } from '../../src/engine/contract/connector.ts';
import type { RowValue } from '../../src/engine/contract/function.ts';
import type { RecordColumns } from '../../src/engine/contract/record-topics.ts';
import type { Schema } from '../../src/engine/contract/types.ts';
import { recordColumns } from '../support/record-columns.ts';
import { recordWorld } from '../support/record-world.ts';
import { schemaOf, utf8 } from './support/decode.ts';
import { jsonLine, jsonRules, jsonSchema, jsonSettings } from './support/json-arbitraries.ts';
import { jsonOracle } from './support/json-oracle.ts';
import { withStrayBytes } from './support/record-arbitraries.ts';

interface OneRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers: readonly (readonly [string, Uint8Array | null])[];
  readonly time: number;
}
const plain = (value: Uint8Array | null): OneRecord => ({ key: null, value, headers: [], time: 0 });

/** As Kafka sends them. */
function asBatch(records: readonly OneRecord[]): readonly RecordColumns[] {
  if (records.length === 0) return [];
  const batch = encodeColumnBatch(recordColumns(records), null, 'none');
  return readRecordBatches(batch, 0n, null).chunks;
}
const part = (bytes: Uint8Array | null): Part => (bytes === null ? NULL_PART : { bytes, from: 0, to: bytes.length });
/** As logs without records of their own keep them. */
function framesOf(records: readonly OneRecord[]): readonly Uint8Array[] {
  const frames = new RecordFrames();
  for (const [i, one] of records.entries()) {
    const [chunk] = asBatch([{ ...one, time: 0 }]);
    const headers = chunk.bytes.subarray(chunk.headersStart[0], chunk.headersEnd[0]);
    frames.add(records[i].time, part(one.key), part(one.value), part(headers));
  }
  return frames.take();
}

interface Got {
  readonly rows: readonly Readonly<Record<string, RowValue>>[];
  readonly bad: readonly BadRow[];
  readonly skipped: number;
}
function decoded(
  chunks: readonly RecordColumns[],
  schema: Schema,
  settings: Partial<RecordDecodeContext<unknown>> = {},
  most = 8_192,
): Got {
  const rows: Record<string, RowValue>[] = [];
  const bad: BadRow[] = [];
  let before = 0;
  let skipped = 0;
  const decoder = json.records!.decoder({
    names: {},
    nulls: [],
    onRange: 'bad',
    zone: null,
    parts: {},
    tombstones: 'bad',
    batchRows: most,
    topic: 't',
    world: recordWorld(),
    ...settings,
    schema,
    options: { ...defaultOptions(json), ...(settings.options as object) } as never,
    bad: row => bad.push({ ...row, record: row.record + before }),
  });
  for (const chunk of chunks) {
    for (let from = 0; from < chunk.count; from += most) {
      const to = Math.min(chunk.count, from + most);
      expect(decoder.add(chunk, from, to)).toBeUndefined();
      const taken = decoder.take();
      if (taken.batch !== null) rows.push(...rowsOfBatch(taken.batch));
      skipped += taken.skipped;
      before += to - from;
    }
  }
  return { rows, bad, skipped };
}

/** A record of a topic may be broken over lines. */
const value = fc
  .tuple(jsonLine, jsonLine, fc.nat(30))
  .map(([one, other, how]) => {
    if (how === 0) return `${one}\n${other}`;
    if (how === 1) return `${one}\n`;
    if (how === 2) return one.replaceAll(',', ',\n');
    return how === 3 ? one.replaceAll('p', '\n') : one;
  })
  .map(withStrayBytes);

/** Every record alone, line feeds being the same to JSON as carriage returns. */
function oracle(values: readonly Uint8Array[]): { rows: unknown[]; bad: { code: string; record: number }[] } {
  const rows: unknown[] = [];
  const bad: { code: string; record: number }[] = [];
  for (const [i, one] of values.entries()) {
    const line = one.map(byte => (byte === 10 ? 13 : byte));
    const want = jsonOracle(line, jsonSchema, { ...jsonRules, onRange: 'bad' });
    rows.push(...want.rows);
    if (want.rows.length === 0) bad.push({ code: want.bad[0]?.code ?? 'R419', record: i + 1 });
  }
  return { rows, bad };
}

describe('JSON records', () => {
  test('are each a row or a bad row, as the oracle has them, however they came', () => {
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), fc.integer({ min: 1, max: 12 }), (values, most) => {
        const records = values.map(plain);
        const want = oracle(values);
        const settings = { ...jsonSettings, options: jsonSettings.options as unknown };
        for (const chunks of [asBatch(records), framesOf(records).map(decodeRecordFrame)]) {
          for (const size of [8_192, most]) {
            const got = decoded(chunks, jsonSchema, settings, size);
            expect(got.rows).toEqual(want.rows);
            expect(got.bad.map(({ code, record }) => ({ code, record }))).toEqual(want.bad);
          }
        }
      }),
      { numRuns: Number(process.env['RUNS'] ?? 300) },
    );
  });

  test('key, headers and time fill fields', () => {
    const schema = schemaOf({ id: 'string', 'n?': 'int', at: 'timestamp', 'trace?': 'string', hr: 'float' });
    const parts = {
      id: { kind: 'key' },
      at: { kind: 'timestamp' },
      trace: { kind: 'header', name: 'trace' },
      n: { kind: 'header', name: 'n' },
    } as const;
    const record = (key: string | null, headers: OneRecord['headers'], time: number): OneRecord => ({
      key: key === null ? null : utf8(key),
      value: utf8('{"hr":1.5,"id":"not this"}'),
      headers,
      time,
    });
    const records = [
      record(
        'a\nb',
        [
          ['trace', utf8('x')],
          ['trace', utf8('last')],
          ['n', utf8('7')],
        ],
        1_000,
      ),
      record(
        '',
        [
          ['trace', null],
          ['other', utf8('n')],
        ],
        0,
      ),
      record(null, [], 5),
      record('k', [['n', utf8('seven')]], 5),
      record('k', [], -1),
    ];
    for (const chunks of [asBatch(records), framesOf(records).map(decodeRecordFrame)]) {
      const got = decoded(chunks, schema, { parts });
      expect(got.rows).toEqual([
        { id: 'a\nb', n: 7, at: 1_000, trace: 'last', hr: 1.5 },
        { id: '', n: null, at: 0, trace: null, hr: 1.5 },
      ]);
      expect(got.bad.map(({ code, reason, record }) => ({ code, reason, record }))).toEqual([
        { code: 'R416', reason: '`id` is missing, and it is not nullable', record: 3 },
        { code: 'R414', reason: '`n` is not an int', record: 4 },
        { code: 'R416', reason: '`at` is missing, and it is not nullable', record: 5 },
      ]);
    }
  });

  test('tombstones are bad, or passed over and counted', () => {
    const schema = schemaOf({ hr: 'float' });
    const records = [plain(null), plain(utf8('{"hr":1}')), plain(null)];
    const bad = decoded(asBatch(records), schema);
    expect(bad.bad.map(({ code, record }) => [code, record])).toEqual([
      ['R424', 1],
      ['R424', 3],
    ]);
    const skip = decoded(asBatch(records), schema, { tombstones: 'skip' });
    expect(skip).toMatchObject({ rows: [{ hr: 1 }], bad: [], skipped: 2 });
  });
});

describe('frames of records', () => {
  const bytes = fc.option(fc.uint8Array({ maxLength: 80 }), { nil: null });
  const anyRecord: fc.Arbitrary<OneRecord> = fc.record({
    key: bytes,
    value: bytes,
    headers: fc.array(fc.tuple(fc.string({ maxLength: 5 }), bytes), { maxLength: 3 }),
    time: fc.integer({ min: -1, max: 2 ** 45 }),
  });

  test('become the record batch that their records make', () => {
    fc.assert(
      fc.property(
        fc.array(anyRecord, { minLength: 1, maxLength: 50 }),
        fc.constantFrom('none', 'gzip', 'snappy', 'lz4', 'zstd'),
        (records, codec) => {
          const [frame] = framesOf(records);
          const producer = { id: 7n, epoch: 2, baseSequence: 11, transactional: true };
          expect(encodeColumnBatch(decodeRecordFrame(frame), producer, codec)).toEqual(
            encodeColumnBatch(recordColumns(records), producer, codec),
          );
        },
      ),
      { numRuns: 150 },
    );
  });
  test('are cut where they would be too large', () => {
    const records = Array.from({ length: 5 }, () => plain(new Uint8Array(300_000)));
    expect(framesOf(records).map(frame => decodeRecordFrame(frame).count)).toEqual([2, 2, 1]);
  });
  test('that are damaged are refused', () => {
    expect(() => decodeRecordFrame(utf8('no frame at all'))).toThrow('damaged');
    expect(() => decodeRecordFrame(framesOf([plain(utf8('x'))])[0].subarray(0, 20))).toThrow('damaged');
  });
});
