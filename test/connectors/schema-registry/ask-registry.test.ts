import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { askRegistries } from '../../../src/connectors/schema-registry/ask-registry.ts';
import type { Clock } from '../../../src/engine/base/clock.ts';
import type { RecordWorld } from '../../../src/engine/contract/connector.ts';
import { askKey, type SchemaAsk } from '../../../src/engine/contract/registered-schema.ts';
import { type FakeRegistry, fakeSchemaRegistry } from '../../support/fake-schema-registry.ts';
import { SUBJECTS } from '../../support/registered-subjects.ts';

const PATIENCE = 10_000;
const registries: FakeRegistry[] = [];
afterEach(() => {
  for (const registry of registries.splice(0)) registry.close();
});
async function registryWith(...how: Parameters<typeof fakeSchemaRegistry>): Promise<FakeRegistry> {
  const registry = await fakeSchemaRegistry(...how);
  registries.push(registry);
  return registry;
}

/** A world in which pauses take no time, and are told. */
function quickWorld(variables: Readonly<Record<string, string>> = {}) {
  let now = 0;
  const warnings: string[] = [];
  const clock: Clock = {
    now: () => now,
    elapsed: () => now,
    sleep: async ms => {
      now += ms;
    },
  };
  const world: RecordWorld = {
    clock,
    signal: new AbortController().signal,
    env: name => variables[name],
    warn: code => warnings.push(code),
  };
  return { world, warnings, passed: () => now };
}
const ask = (subject: string, version: number | null, more: Partial<SchemaAsk> = {}): SchemaAsk => ({
  subject,
  version,
  ...more,
});
async function answers(asks: readonly SchemaAsk[], world: RecordWorld, patience = PATIENCE) {
  const found = await askRegistries(asks, world, patience);
  return asks.map(one => found.get(askKey(one)));
}

describe('a registry that is asked for the schemas of a flow', () => {
  it('answers by subject and version, and says what there is instead', async () => {
    const { url } = await registryWith(SUBJECTS);
    const { world, warnings } = quickWorld({ WEIR_SCHEMA_REGISTRY: url });
    const found = await answers(
      [
        ask('ehr.visits-value', 1),
        ask('lab.results-value', 1),
        ask('ward.notes-value', 1),
        ask('ehr.visits-value', 9),
        ask('nothing-value', 1),
        ask('ehr.visits-value', null),
        ask('nothing-value', null),
        ask('counts-value', 1),
      ],
      world,
    );
    expect(found).toMatchObject([
      { kind: 'schema', schema: { type: 'AVRO', fields: [{ name: 'patient' }] } },
      { kind: 'schema', schema: { type: 'PROTOBUF' } },
      { kind: 'schema', schema: { type: 'JSON' } },
      { kind: 'missing', latest: 3 },
      { kind: 'missing', latest: null },
      { kind: 'unpinned', latest: 3 },
      { kind: 'unpinned', latest: null },
      { kind: 'unreadable', why: 'it is a long, no record' },
    ]);
    expect(warnings).toEqual([]);
  });

  it('is asked once for what several schemas are read from', async () => {
    const { url, asked } = await registryWith(SUBJECTS);
    const twice = [ask('ehr.visits-value', 2, { url }), ask('ehr.visits-value', 2, { url })];
    await answers(twice, quickWorld().world);
    expect(asked.map(({ path }) => path)).toEqual(['/subjects/ehr.visits-value/versions/2']);
  });

  it('is told who asks', async () => {
    const { url, asked } = await registryWith(SUBJECTS);
    const who = { user: { secret: 'env', name: 'WHO' }, password: { secret: 'env', name: 'WORD' } };
    const { world } = quickWorld({ WHO: 'weir', WORD: 'secret' });
    await answers([ask('ehr.visits-value', 1, { url, ...who })], world);
    expect(asked[0].authorization).toBe(`Basic ${Buffer.from('weir:secret').toString('base64')}`);
    expect(await answers([ask('ehr.visits-value', 1, { url, ...who })], quickWorld().world)).toMatchObject([
      { kind: 'refused', why: '`user:` of the schema registry is not to be had' },
    ]);
    expect(asked).toHaveLength(1);
  });

  it('is asked again while it fails, and is told so once', async () => {
    const { url, asked } = await registryWith(SUBJECTS, { status: 503, times: 4 });
    const { world, warnings } = quickWorld();
    expect(await answers([ask('ehr.visits-value', 1, { url })], world)).toMatchObject([{ kind: 'schema' }]);
    expect(asked).toHaveLength(5);
    expect(warnings).toEqual(['R153']);
  });

  it('is given up after a while, and then for all its schemas', async () => {
    const { url, asked } = await registryWith(SUBJECTS, { status: 503 });
    const { world, passed } = quickWorld();
    const found = await answers([ask('ehr.visits-value', 1, { url }), ask('lab.results-value', 1, { url })], world);
    const why = 'the schema registry does not tell version 1 of ehr.visits-value: it answers HTTP 503';
    expect(found).toMatchObject([
      { kind: 'away', why },
      { kind: 'away', why },
    ]);
    expect(passed()).toBeLessThanOrEqual(PATIENCE);
    // 250 ms, doubled up to 8 s.
    expect(asked).toHaveLength(6);
  });

  it('is asked once where nobody wants to wait, and not waited for where it only listens', async () => {
    const { url, asked } = await registryWith(SUBJECTS, { status: 503 });
    const one = ask('ehr.visits-value', 1, { url });
    expect(await answers([one], quickWorld().world, 0)).toMatchObject([{ kind: 'away' }]);
    expect(asked).toHaveLength(1);
    const listener = createServer(() => undefined);
    await new Promise<void>(resolve => listener.listen(0, '127.0.0.1', resolve));
    const silent = `http://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    const none = ask('ehr.visits-value', 1, { url: silent });
    expect(await answers([none], quickWorld().world, 0)).toMatchObject([
      { kind: 'away', why: expect.stringContaining('it does not answer') },
    ]);
    listener.closeAllConnections();
    listener.close();
  });

  it.each([401, 403])('that refuses with %d is not asked again', async status => {
    const { url, asked } = await registryWith(SUBJECTS, { status });
    expect(await answers([ask('ehr.visits-value', 1, { url })], quickWorld().world)).toMatchObject([
      { kind: 'refused', hint: 'Name who asks: `user: env("…"), password: env("…")`.' },
    ]);
    expect(asked).toHaveLength(1);
  });

  it('has to be named', async () => {
    expect(await answers([ask('ehr.visits-value', 1), ask('a', 2)], quickWorld().world)).toMatchObject([
      { kind: 'away', hint: 'Write `url: "http://…"` beside the version, or set WEIR_SCHEMA_REGISTRY.' },
      { kind: 'away', why: 'no schema registry is named' },
    ]);
  });
});
