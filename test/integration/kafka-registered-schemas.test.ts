import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { create, createFileRegistry, createMutableRegistry } from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  FieldDescriptorProto_Type as Kind,
  FieldDescriptorProto_Label as Label,
} from '@bufbuild/protobuf/wkt';
import {
  AvroSerializer,
  JsonSerializer,
  ProtobufSerializer,
  SchemaRegistryClient,
  SerdeType,
} from '@confluentinc/schemaregistry';
import { describe, expect, it } from 'vitest';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';
import { consumeBytes, produceBytes } from '../support/kafka-bytes.ts';
import { createTopic } from '../support/kafka-tools.ts';
import { registryForTests, registrySkipReason } from '../support/schema-registry.ts';
import { folder, run } from './support/weir-runs.ts';

const reason = skipReason() ?? registrySkipReason();
const TEST_MS = 180_000;
const WEIR = join(import.meta.dirname, '..', '..', 'bin', 'weir.mjs');

type Serialize = (topic: string, row: object) => Promise<Buffer>;
/** A kind of schema: how it is registered, and how another program writes by it. */
interface SchemaKind {
  readonly format: string;
  /** Registers version 1 and, with another field, version 2; makes what writes by the first. */
  prepare(client: SchemaRegistryClient, subject: string): Promise<Serialize>;
}

const AVRO = (more: readonly object[] = []) => ({
  type: 'record',
  name: 'ehr.Vital',
  fields: [
    { name: 'patient', type: 'string' },
    { name: 'n', type: 'long' },
    { name: 'hr', type: ['null', 'double'], default: null },
    { name: 'ward', type: 'ehr.Ward' },
    ...more,
  ],
});
const JSON_SCHEMA = (more: object = {}) => ({
  type: 'object',
  properties: {
    patient: { type: 'string' },
    n: { type: 'integer' },
    hr: { oneOf: [{ type: 'null' }, { type: 'number' }] },
    ward: { $ref: '#/definitions/ward' },
    ...more,
  },
  required: ['patient', 'n', 'ward'],
  definitions: { ward: { type: 'string', enum: ['A', 'B'] } },
});
const PROTO = (more = '') =>
  `syntax = "proto3"; package ehr; enum Ward { A = 0; B = 1; }
   message Vital { string patient = 1; int64 n = 2; optional double hr = 3; Ward ward = 4; ${more} }`;

const KINDS: readonly SchemaKind[] = [
  {
    format: 'avro',
    async prepare(client, subject) {
      const ward = { type: 'enum', name: 'ehr.Ward', symbols: ['A', 'B'] };
      await client.register('ehr.Ward', { schema: JSON.stringify(ward), schemaType: 'AVRO' });
      const references = [{ name: 'ehr.Ward', subject: 'ehr.Ward', version: 1 }];
      const register = (schema: object) =>
        client.register(subject, { schema: JSON.stringify(schema), schemaType: 'AVRO', references });
      const id = await register(AVRO());
      await register(AVRO([{ name: 'note', type: 'string', default: '' }]));
      const serializer = new AvroSerializer(client, SerdeType.VALUE, { autoRegisterSchemas: false, useSchemaId: id });
      return (topic, row) => serializer.serialize(topic, row);
    },
  },
  {
    format: 'json_schema',
    async prepare(client, subject) {
      const register = (schema: object) =>
        client.register(subject, { schema: JSON.stringify(schema), schemaType: 'JSON' });
      const id = await register(JSON_SCHEMA());
      await client.updateCompatibility(subject, 'NONE' as never);
      await register(JSON_SCHEMA({ note: { type: 'string' } }));
      const serializer = new JsonSerializer(client, SerdeType.VALUE, { autoRegisterSchemas: false, useSchemaId: id });
      return (topic, row) => serializer.serialize(topic, row);
    },
  },
  {
    format: 'protobuf',
    async prepare(client, subject) {
      const id = await client.register(subject, { schema: PROTO(), schemaType: 'PROTOBUF' });
      await client.register(subject, { schema: PROTO('string note = 5;'), schemaType: 'PROTOBUF' });
      const message = vitalMessage();
      const serializer = new ProtobufSerializer(client, SerdeType.VALUE, {
        ...{ registry: createMutableRegistry(message), autoRegisterSchemas: false, useSchemaId: id },
      });
      return (topic, row) => {
        const { hr, n, ward, ...rest } = row as { hr: number | null; n: number; ward: string };
        const value = { ...rest, n: BigInt(n), ward: ward === 'A' ? 0 : 1, ...(hr === null ? {} : { hr }) };
        return serializer.serialize(topic, create(message, value as never));
      };
    },
  },
];

function vitalMessage() {
  const field = (name: string, number: number, type: Kind, more: object = {}) => ({
    ...{ name, number, type, label: Label.OPTIONAL },
    ...more,
  });
  const file = create(FileDescriptorProtoSchema, {
    ...{ name: 'vital.proto', package: 'ehr', syntax: 'proto3' },
    enumType: [{ name: 'Ward', value: ['A', 'B'].map((name, number) => ({ name, number })) }],
    messageType: [
      {
        name: 'Vital',
        oneofDecl: [{ name: '_hr' }],
        field: [
          field('patient', 1, Kind.STRING),
          field('n', 2, Kind.INT64),
          field('hr', 3, Kind.DOUBLE, { oneofIndex: 0, proto3Optional: true }),
          field('ward', 4, Kind.ENUM, { typeName: '.ehr.Ward' }),
        ],
      },
    ],
  });
  const found = createFileRegistry(file, () => undefined).getMessage('ehr.Vital');
  if (found === undefined) throw new Error('no message');
  return found;
}

describe.skipIf(reason !== null)(`schemas read from a registry${skipNote(reason)}`, { timeout: TEST_MS }, () => {
  const kafka = kafkaForTests({ brokers: 1 });
  const registry = registryForTests();
  const log = () => `kafka://${kafka().bootstrap}/own`;
  const client = () => new SchemaRegistryClient({ baseURLs: [registry().url], maxRetries: 0 });
  /** Codes and hints of what `weir check --json` says of each flow. */
  async function checked(texts: readonly string[]): Promise<unknown> {
    const dir = await folder();
    const paths = texts.map((_, i) => join(dir, `${i}.flow`));
    for (const [i, path] of paths.entries()) await writeFile(path, texts[i]);
    const { stdout } = spawnSync(process.execPath, [WEIR, 'check', ...paths, '--json'], { encoding: 'utf8' });
    const said = stdout.trim().split('\n');
    return said.map(line => {
      const { diagnostics } = JSON.parse(line) as { diagnostics: readonly { code: string; hint: string | null }[] };
      return diagnostics.map(({ code, hint }) => [code, hint]);
    });
  }

  it.each(
    KINDS.map(kind => [kind.format, kind] as const),
  )('%s: is read at check, and its rows by a run', async (_, kind) => {
    const { bootstrap } = kafka();
    const topic = `${kind.format}.in`;
    await createTopic(bootstrap, topic, 1);
    const serialize = await kind.prepare(client(), `${topic}-value`);
    const rows = Array.from({ length: 100 }, (_, i) => ({
      ...{ patient: `p${i % 7}`, n: i, hr: i % 3 === 0 ? null : 60.5 + i, ward: i % 2 === 0 ? 'A' : 'B' },
    }));
    const records = [];
    for (const row of rows) records.push({ key: row.patient, value: await serialize(topic, row) });
    await produceBytes(bootstrap, topic, records);
    const flow = (schema: string, format = kind.format) => `flow ${kind.format} v1
      schema Vital from registry("${topic}-value", ${schema}
      source rows = topic("${topic}") { format: ${format}, registry: "${registry().url}", schema: Vital, on_bad: fail }
      sink out = rows | where ward == "A" | derive { fast = (hr ?? 0.0) > 100.0 } | write topic("${kind.format}.out"), key: patient, format: json, partitions: 1`;
    const url = `url: "${registry().url}"`;

    const whole = flow(`version: 1, ${url})`);
    const summary = await run(whole, log());
    expect(summary.error).toBeUndefined();
    const wanted = rows.filter(({ ward }) => ward === 'A').map(row => ({ ...row, fast: (row.hr ?? 0) > 100 }));
    const came = await consumeBytes(bootstrap, `${kind.format}.out`, wanted.length);
    expect(came.map(({ value }) => JSON.parse(Buffer.from(value).toString('utf8')))).toEqual(wanted);

    // A later version does not change the flow: what is written in it and not in the pinned one is no field.
    const fields = 'hr: float?, ward: enum("A", "B")';
    const other = kind.format === 'avro' ? 'protobuf' : 'avro';
    const said = await checked([
      whole,
      flow(`version: 1, ${url}) { ${fields}, patient: string, note: string? }`),
      flow(`version: 2, ${url}) { ${fields}, patient: string, note: string? }`),
      flow(`version: 1, ${url}) { ${fields}, patient: int }`),
      flow(`version: 3, ${url})`),
      flow(`${url})`),
      flow(`version: 1, ${url})`, other),
    ]);
    expect(said).toEqual([
      [],
      [['E715', 'It has `patient`, `n`, `hr`, `ward`.']],
      [],
      [['E716', 'Write `string`.']],
      [['E711', 'The latest is `version: 2`.']],
      [['E713', 'Write `version: 2`, which is the latest.']],
      [['E718', expect.stringContaining(kind.format)]],
    ]);
  });
});
