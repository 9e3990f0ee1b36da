import { create, createFileRegistry, type DescMessage, fromBinary, type Message, toBinary } from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
  FieldDescriptorProto_Type as Kind,
  FieldDescriptorProto_Label as Label,
} from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SpanRecordDecoder } from '../../../src/connectors/formats/records/span-record-decoder.ts';
import { Staging, stagedColumn } from '../../../src/connectors/formats/records/staged-columns.ts';
import { messagesOf } from '../../../src/connectors/schema-registry/protobuf/descriptor.ts';
import { ProtoEncoder, protoSchemaOf } from '../../../src/connectors/schema-registry/protobuf/proto-encoder.ts';
import { ProtoTokenizer } from '../../../src/connectors/schema-registry/protobuf/proto-tokenizer.ts';
import { HEADER_BYTES, putHeader } from '../../../src/connectors/schema-registry/wire-format.ts';
import { decodeRecordFrame, NULL_PART, RecordFrames } from '../../../src/engine/columnar/record-frame.ts';
import { batchFromRows, rowsOfBatch } from '../../../src/engine/columnar/rows.ts';
import type { BadRow, RecordDecodeContext } from '../../../src/engine/contract/connector.ts';
import type { RowValue } from '../../../src/engine/contract/function.ts';
import type { Schema } from '../../../src/engine/contract/types.ts';
import { recordWorld } from '../../support/record-world.ts';
import { schemaOf } from '../support/decode.ts';

const ID = 7;
const FIRST = Uint8Array.of(0);

function decoded(file: FileDescriptorProto, values: readonly Uint8Array[], schema: Schema) {
  const bad: BadRow[] = [];
  const context: RecordDecodeContext<unknown> = {
    ...{ options: {}, names: {}, nulls: [], onRange: 'bad', zone: null, parts: {}, tombstones: 'bad' },
    ...{ batchRows: 8_192, topic: 't', world: recordWorld() },
    schema,
    bad: row => bad.push(row),
  };
  const staging = new Staging(schema.fields);
  const tokenizer = new ProtoTokenizer(context, staging);
  const decoder = new SpanRecordDecoder(context, tokenizer, (rules, slot) => stagedColumn(rules, slot, staging));
  tokenizer.learn(ID, {
    messages: messagesOf(Buffer.from(toBinary(FileDescriptorProtoSchema, file)).toString('base64')),
    text: 'shown',
  });
  const frames = new RecordFrames();
  for (const bytes of values) frames.add(0, NULL_PART, { bytes, from: 0, to: bytes.length }, NULL_PART);
  const rows: Readonly<Record<string, RowValue>>[] = [];
  for (const frame of frames.take()) {
    const records = decodeRecordFrame(frame);
    decoder.add(records, 0, records.count);
  }
  const { batch } = decoder.take();
  if (batch !== null) rows.push(...rowsOfBatch(batch));
  return { rows, bad: bad.map(({ code, reason, record }) => ({ code, reason, record })) };
}
function framed(body: Uint8Array, indexes: Uint8Array = FIRST): Uint8Array {
  const out = new Uint8Array(HEADER_BYTES + indexes.length + body.length);
  const at = putHeader(out, 0, ID);
  out.set(indexes, at);
  out.set(body, at + indexes.length);
  return out;
}

const field = (name: string, number: number, type: Kind, more: object = {}) => ({
  name,
  number,
  type,
  label: Label.OPTIONAL,
  ...more,
});
const FILE = create(FileDescriptorProtoSchema, {
  name: 'vital.proto',
  package: 'ehr',
  syntax: 'proto3',
  dependency: ['google/protobuf/timestamp.proto', 'google/protobuf/wrappers.proto'],
  enumType: [
    {
      name: 'Sex',
      value: [
        { name: 'UNKNOWN', number: 0 },
        { name: 'F', number: 1 },
        { name: 'M', number: 2 },
      ],
    },
  ],
  messageType: [
    {
      name: 'Vital',
      oneofDecl: [{ name: '_n' }],
      field: [
        field('id', 1, Kind.STRING),
        field('n', 2, Kind.SINT64, { oneofIndex: 0, proto3Optional: true }),
        field('hr', 3, Kind.DOUBLE),
        field('small', 4, Kind.INT32),
        field('ok', 5, Kind.BOOL),
        field('sex', 6, Kind.ENUM, { typeName: '.ehr.Sex' }),
        field('at', 7, Kind.MESSAGE, { typeName: '.google.protobuf.Timestamp' }),
        field('wrapped', 8, Kind.MESSAGE, { typeName: '.google.protobuf.StringValue' }),
        field('codes', 9, Kind.STRING, { label: Label.REPEATED }),
        field('numbers', 10, Kind.FIXED64, { label: Label.REPEATED }),
        field('lab', 11, Kind.MESSAGE, { typeName: '.ehr.Vital.Lab' }),
        field('surplus', 12, Kind.BYTES),
        field('big', 13, Kind.UINT64),
      ],
      nestedType: [
        {
          name: 'Lab',
          field: [field('code', 1, Kind.STRING), field('values', 2, Kind.FLOAT, { label: Label.REPEATED })],
        },
      ],
    },
    { name: 'Other', field: [field('id', 1, Kind.STRING)] },
  ],
});
function messageIn(file: FileDescriptorProto, name: string): DescMessage {
  const known = [file_google_protobuf_timestamp, file_google_protobuf_wrappers];
  const registry = createFileRegistry(file, path => known.find(one => `${one.name}.proto` === path));
  const message = registry.getMessage(name);
  if (message === undefined) throw new Error(`no message ${name}`);
  return message;
}
const VITAL = messageIn(FILE, 'ehr.Vital');
const FLOW: Schema = {
  fields: [
    ...schemaOf({ id: 'string', 'n?': 'int', hr: 'float', small: 'int', ok: 'bool', sex: 'string' }).fields,
    ...schemaOf({ 'at?': 'timestamp', 'wrapped?': 'string', 'gone?': 'int', big: 'int' }).fields,
    ...schemaOf({ codes: { kind: 'list', item: { kind: 'string' } }, numbers: { kind: 'list', item: { kind: 'int' } } })
      .fields,
    {
      name: 'lab',
      type: {
        kind: 'record',
        fields: schemaOf({ code: 'string', values: { kind: 'list', item: { kind: 'float' } } }).fields,
      },
      nullable: true,
    },
  ],
};
const text = fc.string({ unit: 'grapheme', maxLength: 8 });
const orNull = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: null });
const float = fc.float({ noNaN: true, noDefaultInfinity: true });
const row = fc.record({
  ...{ id: text, n: orNull(fc.maxSafeInteger()), hr: fc.double({ noNaN: true, noDefaultInfinity: true }) },
  ...{ small: fc.integer(), ok: fc.boolean(), sex: fc.constantFrom('UNKNOWN', 'F', 'M') },
  ...{ at: orNull(fc.integer({ min: -1e12, max: 4e12 })), wrapped: orNull(text), gone: fc.constant(null) },
  ...{
    big: fc.maxSafeNat(),
    codes: fc.array(text, { maxLength: 4 }),
    numbers: fc.array(fc.maxSafeNat(), { maxLength: 4 }),
  },
  lab: orNull(fc.record({ code: text, values: fc.array(float, { maxLength: 4 }) })),
});
type Row = typeof row extends fc.Arbitrary<infer R> ? R : never;

/** As the library of Protobuf writes it. */
function written(one: Row): Uint8Array {
  const { n, at, wrapped, numbers, lab, sex, big, gone: _gone, ...rest } = one;
  const seconds = at === null ? 0 : Math.floor(at / 1_000);
  return toBinary(
    VITAL,
    create(VITAL, {
      ...rest,
      surplus: Uint8Array.of(1, 2),
      sex: ['UNKNOWN', 'F', 'M'].indexOf(sex),
      numbers: numbers.map(BigInt),
      big: BigInt(big),
      ...(n === null ? {} : { n: BigInt(n) }),
      ...(at === null ? {} : { at: { seconds: BigInt(seconds), nanos: (at - seconds * 1_000) * 1e6 } }),
      ...(wrapped === null ? {} : { wrapped }),
      ...(lab === null ? {} : { lab }),
    } as never),
  );
}

describe('schemas of Protobuf', () => {
  test('are the same as text and as a descriptor', () => {
    const text = `// A comment; with { braces }
      syntax = "proto3";
      package ehr;
      import "google/protobuf/timestamp.proto";
      option java_package = "org.ehr";
      enum Sex { option allow_alias = true; UNKNOWN = 0; F = 1; M = 2 [deprecated = true]; }
      message Vital {
        reserved 20, 21 to 30; reserved "old";
        string id = 1; optional sint64 n = 2; double hr = 3 [json_name = "heart"]; int32 small = 4; bool ok = 5;
        Sex sex = 6; google.protobuf.Timestamp at = 7; .google.protobuf.StringValue wrapped = 8;
        repeated string codes = 9; repeated fixed64 numbers = 10;
        message Lab { string code = 1; repeated float values = 2; }
        Lab lab = 11; bytes surplus = 12; /* big */ uint64 big = 13;
      }
      message Other { string id = 1; }
      service Ask { rpc One(Vital) returns (Other) { option deadline = 1; } }`;
    const descriptor = Buffer.from(toBinary(FileDescriptorProtoSchema, FILE)).toString('base64');
    expect(messagesOf(text)).toEqual(messagesOf(descriptor));
  });
  test('with oneofs, maps, proto2 and names like words are read; what is none is refused', () => {
    const [message] = messagesOf(`package a.b; message M {
      required int32 message = 1; optional string enum = 2; map<string, M> map = 3;
      oneof choice { string left = 4; M.In right = 5; } enum In2 { X = 5; } message In { In2 x = 1; } }`);
    const fields = [...message.fields.values()].map(({ name, hasPresence, typeName, type }) => [
      name,
      hasPresence,
      typeName,
      type,
    ]);
    expect(fields).toEqual([
      ['message', false, '', 5],
      ['enum', true, '', 9],
      ['map', true, 'map', 11],
      ['left', true, '', 9],
      ['right', true, 'a.b.M.In', 11],
    ]);
    expect(message.nested[0].fields.get(1)?.symbols).toEqual(new Map([[5, 'X']]));
    for (const text of ['message {', 'message M { int32 = 1; }', 'message M { a.b c d; }', '{"type":"record"}']) {
      expect(() => messagesOf(text)).toThrow('not one of Protobuf');
    }
  });
});

describe('records of Protobuf', () => {
  test('are read as its library wrote them', () => {
    fc.assert(
      fc.property(fc.array(row, { maxLength: 25 }), rows => {
        const got = decoded(
          FILE,
          rows.map(one => framed(written(one))),
          FLOW,
        );
        expect(got.bad).toEqual([]);
        expect(got.rows).toEqual(rows);
      }),
      { numRuns: 150 },
    );
  });
  test('of another message, of none, and damaged ones are bad, and shift no other', () => {
    fc.assert(
      fc.property(row, fc.nat(1_000), (one, at) => {
        const good = framed(written(one));
        const cut = good.slice(0, HEADER_BYTES + 1 + (at % (good.length - HEADER_BYTES - 1)));
        const other = framed(Uint8Array.of(), Uint8Array.of(2, 2));
        const none = framed(Uint8Array.of(), Uint8Array.of(2, 8));
        const long = framed(Buffer.concat([written(one), Buffer.from([0x0a, 200])]));
        const got = decoded(FILE, [good, cut, other, none, long, good], FLOW);
        const codes = new Map(got.bad.map(({ record, code }) => [record, code]));
        expect([3, 4, 5].map(record => codes.get(record))).toEqual(['R426', 'R427', 'R427']);
        expect(codes.get(1) ?? codes.get(6)).toBeUndefined();
        expect(got.rows.length + got.bad.length).toBe(6);
      }),
      { numRuns: 150 },
    );
  });
  test('of a message inside another are found by their indexes', () => {
    const lab = create(messageIn(FILE, 'ehr.Vital.Lab'), { code: 'x', values: [1.5] } as never);
    const value = framed(toBinary(messageIn(FILE, 'ehr.Vital.Lab'), lab), Uint8Array.of(4, 0, 0));
    expect(decoded(FILE, [value], schemaOf({ code: 'string' })).rows).toEqual([{ code: 'x' }]);
  });
  test('whole numbers that cannot be held are bad, and so are types that do not fit', () => {
    const value = framed(toBinary(VITAL, create(VITAL, { big: 2n ** 64n - 1n } as never)));
    expect(decoded(FILE, [value], schemaOf({ big: 'int' })).bad).toMatchObject([{ code: 'R415', record: 1 }]);
    const { bad } = decoded(FILE, [value], schemaOf({ hr: 'string' }));
    expect(bad).toMatchObject([{ code: 'R426' }]);
    expect(bad[0].reason).toContain('`hr` is double there and string in the flow');
  });

  test('an enum of an imported file does not fit: its numbers are no lengths', () => {
    const sex = field('sex', 1, Kind.ENUM, { typeName: '.other.Sex' });
    const all = field('all', 3, Kind.ENUM, { typeName: '.other.Sex', label: Label.REPEATED });
    const file = create(FileDescriptorProtoSchema, {
      ...{ name: 'imports.proto', package: 'ehr', syntax: 'proto3', dependency: ['sex.proto'] },
      messageType: [{ name: 'Row', field: [sex, field('id', 2, Kind.STRING), all] }],
    });
    const value = framed(Uint8Array.of(0x08, 2, 0x12, 1, 0x61));
    for (const schema of [
      schemaOf({ 'sex?': 'string', 'id?': 'string' }),
      schemaOf({ sex: { kind: 'enum', values: ['F', 'M'] } }),
      schemaOf({ all: { kind: 'list', item: { kind: 'string' } } }),
    ]) {
      const { rows, bad } = decoded(file, [value], schema);
      expect(rows).toEqual([]);
      expect(bad).toMatchObject([{ code: 'R426' }]);
      expect(bad[0].reason).toContain('other.Sex there and');
    }
    expect(decoded(file, [value], schemaOf({ id: 'string' }))).toEqual({ rows: [{ id: 'a' }], bad: [] });
  });
  test('a number that its enum has no symbol for is bad, not null', () => {
    const values = [1, 9].map(number => framed(Uint8Array.of(0x30, number)));
    const got = decoded(FILE, values, schemaOf({ 'sex?': 'string' }));
    expect(got.rows).toEqual([{ sex: 'F' }]);
    expect(got.bad).toMatchObject([{ code: 'R427', record: 2 }]);
  });
  test('fields of another wire type than declared are passed over, wherever they stand', () => {
    // `code` of the lab, `codes`, seconds, the wrapped text: each a varint, or a text where a varint is due.
    const odd = [0x5a, 4, 0x08, 0, 0x08, 1, 0x48, 5, 0x3a, 5, 0x0a, 1, 0x78, 0x10, 0, 0x42, 2, 0x08, 5, 0x50, 3];
    const got = decoded(FILE, [framed(Uint8Array.of(...odd, 0x0a, 1, 0x61))], FLOW);
    expect(got.bad).toEqual([]);
    expect(got.rows).toMatchObject([
      { id: 'a', codes: [], numbers: [], at: 0, wrapped: '', lab: { code: '', values: [] } },
    ]);
  });

  test('that Weir writes are read by its library and by Weir', () => {
    const schema: Schema = {
      fields: [
        ...schemaOf({ id: 'string', 'n?': 'int', hr: 'float', ok: 'bool', 'at?': 'timestamp', 'wait?': 'duration' })
          .fields,
        ...schemaOf({ codes: { kind: 'list', item: { kind: 'string' } } }).fields,
        {
          name: 'lab',
          type: { kind: 'record', fields: schemaOf({ code: 'string', 'x?': 'int' }).fields },
          nullable: true,
        },
      ],
    };
    expect(protoSchemaOf(schema, 'ehr.Row')).toMatchInlineSnapshot(`
      "syntax = "proto3";
      package ehr;
      import "google/protobuf/timestamp.proto";
      message Row {
        message LabMessage {
          string code = 1;
          optional int64 x = 2;
        }
        string id = 1;
        optional int64 n = 2;
        double hr = 3;
        bool ok = 4;
        google.protobuf.Timestamp at = 5;
        optional int64 wait = 6;
        repeated string codes = 7;
        LabMessage lab = 8;
      }
      "
    `);
    const file = create(FileDescriptorProtoSchema, {
      ...{ name: 'row.proto', package: 'ehr', syntax: 'proto3', dependency: ['google/protobuf/timestamp.proto'] },
      messageType: [
        {
          name: 'Row',
          oneofDecl: [{ name: '_n' }, { name: '_wait' }],
          field: [
            field('id', 1, Kind.STRING),
            field('n', 2, Kind.INT64, { oneofIndex: 0, proto3Optional: true }),
            field('hr', 3, Kind.DOUBLE),
            field('ok', 4, Kind.BOOL),
            field('at', 5, Kind.MESSAGE, { typeName: '.google.protobuf.Timestamp' }),
            field('wait', 6, Kind.INT64, { oneofIndex: 1, proto3Optional: true }),
            field('codes', 7, Kind.STRING, { label: Label.REPEATED }),
            field('lab', 8, Kind.MESSAGE, { typeName: '.ehr.Row.LabMessage' }),
          ],
          nestedType: [
            {
              name: 'LabMessage',
              oneofDecl: [{ name: '_x' }],
              field: [
                field('code', 1, Kind.STRING),
                field('x', 2, Kind.INT64, { oneofIndex: 0, proto3Optional: true }),
              ],
            },
          ],
        },
      ],
    });
    const type = messageIn(file, 'ehr.Row');
    const one = fc.record({
      ...{
        id: text,
        n: orNull(fc.maxSafeInteger()),
        hr: fc.double({ noNaN: true, noDefaultInfinity: true }),
        ok: fc.boolean(),
      },
      ...{
        at: orNull(fc.integer({ min: -1e12, max: 4e12 })),
        wait: orNull(fc.nat()),
        codes: fc.array(text, { maxLength: 4 }),
      },
      lab: orNull(fc.record({ code: text, x: orNull(fc.maxSafeInteger()) })),
    });
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 15 }), rows => {
        const { bytes, starts, ends } = new ProtoEncoder(ID).encode(batchFromRows(schema, rows));
        const values = rows.map((_, i) => bytes.slice(starts[i], ends[i]));
        const seen = values.map(
          value =>
            fromBinary(type, value.subarray(HEADER_BYTES + 1)) as Message & { id: string; n?: bigint; codes: string[] },
        );
        expect(seen.map(({ id, n, codes }) => [id, n === undefined ? null : Number(n), codes])).toEqual(
          rows.map(({ id, n, codes }) => [id, n, codes]),
        );
        expect(decoded(file, values, schema)).toEqual({ rows, bad: [] });
      }),
      { numRuns: 100 },
    );
  });
});
