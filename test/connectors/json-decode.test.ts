import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { json } from '../../src/connectors/formats/json/json.ts';
import { jsonColumn } from '../../src/connectors/formats/json/json-columns.ts';
import { JsonTokenizer } from '../../src/connectors/formats/json/json-tokenizer.ts';
import { SpanDecoder } from '../../src/connectors/formats/spans/span-decoder.ts';
import type { Schema } from '../../src/engine/contract/types.ts';
import { decode, type Settings, schemaOf, utf8 } from './support/decode.ts';
import { jsonOracle } from './support/json-oracle.ts';
import { anyCuts, cellText, mixedSchema, withStrayBytes } from './support/record-arbitraries.ts';

const schema: Schema = {
  fields: [
    ...mixedSchema.fields,
    { name: 'age', type: { kind: 'int' }, nullable: true },
    { name: 'city', type: { kind: 'string' }, nullable: true },
    { name: 'tags', type: { kind: 'list', item: { kind: 'string' } }, nullable: true },
    {
      name: 'lab',
      type: {
        kind: 'record',
        fields: [
          { name: 'code', type: { kind: 'string' }, nullable: false },
          { name: 'value', type: { kind: 'float' }, nullable: true, range: { low: 0, high: 10 } },
          { name: 'counts', type: { kind: 'list', item: { kind: 'int' } }, nullable: true },
        ],
      },
      nullable: true,
    },
  ],
};
const names = { age: 'patient.age', city: 'patient.home.city' };
const settings = {
  nulls: ['?', 'NULL', '–', ' n/a '],
  names,
  options: { max_record: 1024 },
} as const satisfies Settings;
const rules = { nulls: settings.nulls, onRange: 'bad', names, maxRecordBytes: 1024 } as const;

/** JSON values as text: whatever a key may hold. */
const anyJson: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    'false',
    '0',
    '-0',
    '1.5e3',
    '12345678901234567890',
    '9007199254740990.9',
    '"x"',
    '""',
  ),
  fc.constantFrom(
    '{}',
    '[]',
    '[1,"a",null]',
    '{"a":{"b":[{}]}}',
    '"\\u00e9\\n\\ud83d\\ude00"',
    '"\\ud83d"',
    '"\\x"',
    '01',
    '1.',
    'nul',
    '\u00ff',
  ),
  fc.constantFrom(
    '{"code":"c","value":3,"counts":[1,2]}',
    '{"code":null}',
    '{"code":"c","value":11}',
    '["a","é"]',
    '[1]',
  ),
  fc.json({ maxDepth: 3 }),
);
function valueFor(name: string): fc.Arbitrary<string> {
  const field = schema.fields.find(one => one.name === name);
  if (field === undefined || ['list', 'record'].includes(field.type.kind)) return anyJson;
  const isNumber = field.type.kind === 'int' || field.type.kind === 'float';
  const bare = isNumber || field.type.kind === 'bool';
  const right = cellText(field).map(text =>
    bare && !/[?x]|^$/.test(text) ? text.trim() || 'null' : JSON.stringify(text),
  );
  return fc.oneof({ weight: 10, arbitrary: right }, { weight: 1, arbitrary: anyJson });
}
const patient = fc
  .tuple(valueFor('age'), valueFor('city'), fc.nat(20))
  .map(([age, city, how]) =>
    how === 0 ? '7' : how === 1 ? `{"age":${age},"age":1}` : `{"age":${age},"home":{"city":${city},"zip":1}}`,
  );
const members = fc.tuple(
  ...schema.fields.slice(0, 8).map(field => valueFor(field.name).map(value => [field.name, value] as const)),
  fc.tuple(fc.constant('patient'), patient),
  valueFor('tags').map(value => ['tags', value] as const),
  valueFor('lab').map(value => ['lab', value] as const),
  anyJson.map(value => ['unwanted', value] as const),
);
/** Mostly one producer's layout; sometimes members left out, doubled, in another order, spaced, or with an escaped key. */
const record = fc.tuple(members, fc.nat(40), fc.nat(11)).map(([all, how, which]) => {
  const list = all.map(([key, value]) => [key, value] as const);
  if (how === 0) list.splice(which, 1);
  if (how === 1) list.push(list[which]);
  if (how === 2) list.reverse();
  const space = how === 3 ? ' ' : '';
  const text = list.map(([key, value]) => `"${key}"${space}:${space}${value}`).join(`,${space}`);
  return how === 4 ? `{${text.replace('"id"', '"\\u0069d"')}} ` : `${space}{${text}}`;
});
const line = fc.oneof(
  { weight: 20, arbitrary: record },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '',
      '  ',
      '[]',
      '1',
      '{',
      '{}',
      '{"id":"x"}',
      '{"id":"x"}}',
      '{"id":"x",}',
      '{"id" "x"}',
      '\ufeff{}',
      `{"id":"${'x'.repeat(1100)}"}`,
    ),
  },
);
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
    ['R419', 'the record is not a JSON object but a list; each line holds one object'],
    ['R419', 'the record is not valid JSON'],
  ]);
});
