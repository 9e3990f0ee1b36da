import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { SchemaRegistry } from '../../../src/connectors/schema-registry/registry-client.ts';
import { recordWorld } from '../../support/record-world.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});
async function listening(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
const always =
  (status: number, body: string, type = 'application/json'): RequestListener =>
  (_, response) =>
    response.writeHead(status, { 'content-type': type }).end(body);

const SCHEMA = { schema: '"string"' };
const QUESTIONS = {
  id: (registry: SchemaRegistry) => registry.byId(7),
  version: (registry: SchemaRegistry) => registry.version('a-value', 1),
  latest: (registry: SchemaRegistry) => registry.latestVersion('a-value'),
  register: (registry: SchemaRegistry) => registry.idOf('a-value', SCHEMA),
} as const;

function registryAt(registry: string, warnings: string[] = [], more: object = {}): SchemaRegistry {
  const options = { registry, user: undefined, password: undefined, registry_wait: 100, register: 'always' as const };
  // Pauses take no time, and nothing else does.
  let now = 0;
  const sleep = async (ms: number) => {
    now += ms;
  };
  const clock = { now: () => now, elapsed: () => now, sleep };
  return new SchemaRegistry({ ...options, ...more }, { ...recordWorld(warnings), clock });
}

describe.each(Object.entries(QUESTIONS))('what answers the question for a schema by %s', (name, ask) => {
  it.each([
    ['a page to log in', 200, '<html>log in</html>', 'text/html'],
    ['nothing', 200, '', 'application/json'],
    ['no content', 204, '', 'application/json'],
    ['an empty object', 200, '{}', 'application/json'],
    ['null', 200, 'null', 'application/json'],
    ['a list', 200, '[]', 'application/json'],
    ['members of other types', 200, '{"id":"seven","schema":5,"version":"x"}', 'application/json'],
    ['numbers that are none of its own', 200, '{"id":-3,"version":-3}', 'application/json'],
    ['ids of a half', 200, '{"id":1.5,"version":0}', 'application/json'],
    ['a page that is not there', 404, '<h1>not found</h1>', 'text/html'],
    ['something that is not there, in words of its own', 404, '{"title":"no path","status":404}', 'application/json'],
  ])('is no registry where it is %s', async (_, status, body, type) => {
    const warnings: string[] = [];
    const asked = ask(registryAt(await listening(always(status, body, type)), warnings, { registry_wait: 600 }));
    await expect(asked).rejects.toMatchObject({ code: 'R152', message: expect.stringContaining('no schema registry') });
    // It was asked again: a proxy answers so while what is behind it starts.
    expect(warnings).toHaveLength(1);
  });

  it('is asked again where it was cut off', async () => {
    let times = 0;
    const url = await listening((request, response) => {
      times += 1;
      const whole = '{"id":7,"version":3,"schema":"\\"string\\""}';
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': whole.length });
      if (times > 1) response.end(whole);
      else response.write(whole.slice(0, 9), () => request.socket.destroy());
    });
    expect(await ask(registryAt(url, [], { registry_wait: 5_000 }))).toEqual(
      name === 'register' ? 7 : name === 'latest' ? 3 : expect.objectContaining(SCHEMA),
    );
    expect(times).toBe(2);
  });

  it('is not waited for though it sends a byte now and then', async () => {
    const url = await listening((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const timer = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(timer));
    });
    await expect(ask(registryAt(url, [], { timeout: 150 }))).rejects.toMatchObject({ code: 'R152' });
  });

  it('knows that there is nothing where it says so', async () => {
    const url = await listening(always(404, '{"error_code":40401,"message":"no"}'));
    const asked = ask(registryAt(url));
    if (name === 'register') await expect(asked).rejects.toMatchObject({ code: 'R157' });
    else expect(await asked).toBeNull();
  });

  it('refuses by other statuses, and only what is registered can be incompatible', async () => {
    for (const [status, code, hint] of [
      [401, 'R156', 'name who asks'],
      [403, 'R156', 'name who asks'],
      [400, 'R156', 'address'],
      [409, name === 'register' ? 'R154' : 'R156', ''],
      [422, name === 'register' ? 'R154' : 'R156', ''],
    ] as const) {
      const url = await listening(always(status, `{"error_code":${status}01,"message":"no"}`));
      await expect(ask(registryAt(url))).rejects.toMatchObject({ code, hint: expect.stringContaining(hint) });
    }
  });
});

it.each([
  'registry:8081',
  '127.0.0.1:8081/apis',
  'ftp://registry',
  'http://',
  'me:word',
])('%s is no address of a registry, and is not repeated', address => {
  expect(() => registryAt(address)).toThrow(
    expect.objectContaining({ code: 'R151', message: expect.not.stringContaining(address) }),
  );
});

it('a schema may say null of what it has not', async () => {
  const body = '{"schema":"\\"string\\"","schemaType":null,"references":null}';
  expect(await registryAt(await listening(always(200, body))).byId(7)).toEqual({ ...SCHEMA, references: [] });
});

it('whoever waits for a registry can be stopped', async () => {
  const stop = new AbortController();
  const url = await listening(() => stop.abort(new Error('stopped')));
  const options = { registry: url, user: undefined, password: undefined, registry_wait: 60_000 };
  const registry = new SchemaRegistry(options, { ...recordWorld(), signal: stop.signal });
  await expect(registry.byId(7)).rejects.toThrow('stopped');
});
