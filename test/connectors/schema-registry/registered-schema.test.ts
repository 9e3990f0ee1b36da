import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { json } from '../../../src/connectors/formats/json/json.ts';
import { avroSchemaOf } from '../../../src/connectors/schema-registry/avro/avro-encoder.ts';
import { jsonSchemaOf } from '../../../src/connectors/schema-registry/json-schema.ts';
import { protoSchemaOf } from '../../../src/connectors/schema-registry/protobuf/proto-encoder.ts';
import { registeredSchema } from '../../../src/connectors/schema-registry/registered-schema.ts';
import type { SchemaText } from '../../../src/connectors/schema-registry/registry-answers.ts';
import { SchemaDamage } from '../../../src/connectors/schema-registry/unreadable-schema.ts';
import type { RegisteredField } from '../../../src/engine/contract/registered-schema.ts';
import { type Field, type Schema, type Type, typeText } from '../../../src/engine/contract/types.ts';
import { decode, utf8 } from '../support/decode.ts';

const read = async (text: SchemaText, others: Readonly<Record<string, SchemaText>> = {}) =>
  registeredSchema(text, async subject => others[subject] ?? null);
const held = ({ name, holds }: RegisteredField) =>
  'why' in holds
    ? `${name}: none, ${holds.why.place} is ${holds.why.told}`
    : `${name}: ${typeText(holds.type, holds.nullable)}`;
const fieldsOf = async (text: SchemaText, others: Readonly<Record<string, SchemaText>> = {}) =>
  (await read(text, others)).fields.map(held);
const avro = (...types: readonly unknown[]): SchemaText => ({
  schema: JSON.stringify({
    type: 'record',
    name: 'R',
    fields: types.map((type, i) => ({ name: `f${i}`, type })),
  }),
});
const proto = (body: string, more = ''): SchemaText => ({
  schemaType: 'PROTOBUF',
  schema: `syntax = "proto3"; package p; import "google/protobuf/wrappers.proto"; message R { ${body} } ${more}`,
});
const ofJson = (schema: object): SchemaText => ({ schemaType: 'JSON', schema: JSON.stringify(schema) });
const properties = (all: object, required: readonly string[] = Object.keys(all)) =>
  ofJson({ type: 'object', properties: all, required });

describe('types of a registered schema', () => {
  it('avro: plain and logical types', async () => {
    const logical = (type: string, logicalType: string, more: object = {}) => ({ type, logicalType, ...more });
    expect(
      await fieldsOf(
        avro(
          ...['boolean', 'int', 'long', 'float', 'double', 'string', 'bytes', 'null'],
          ...[logical('int', 'date'), logical('int', 'time-millis'), logical('string', 'uuid')],
          ...[logical('long', 'timestamp-millis'), logical('long', 'timestamp-micros')],
          logical('bytes', 'decimal', { precision: 4, scale: 2 }),
          { type: 'fixed', name: 'F', size: 4 },
          { type: 'enum', name: 'E', symbols: ['A', 'B'] },
        ),
      ),
    ).toEqual([
      ...['f0: bool', 'f1: int', 'f2: int', 'f3: float', 'f4: float', 'f5: string'],
      ...['f6: none, f6 is bytes', 'f7: none, f7 is null', 'f8: date', 'f9: int', 'f10: string'],
      ...['f11: timestamp', 'f12: timestamp', 'f13: float', 'f14: none, f14 is fixed', 'f15: enum("A", "B")'],
    ]);
  });

  it('avro: unions, lists, records, types of other subjects and types that hold themselves', async () => {
    const record = (name: string, fields: readonly object[]) => ({ type: 'record', name, fields });
    const inner = record('In', [
      { name: 'a', type: ['null', 'int'] },
      { name: 'b', type: 'string' },
    ]);
    const text = avro(
      ...[['null', 'int'], ['string', 'null'], ['string'], ['int', 'long'], ['null', 'int', 'string']],
      ...[
        { type: 'array', items: 'int' },
        { type: 'array', items: ['null', 'int'] },
        { type: 'map', values: 'int' },
      ],
      ...[inner, { type: 'array', items: 'In' }, ['null', 'R'], 'other.Kept'],
      record('Deep', [{ name: 'raw', type: { type: 'array', items: 'bytes' } }]),
    );
    const others = { kept: { schema: JSON.stringify(record('other.Kept', [{ name: 'x', type: 'double' }])) } };
    expect(
      await fieldsOf({ ...text, references: [{ name: 'other.Kept', subject: 'kept', version: 1 }] }, others),
    ).toEqual([
      ...['f0: int?', 'f1: string?', 'f2: string'],
      ...['f3: none, f3 is union of int, long', 'f4: none, f4 is union of null, int, string'],
      ...['f5: list<int>', 'f6: none, f6[] is union of null, int', 'f7: none, f7 is map'],
      ...['f8: { a: int?, b: string }', 'f9: list<{ a: int?, b: string }>', 'f10: none, f10 is record'],
      ...['f11: { x: float }', 'f12: none, f12.raw[] is bytes'],
    ]);
  });

  it('protobuf', async () => {
    const text = proto(
      `double a = 1; optional float b = 2; repeated sint64 c = 3; fixed32 d = 4; bool e = 5; string f = 6; bytes g = 7;
       google.protobuf.Timestamp h = 8; google.protobuf.StringValue i = 9; google.protobuf.Int64Value j = 10;
       Ward k = 11; In l = 12; repeated In m = 13; map<string, int32> n = 14; google.protobuf.Duration o = 15;
       far.Away p = 16; oneof q { int32 r = 17; } R s = 18; repeated google.protobuf.Timestamp t = 19;`,
      'enum Ward { A = 0; B = 1; C = 1; } message In { string x = 1; optional int32 y = 2; }',
    );
    expect(await fieldsOf(text)).toEqual([
      ...['a: float', 'b: float?', 'c: list<int>', 'd: int', 'e: bool', 'f: string', 'g: none, g is bytes'],
      ...['h: timestamp?', 'i: string?', 'j: int?', 'k: enum("A", "B")', 'l: { x: string, y: int? }?'],
      ...['m: list<{ x: string, y: int? }>', 'n: none, n is map', 'o: none, o is google.protobuf.Duration'],
      ...['p: none, p is far.Away', 'r: int?', 's: none, s is p.R', 't: list<timestamp>'],
    ]);
  });

  it('json schema', async () => {
    const person = { type: 'object', properties: { name: { type: 'string' }, of: { $ref: '#/$defs/person' } } };
    const schema = {
      type: 'object',
      required: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'p', 'q', 'r', 's', 'u'],
      properties: {
        ...{ a: { type: 'boolean' }, b: { type: 'integer', minimum: 0 }, c: { type: 'number' }, d: { type: 'string' } },
        ...{ e: { type: 'string', format: 'date-time' }, f: { type: 'string', format: 'date' } },
        ...{ g: { type: 'string', format: 'uuid' }, h: { enum: ['x', 'y'] }, i: { enum: ['x', null] } },
        ...{ j: { type: ['null', 'integer'] }, k: { oneOf: [{ type: 'null' }, { type: 'number' }] } },
        ...{ l: { type: ['string', 'number'] }, m: { anyOf: [{ type: 'string' }, { type: 'integer' }] } },
        ...{ n: { type: 'array', items: { type: 'string' } }, o: { type: 'string' }, p: {} },
        ...{ q: { type: 'array', items: { type: ['null', 'string'] } }, r: { $ref: '#/$defs/place' } },
        ...{ s: { $ref: '#/$defs/person' }, t: { $ref: 'other.json' }, u: { allOf: [{ $ref: '#/$defs/code' }] } },
        v: { type: 'object' },
      },
      $defs: {
        ...{ person, code: { type: 'string', enum: ['1'] } },
        place: {
          type: 'object',
          properties: { ward: { type: 'string' }, bed: { type: 'integer' } },
          required: ['ward'],
        },
      },
    };
    expect(await fieldsOf(ofJson(schema))).toEqual([
      ...['a: bool', 'b: int', 'c: float', 'd: string', 'e: timestamp', 'f: date', 'g: string', 'h: enum("x", "y")'],
      ...['i: enum("x")?', 'j: int?', 'k: float?', 'l: none, l is string or number', 'm: none, m is one of 2 schemas'],
      ...['n: list<string>', 'o: string?', 'p: none, p is anything', 'q: none, q[] is string or null'],
      ...['r: { ward: string, bed: int? }', 's: none, s.of is object', 't: none, t is a reference to other.json'],
      ...['u: enum("1")', 'v: none, v is object without properties'],
    ]);
  });

  it('what doubles with each of its types is written out once', async () => {
    const deep = 60;
    const record = (i: number): object => ({
      type: 'record',
      name: `R${i}`,
      fields: [
        { name: 'a', type: i === 0 ? 'int' : record(i - 1) },
        { name: 'b', type: i === 0 ? 'int' : `R${i - 1}` },
      ],
    });
    const messages = Array.from({ length: deep }, (_, i) => `message R${i} { R${i + 1} a = 1; R${i + 1} b = 2; }`);
    const reference = (i: number) => ({ $ref: `#/$defs/r${i}` });
    const object = (i: number) => ({ type: 'object', properties: { a: reference(i + 1), b: reference(i + 1) } });
    const $defs = Object.fromEntries(Array.from({ length: deep }, (_, i) => [`r${i}`, object(i)]));
    const all = [
      { schema: JSON.stringify(record(25)) },
      proto('R0 a = 1;', `${messages.join(' ')} message R${deep} { int32 a = 1; int32 b = 2; }`),
      ofJson({ ...object(-1), $defs: { ...$defs, [`r${deep}`]: { type: 'integer' } } }),
    ];
    for (const text of all) {
      const [{ holds }] = (await read(text)).fields;
      if ('why' in holds || holds.type.kind !== 'record') throw new Error('no record');
      const [a, b] = holds.type.fields;
      expect(a.type).toBe(b.type);
    }
  });

  it('json: a list or an object that holds itself has no type', async () => {
    const tree = { type: 'array', items: { $ref: '#/$defs/tree' } };
    const node = { type: 'object', properties: { next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] } } };
    const schema = { type: 'object', properties: { a: { $ref: '#/$defs/tree' }, b: { $ref: '#/$defs/node' } } };
    expect(await fieldsOf(ofJson({ ...schema, $defs: { tree, node } }))).toEqual([
      'a: none, a[] is array',
      'b: none, b.next is object',
    ]);
    let nested: object = { type: 'string' };
    for (let i = 0; i < 1_000; i++) nested = { type: 'array', items: nested };
    expect((await fieldsOf(properties({ a: nested })))[0]).toMatch(/^a: none/);
  });

  it.each([
    ['a plain value', { schema: '"long"' }],
    ['no JSON', { schema: '{' }],
    ['no object', ofJson({ type: 'array', items: { type: 'string' } })],
    ['a reference in a circle', ofJson({ $ref: '#' })],
    ['no message', { schemaType: 'PROTOBUF', schema: 'syntax = "proto3";' }],
    ['another kind', { schemaType: 'THRIFT', schema: 'struct A {}' }],
  ])('%s is refused', async (_, text) => {
    await expect(read(text)).rejects.toBeInstanceOf(SchemaDamage);
  });
});

const plain = fc.constantFrom<Type>(
  ...(['bool', 'int', 'float', 'string', 'timestamp', 'date', 'duration'] as const).map(kind => ({ kind })),
  { kind: 'enum', values: ['A', 'B'] },
);
const fieldsOfTypes = (type: fc.Arbitrary<Type>) =>
  fc.uniqueArray(fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd', 'e'), type, nullable: fc.boolean() }), {
    minLength: 1,
    maxLength: 5,
    selector: field => field.name,
  });
const types = fc.letrec<{ readonly type: Type }>(tie => ({
  type: fc.oneof(
    { maxDepth: 2 },
    plain,
    tie('type').map((item): Type => ({ kind: 'list', item })),
    fieldsOfTypes(tie('type')).map((fields): Type => ({ kind: 'record', fields })),
  ),
})).type;

/** What rows come back as that were written by the schema made of them. */
const came: Readonly<Record<'avro' | 'json' | 'protobuf', (type: Type) => Type>> = {
  avro: type => (type.kind === 'duration' ? { kind: 'int' } : type),
  json: type => (type.kind === 'duration' ? { kind: 'string' } : type),
  protobuf: type => (type.kind === 'duration' ? { kind: 'int' } : type.kind === 'enum' ? { kind: 'string' } : type),
};
const within = (type: Type, change: (type: Type) => Type, field: (field: Field) => Field): Type =>
  type.kind === 'list'
    ? { kind: 'list', item: within(type.item, change, field) }
    : type.kind === 'record'
      ? { kind: 'record', fields: type.fields.map(one => field({ ...one, type: within(one.type, change, field) })) }
      : change(type);
const changed = (schema: Schema, change: (type: Type) => Type, field: (field: Field) => Field = one => one) =>
  schema.fields.map(one => field({ ...one, type: within(one.type, change, field) }));

describe('a schema made of rows', () => {
  const asFields = async (text: SchemaText) => (await read(text)).fields.map(({ name, holds }) => ({ name, ...holds }));
  /** Of what is written the same may be read: nothing is refused that could be told apart nowhere. */
  async function isReadable(text: SchemaText, schema: Schema): Promise<void> {
    const { fields } = await read(text);
    expect(fields.map((field, i) => field.unreadable(schema.fields[i].type))).toEqual(schema.fields.map(() => null));
  }
  const runs = { numRuns: 300 };

  it('avro: comes back', () =>
    fc.assert(
      fc.asyncProperty(fieldsOfTypes(types), async fields => {
        const text = { schema: avroSchemaOf({ fields }, 'ehr.Row') };
        expect(await asFields(text)).toEqual(changed({ fields }, came.avro));
        await isReadable(text, { fields });
      }),
      runs,
    ));
  it('json: comes back', () =>
    fc.assert(
      fc.asyncProperty(fieldsOfTypes(types), async fields => {
        const text: SchemaText = { schema: jsonSchemaOf({ fields }, 'ehr.Row'), schemaType: 'JSON' };
        expect(await asFields(text)).toEqual(changed({ fields }, came.json));
        await isReadable(text, { fields });
      }),
      runs,
    ));
  it('protobuf: comes back, messages and times as what may be null', () =>
    fc.assert(
      fc.asyncProperty(
        fieldsOfTypes(plain.filter(({ kind }) => kind !== 'date')),
        fieldsOfTypes(plain.filter(({ kind }) => kind !== 'date')),
        async (top, inner) => {
          const fields: Field[] = [...top, { name: 'z', type: { kind: 'record', fields: inner }, nullable: true }];
          const isMessage = ({ kind }: Type) => kind === 'timestamp' || kind === 'record';
          const text: SchemaText = { schema: protoSchemaOf({ fields }, 'ehr.Row'), schemaType: 'PROTOBUF' };
          expect(await asFields(text)).toEqual(
            changed({ fields }, came.protobuf, field => ({
              ...field,
              nullable: field.nullable || isMessage(field.type),
            })),
          );
          await isReadable(text, { fields });
        },
      ),
      runs,
    ));
});

/** Values of each kind of JSON: a type is read where the decoder takes one of them. */
const SAMPLES: Readonly<Record<string, readonly string[]>> = {
  '{"type":"boolean"}': ['true'],
  '{"type":"integer"}': ['7'],
  '{"type":"number"}': ['2.5'],
  '{"type":"string"}': ['"A"', '"2026-01-31"', '"2026-01-31T08:00:00Z"', '"5m"'],
  '{"type":"string","format":"date"}': ['"2026-01-31"'],
  '{"type":"string","format":"date-time"}': ['"2026-01-31T08:00:00Z"'],
  '{"type":"string","format":"duration"}': ['"PT5M"'],
  '{"type":"array","items":{"type":"string"}}': ['["A"]'],
  '{"type":"object","properties":{"b":{"type":"string"}}}': ['{"b":"A"}'],
};
const WANTED: readonly Type[] = [
  ...(['bool', 'int', 'float', 'string', 'timestamp', 'date', 'duration'] as const).map(kind => ({ kind })),
  { kind: 'list', item: { kind: 'string' } },
  { kind: 'list', item: { kind: 'int' } },
  { kind: 'record', fields: [{ name: 'b', type: { kind: 'string' }, nullable: true }] },
  { kind: 'record', fields: [{ name: 'c', type: { kind: 'string' }, nullable: false }] },
];

describe('of JSON Schema a type is read where the decoder takes one of its values', () => {
  const cases = Object.entries(SAMPLES).flatMap(([schema, texts]) => WANTED.map(type => ({ schema, texts, type })));
  it.each(cases.map(one => [`${one.schema} as ${typeText(one.type)}`, one] as const))('%s', async (_, one) => {
    const [field] = (await read(properties({ a: JSON.parse(one.schema) }))).fields;
    const wanted = { fields: [{ name: 'a', type: one.type, nullable: false }] };
    const isRead = one.texts.some(text => decode(json, wanted, utf8(`{"a":${text}}\n`)).bad.length === 0);
    expect(field.unreadable(one.type) === null).toBe(isRead);
  });
});
