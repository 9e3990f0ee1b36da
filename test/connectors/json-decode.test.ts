import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { json } from '../../src/connectors/formats/json/json.ts';
import { jsonColumn } from '../../src/connectors/formats/json/json-columns.ts';
import { JsonTokenizer } from '../../src/connectors/formats/json/json-tokenizer.ts';
import { SpanDecoder } from '../../src/connectors/formats/spans/span-decoder.ts';
import { decode, schemaOf, utf8 } from './support/decode.ts';
import {
  jsonLine as line,
  jsonRules as rules,
  jsonSchema as schema,
  jsonSettings as settings,
} from './support/json-arbitraries.ts';
import { jsonOracle } from './support/json-oracle.ts';
import { anyCuts, withStrayBytes } from './support/record-arbitraries.ts';

const file = fc
  .tuple(
    fc.array(fc.tuple(line, fc.constantFrom('\n', '\r\n', '\n', ' \r\n', '\r\r\n')), { maxLength: 25 }),
    fc.boolean(),
  )
  .map(([lines, ended]) => {
    const text = lines.map(([one, end]) => one + end).join('');
    return withStrayBytes(ended ? text : text.replace(/\r?\n$/, ''));
  });

describe('against the oracle', () => {
  test('rows and bad rows are the same', () => {
    fc.assert(
      fc.property(file, fc.constantFrom('bad', 'null'), (bytes, onRange) => {
        const got = decode(json, schema, bytes, { ...settings, onRange });
        const want = jsonOracle(bytes, schema, { ...rules, onRange });
        expect(got.rows).toEqual(want.rows);
        expect(got.bad.map(({ reason, ...bad }) => bad)).toEqual(want.bad);
      }),
      { numRuns: Number(process.env['RUNS'] ?? 600) },
    );
  });
  test('any cut of the input gives the same batches and bad rows', () => {
    fc.assert(
      fc.property(file, anyCuts, fc.integer({ min: 1, max: 9 }), (bytes, cuts, batchRows) => {
        const whole = decode(json, schema, bytes, { ...settings, batchRows });
        expect(decode(json, schema, bytes, { ...settings, batchRows }, cuts)).toEqual(whole);
        const everywhere = Array.from({ length: bytes.length }, (_, i) => i);
        expect(decode(json, schema, bytes, { ...settings, batchRows }, everywhere)).toEqual(whole);
      }),
      { numRuns: 100 },
    );
  });
  test('resuming after any batch gives the rest', () => {
    fc.assert(
      fc.property(file, fc.integer({ min: 1, max: 5 }), (bytes, batchRows) => {
        const whole = decode(json, schema, bytes, settings);
        let before = 0;
        for (const [rows, through] of decode(json, schema, bytes, { ...settings, batchRows }).batches) {
          before += rows;
          const rest = decode(json, schema, bytes, { ...settings, batchRows, skipRecords: through });
          expect(rest.rows).toEqual(whole.rows.slice(before));
          expect(rest.bad).toEqual(whole.bad.filter(bad => bad.record > through));
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('shapes', () => {
  function generic(lines: readonly string[]): number {
    const context = {
      ...{ names: {}, nulls: [], onRange: 'bad' as const, zone: null, batchRows: 8192, split: 'test', skipRecords: 0 },
      schema: schemaOf({ 'a?': 'int', 'b?': 'string' }),
      maxRecordBytes: 1024,
      bad: () => expect.unreachable(),
    } as const;
    const tokenizer = new JsonTokenizer(context);
    const decoder = new SpanDecoder(context, tokenizer, jsonColumn);
    decoder.push(utf8(lines.join('\n')), () => {});
    decoder.end(() => {});
    return tokenizer.genericRecords;
  }
  const shaped = (i: number): string => `{"a": ${i}, "skip": [${i}, {"x": "}"}], "b": "t${i}\\n", "c": null}`;
  test('records of one producer are read by it, all but the first', () => {
    expect(generic(Array.from({ length: 500 }, (_, i) => shaped(i)))).toBe(1);
  });
  test('others are read without it, and a new producer is learned', () => {
    const others = Array.from({ length: 100 }, (_, i) => `{"b":"${i}","a":${i}}`);
    expect(generic([shaped(1), '{"b":"x"}', shaped(2), ...others])).toBeLessThan(30);
  });
});

test('blanks at the end of a line are no part of the shape', () => {
  const text = '{"id":"a"}\r\r\n{"id":null}\r\n{"id":null} \n';
  const { bad } = decode(json, schemaOf({ id: 'string' }), utf8(text));
  expect(bad.map(({ raw }) => raw)).toEqual(['{"id":null}', '{"id":null} ']);
});

test('a record may be 64 deep', () => {
  const nested = (depth: number): Uint8Array => utf8(`{"id":"i","x":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`);
  const one = schemaOf({ id: 'string' });
  expect(decode(json, one, nested(64)).rows).toEqual([{ id: 'i' }]);
  expect(decode(json, one, nested(65)).bad).toMatchObject([{ code: 'R420' }]);
  // By the learned shape too, inside an object that is read into.
  const inside = (depth: number): string => `{"p":{"id":"i","x":${'['.repeat(depth - 2)}${']'.repeat(depth - 2)}}}`;
  const { rows, bad } = decode(json, one, utf8([3, 64, 65].map(inside).join('\n')), { names: { id: 'p.id' } });
  expect([rows.length, bad.map(({ code }) => code)]).toEqual([2, ['R420']]);
});

test('of two fields at one path each sees the value as its kind', () => {
  const two = schemaOf({ 'a?': 'int', 'b?': 'int', 'c?': 'string' });
  const same = { names: { b: 'a', c: 'a' } };
  expect(decode(json, two, utf8('{"a":1}\n{"a":null}\n'), same)).toMatchObject({
    rows: [{ a: null, b: null, c: null }],
    bad: [{ code: 'R414', reason: '`c` is not a string', record: 1 }],
  });
});

test('a bad row says the field and the rule, and never the value', () => {
  const text = [
    '{"name":"n","lab":{"code":"c","value":99}}',
    '{"id":"i","lab":{"code":"c","counts":[1,"secret"]}}',
    '{"id":"i","n":"secret"}',
    'secret',
    '["secret"]',
    '{"secret"}',
  ].join('\n');
  const { bad } = decode(json, schema, utf8(text), settings);
  expect(bad.map(({ code, reason }) => [code, reason])).toEqual([
    ['R416', '`id` is missing, and it is not nullable'],
    ['R414', '`lab.counts[]` is not an int'],
    ['R414', '`n` is not an int'],
    ['R419', 'the record is not a JSON object'],
    ['R419', 'the record is not a JSON object but a list; each record is one object'],
    ['R419', 'the record is not valid JSON'],
  ]);
});
