import { writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { create, createFileRegistry, createMutableRegistry, fromBinary } from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Type as Kind,
  FieldDescriptorProto_Label as Label,
} from '@bufbuild/protobuf/wkt';
import {
  AvroDeserializer,
  AvroSerializer,
  JsonDeserializer,
  JsonSerializer,
  ProtobufSerializer,
  SchemaRegistryClient,
  SerdeType,
} from '@confluentinc/schemaregistry';
import { afterEach, describe, expect, it } from 'vitest';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';
import { consumeBytes, produceBytes } from '../support/kafka-bytes.ts';
import { createTopic } from '../support/kafka-tools.ts';
import { registryForTests, registrySkipReason } from '../support/schema-registry.ts';
import { command, folder, following, run } from './support/weir-runs.ts';

const reason = skipReason() ?? registrySkipReason();
const TEST_MS = 180_000;
const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A registry that gives every question the same answer. */
async function fakeRegistry(
  status: number,
  body: unknown = { error_code: status * 100 + 3, message: 'no' },
): Promise<string> {
  const server = createServer((_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  servers.push(server);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const V1 = {
  type: 'record',
  name: 'ehr.Vital',
  fields: [
    { name: 'patient', type: 'string' },
    { name: 'n', type: 'int' },
    { name: 'hr', type: ['null', 'float'], default: null },
  ],
};
/** Compatible: a promotion and a field with a default. */
const V2 = {
  ...V1,
  fields: [
    V1.fields[0],
    { name: 'n', type: 'long' },
    { name: 'hr', type: ['null', 'double'], default: null },
    { name: 'ward', type: 'string', default: 'A' },
  ],
};
/** Without a field the flow needs. */
const V3 = { ...V1, fields: V1.fields.slice(0, 1) };

describe.skipIf(reason !== null)(`records with schemas in a registry${skipNote(reason)}`, { timeout: TEST_MS }, () => {
  const kafka = kafkaForTests({ brokers: 1 });
  const registry = registryForTests();
  const log = () => `kafka://${kafka().bootstrap}/own`;
  const client = () => new SchemaRegistryClient({ baseURLs: [registry().url], maxRetries: 0 });
  const rows = (from: number, to: number, more: object = {}) =>
    Array.from({ length: to - from }, (_, i) => ({
      patient: `p${(from + i) % 7}`,
      n: from + i,
      hr: i % 3 === 0 ? null : 60.5 + i,
      ...more,
    }));

  async function produceAvro(topic: string, schema: object, values: readonly { patient: string }[]): Promise<void> {
    const id = await client().register(`${topic}-value`, { schema: JSON.stringify(schema), schemaType: 'AVRO' });
    const conf = { autoRegisterSchemas: false, useSchemaId: id };
    const serializer = new AvroSerializer(client(), SerdeType.VALUE, conf);
    const records = [];
    for (const value of values) records.push({ key: value.patient, value: await serializer.serialize(topic, value) });
    await produceBytes(kafka().bootstrap, topic, records);
  }
  const flow = (name: string, more = '', onBad = 'fail') => `flow ${name} v1
    schema Vital { patient: string @entity, n: int, hr: float? }
    source rows = topic("${name}.in") { format: avro, registry: "${registry().url}", schema: Vital, on_bad: ${onBad} ${more} }
    sink out = rows | derive { twice = n * 2 } | write topic("${name}.out"), key: patient, format: avro, registry: "${registry().url}", partitions: 1`;

  it('avro: what a client writes by several schemas is read, and a client reads what is written', async () => {
    const { bootstrap } = kafka();
    await createTopic(bootstrap, 'avro.in', 1);
    const first = rows(0, 300);
    const second = rows(300, 500, { ward: 'B' });
    await produceAvro('avro.in', V1, first);
    await produceAvro('avro.in', V2, second);
    const { error } = await run(flow('avro'), log());
    expect(error).toBeUndefined();
    const deserializer = new AvroDeserializer(client(), SerdeType.VALUE, {});
    const seen = [];
    for (const { key, value } of await consumeBytes(bootstrap, 'avro.out', 500)) {
      const row = await deserializer.deserialize('avro.out', Buffer.from(value));
      expect(key).toBe(row.patient);
      seen.push({ ...row });
    }
    const wanted = [...first, ...second].map(({ patient, n, hr }) => ({
      patient,
      n,
      hr: hr && Math.fround(hr),
      twice: n * 2,
    }));
    expect(seen.map(row => ({ ...row, hr: row.hr && Math.fround(row.hr) }))).toEqual(wanted);
    expect(await client().getLatestSchemaMetadata('avro.out-value')).toMatchObject({ version: 1 });
  });

  it('a schema the flow cannot read stops it there, with both schemas; on_bad: dlq keeps such rows aside', async () => {
    const { bootstrap } = kafka();
    await createTopic(bootstrap, 'old.in', 1);
    await produceAvro('old.in', V1, rows(0, 10));
    await client().updateCompatibility('old.in-value', 'NONE' as never);
    await produceAvro('old.in', V3, rows(10, 12));
    await produceAvro('old.in', V1, rows(12, 20));
    const stopped = await run(flow('old'), log());
    expect(stopped.error).toMatchObject({ code: 'R421' });
    expect(stopped.error?.message).toMatch(
      /record 10 of old\.in\/0.*it has no field `n`.*"ehr.Vital".*The flow: patient: string, n: int/,
    );
    const kept = await run(
      flow('kept').replace('kept.in', 'old.in').replace('on_bad: fail', 'on_bad: dlq("kept.bad")'),
      log(),
    );
    expect(kept.error).toBeUndefined();
    expect(kept.stages.find(stage => stage.name === 'rows')).toMatchObject({ rows_in: 20, rows_out: 18, rejected: 2 });
    const letters = command('topics', 'read', 'kept.bad', '--json', '--log', log()).trim().split('\n');
    expect(letters.map(line => JSON.parse(line)).map(({ code, record }) => [code, record])).toEqual([
      ['R426', 10],
      ['R426', 11],
    ]);
  });

  it('what is written has to be compatible with what the subject has', async () => {
    await client().updateCompatibility('clash.out-value', 'BACKWARD' as never);
    await client().register('clash.out-value', { schema: JSON.stringify(V1), schemaType: 'AVRO' });
    await createTopic(kafka().bootstrap, 'clash.in', 1);
    expect((await run(flow('clash'), log())).error).toMatchObject({ code: 'R154' });
    const never = flow('never').replace('partitions: 1', 'partitions: 1, register: never');
    await createTopic(kafka().bootstrap, 'never.in', 1);
    expect((await run(never, log())).error).toMatchObject({ code: 'R157' });
  });

  it('json_schema: both ways', async () => {
    const { bootstrap } = kafka();
    await createTopic(bootstrap, 'js.in', 1);
    const serializer = new JsonSerializer(client(), SerdeType.VALUE, { useLatestVersion: true });
    const schema = {
      type: 'object',
      properties: {
        patient: { type: 'string' },
        n: { type: 'integer' },
        hr: { oneOf: [{ type: 'null' }, { type: 'number' }] },
      },
    };
    await client().register('js.in-value', { schema: JSON.stringify(schema), schemaType: 'JSON' });
    const values = rows(0, 100);
    const records = [];
    for (const value of values) records.push({ key: value.patient, value: await serializer.serialize('js.in', value) });
    await produceBytes(bootstrap, 'js.in', records);
    const { error } = await run(flow('js').replaceAll('format: avro', 'format: json_schema'), log());
    expect(error).toBeUndefined();
    const deserializer = new JsonDeserializer(client(), SerdeType.VALUE, { validate: true });
    const seen = [];
    for (const { value } of await consumeBytes(bootstrap, 'js.out', 100)) {
      seen.push(await deserializer.deserialize('js.out', Buffer.from(value)));
    }
    expect(seen).toEqual(values.map(row => ({ ...row, twice: row.n * 2 })));
  });

  it('protobuf: both ways', async () => {
    const { bootstrap } = kafka();
    await createTopic(bootstrap, 'pb.in', 1);
    const field = (name: string, number: number, type: Kind, more: object = {}) => ({
      name,
      number,
      type,
      label: Label.OPTIONAL,
      ...more,
    });
    const messageOf = (name: string, whole: Kind, more: readonly ReturnType<typeof field>[]) => {
      const fields = [
        field('patient', 1, Kind.STRING),
        field('n', 2, whole),
        field('hr', 3, Kind.DOUBLE, { oneofIndex: 0, proto3Optional: true }),
      ];
      const file = create(FileDescriptorProtoSchema, {
        ...{ name: `${name}.proto`, package: 'ehr', syntax: 'proto3' },
        messageType: [{ name, oneofDecl: [{ name: '_hr' }], field: [...fields, ...more] }],
      });
      const found = createFileRegistry(file, () => undefined).getMessage(`ehr.${name}`);
      if (found === undefined) throw new Error('no message');
      return found;
    };
    const text =
      'syntax = "proto3"; package ehr; message Vital { string patient = 1; int32 n = 2; optional double hr = 3; }';
    const id = await client().register('pb.in-value', { schema: text, schemaType: 'PROTOBUF' });
    const message = messageOf('Vital', Kind.INT32, []);
    const serializer = new ProtobufSerializer(client(), SerdeType.VALUE, {
      ...{ registry: createMutableRegistry(message), autoRegisterSchemas: false, useSchemaId: id },
    });
    const values = rows(0, 100);
    const records = [];
    for (const { hr, ...rest } of values) {
      const value = create(message, { ...rest, ...(hr === null ? {} : { hr }) } as never);
      records.push({ key: rest.patient, value: await serializer.serialize('pb.in', value) });
    }
    await produceBytes(bootstrap, 'pb.in', records);
    const { error } = await run(flow('pb').replaceAll('format: avro', 'format: protobuf'), log());
    expect(error).toBeUndefined();
    // The client's own deserializer wants descriptors, and this registry tells texts: its library reads the bytes.
    const out = messageOf('Out', Kind.INT64, [field('twice', 4, Kind.INT64)]);
    const seen = [];
    for (const { value } of await consumeBytes(bootstrap, 'pb.out', 100)) {
      expect(value[5]).toBe(0);
      const { patient, n, hr, twice } = fromBinary(out, value.subarray(6)) as unknown as Record<string, unknown>;
      // Without it the prototype has the type's zero.
      const present = Object.hasOwn(fromBinary(out, value.subarray(6)), 'hr');
      seen.push({ patient, n: Number(n), hr: present ? hr : null, twice: Number(twice) });
    }
    const { schema } = await client().getLatestSchemaMetadata('pb.out-value');
    expect(schema).toContain('optional double hr = 3;');
    expect(seen).toEqual(values.map(row => ({ ...row, twice: row.n * 2 })));
  });

  it('a registry that fails, refuses or knows nothing is told', async () => {
    const { bootstrap } = kafka();
    await createTopic(bootstrap, 'fake.in', 1);
    await produceBytes(bootstrap, 'fake.in', [
      { key: 'a', value: Uint8Array.of(0, 0, 0, 0, 7, 1) },
      { key: 'b', value: Uint8Array.of(123) },
    ]);
    const ask = async (name: string, url: string) =>
      run(
        `flow ${name} v1
        schema Row { n: int }
        source rows = topic("fake.in") { format: avro, registry: "${url}", registry_wait: 1s, schema: Row, on_bad: dlq("${name}.bad") }
        sink out = rows | write topic("${name}.out"), format: json`,
        log(),
      );
    expect((await ask('unknown', await fakeRegistry(404))).error).toBeUndefined();
    const letters = command('topics', 'read', 'unknown.bad', '--json', '--log', log()).trim().split('\n');
    expect(letters.map(line => JSON.parse(line).code)).toEqual(['R426', 'R425']);
    expect((await ask('broken', await fakeRegistry(200, { schema: '{"type":"strange"}' }))).error).toBeUndefined();
    const broken = command('topics', 'read', 'broken.bad', '--json', '--log', log()).trim().split('\n');
    expect(broken.map(line => JSON.parse(line).code)).toEqual(['R426', 'R425']);
    expect((await ask('refused', await fakeRegistry(401))).error).toMatchObject({ code: 'R156' });
    expect((await ask('failing', await fakeRegistry(500))).error).toMatchObject({ code: 'R152' });
  });

  // The last one: the registry is gone then.
  it('goes on with the schemas it has when the registry is gone, and waits for one it has not', async () => {
    const { bootstrap } = kafka();
    await createTopic(bootstrap, 'gone.in', 1);
    await produceAvro('gone.in', V1, rows(0, 10));
    const serializer = new AvroSerializer(client(), SerdeType.VALUE, { useLatestVersion: true });
    const later = [];
    for (const row of rows(10, 20)) later.push({ key: row.patient, value: await serializer.serialize('gone.in', row) });
    const dir = await folder();
    const text = flow('gone', ', registry_wait: 2s').replace(/write topic.*/, 'write topic("gone.out"), format: json');
    await writeFile(join(dir, 'test.flow'), text);
    const going = following(dir, log());
    await going.until(event => event.event === 'progress' && event.stage === 'out' && event.rowsIn >= 10);
    await registry().stop(0);
    await produceBytes(bootstrap, 'gone.in', later);
    await going.until(event => event.event === 'progress' && event.stage === 'out' && event.rowsIn >= 20);
    await produceBytes(bootstrap, 'gone.in', [{ key: 'x', value: Uint8Array.of(0, 0, 9, 9, 9, 1) }]);
    await going.until(event => event.event === 'warning' && event.code === 'R153');
    const summary = await going.until(event => event.event === 'summary');
    expect(summary).toMatchObject({ error: { code: 'R152' } });
  });
});
