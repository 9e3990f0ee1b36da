import fc from 'fast-check';
import type { Schema } from '../../../src/engine/contract/types.ts';
import type { Settings } from './decode.ts';
import { cellText, mixedSchema } from './record-arbitraries.ts';

/** Fields of every kind, some out of nested objects. */
export const jsonSchema: Schema = {
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
export const jsonSettings = {
  nulls: ['?', 'NULL', '–', ' n/a '],
  names,
  options: { max_record: 1024 },
} as const satisfies Settings;
export const jsonRules = { nulls: jsonSettings.nulls, onRange: 'bad', names, maxRecordBytes: 1024 } as const;

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
  const field = jsonSchema.fields.find(one => one.name === name);
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
  ...jsonSchema.fields.slice(0, 8).map(field => valueFor(field.name).map(value => [field.name, value] as const)),
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
/** A line, or a record of a topic: mostly right. */
export const jsonLine = fc.oneof(
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
