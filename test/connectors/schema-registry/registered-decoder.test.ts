import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { avro } from '../../../src/connectors/schema-registry/avro/avro.ts';
import { protobuf } from '../../../src/connectors/schema-registry/protobuf/protobuf.ts';
import { HEADER_BYTES, putHeader } from '../../../src/connectors/schema-registry/wire-format.ts';
import { decodeRecordFrame, NULL_PART, RecordFrames } from '../../../src/engine/columnar/record-frame.ts';
import { rowsOfBatch } from '../../../src/engine/columnar/rows.ts';
import type { BadRow } from '../../../src/engine/contract/connector.ts';
import { recordWorld } from '../../support/record-world.ts';
import { schemaOf } from '../support/decode.ts';

const AVRO = JSON.stringify({ type: 'record', name: 'R', fields: [{ name: 'id', type: 'string' }] });
const PROTO = 'syntax = "proto3"; message R { string id = 1; }';

/** By path without its query; what is not in it is not known (404). */
const known = new Map<string, object>();
let asked = 0;
const server = createServer((request, response) => {
  asked += 1;
  const found = known.get(request.url?.split('?')[0] ?? '');
  const body = found ?? { error_code: 40_403, message: 'not found' };
  response.writeHead(found === undefined ? 404 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
});
beforeAll(() => new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise(resolve => server.close(resolve)));

/** Decodes records one by one, at times that are set. */
function decoderOf(format: typeof avro | typeof protobuf) {
  const time = { ms: 0 };
  const bad: BadRow[] = [];
  const clock = { now: () => time.ms, elapsed: () => time.ms, sleep: async () => undefined };
  const registry = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const decoder = format.records!.decoder({
    ...{ names: {}, nulls: [], onRange: 'bad', zone: null, parts: {}, tombstones: 'bad', batchRows: 8_192, topic: 't' },
    options: { registry, registry_wait: 1_000, subject: 'topic', register: 'never' } as never,
    world: { ...recordWorld(), clock },
    schema: schemaOf({ id: 'string' }),
    bad: row => bad.push(row),
  });
  const one = async (id: number, body: readonly number[]) => {
    const bytes = new Uint8Array(HEADER_BYTES + body.length);
    bytes.set(body, putHeader(bytes, 0, id));
    const frames = new RecordFrames();
    frames.add(0, NULL_PART, { bytes, from: 0, to: bytes.length }, NULL_PART);
    const records = decodeRecordFrame(frames.take()[0]);
    await decoder.add(records, 0, records.count);
    const { batch } = decoder.take();
    const { code, reason } = bad.pop() ?? {};
    return batch === null || batch.rows === 0 ? `${code} ${reason}` : rowsOfBatch(batch)[0];
  };
  return { one, time };
}

test.each([
  ['avro', avro, { schema: AVRO }, [2, 0x61]],
  ['protobuf', protobuf, { schema: PROTO, schemaType: 'PROTOBUF' }, [0, 0x0a, 1, 0x61]],
] as const)('%s: an id the registry does not know is asked again after a pause', async (_, format, schema, body) => {
  known.clear();
  const { one, time } = decoderOf(format);
  expect(await one(7, body)).toContain('R426 the schema registry knows no schema 7');
  known.set('/schemas/ids/7', schema);
  asked = 0;
  time.ms = 9_999;
  expect(await one(7, body)).toContain('R426');
  expect(asked).toBe(0);
  time.ms = 10_000;
  expect(await one(7, body)).toEqual({ id: 'a' });
  time.ms = 50_000;
  expect(await one(7, body)).toEqual({ id: 'a' });
  expect(asked).toBe(1);
});

test.each([
  ['avro', avro, { schema: PROTO, schemaType: 'PROTOBUF' }, { schema: AVRO }, [2, 0x61]],
  ['avro', avro, { schema: '{"type":"record","name":"R","fields":[null]}' }, { schema: AVRO }, [2, 0x61]],
  ['protobuf', protobuf, { schema: AVRO }, { schema: PROTO, schemaType: 'PROTOBUF' }, [0, 0x0a, 1, 0x61]],
] as const)('%s: one record of another kind of schema is bad, and those after it are read', async (name, format, wrong, right, body) => {
  known.clear();
  known.set('/schemas/ids/8', wrong).set('/schemas/ids/9', right);
  const { one } = decoderOf(format);
  const told = await one(8, body);
  expect(told).toMatch(new RegExp(`^R426 .*not one of ${name}`, 'i'));
  expect(told).toContain('Schema 8: ');
  expect(await one(9, body)).toEqual({ id: 'a' });
});

test('a schema whose references the registry does not have yet is asked again too', async () => {
  known.clear();
  const outer = { type: 'record', name: 'O', fields: [{ name: 'id', type: 'Inner' }] };
  known.set('/schemas/ids/7', {
    schema: JSON.stringify(outer),
    references: [{ name: 'Inner', subject: 'i', version: 1 }],
  });
  const { one, time } = decoderOf(avro);
  expect(await one(7, [0])).toContain('the name of a type that is not defined');
  const inner = { type: 'enum', name: 'Inner', symbols: ['x'] };
  known.set('/subjects/i/versions/1', { subject: 'i', id: 1, version: 1, schema: JSON.stringify(inner) });
  time.ms = 10_000;
  expect(await one(7, [0])).toEqual({ id: 'x' });
});
