import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtinCatalog } from '../../src/cli/catalog.ts';
import { registeredSchema } from '../../src/connectors/schema-registry/registered-schema.ts';
import type { CompileHost } from '../../src/dsl/compile.ts';
import { askedSchemas, compileFlow } from '../../src/dsl/compile-flow.ts';
import { completionsAt } from '../../src/dsl/complete.ts';
import { formatFlow } from '../../src/dsl/format.ts';
import { answeredHost } from '../support/answered-host.ts';

const CATALOG = builtinCatalog();

function hostOf(files: Readonly<Record<string, string>>): CompileHost {
  return {
    read: path => files[path] ?? null,
    resolve: (from, relative) => posix.join(posix.dirname(from), relative),
    env: () => undefined,
  };
}
async function compiled(text: string, more: Readonly<Record<string, string>> = {}) {
  const host = await answeredHost('main.flow', hostOf({ ...more, 'main.flow': text }));
  return compileFlow({ path: 'main.flow', catalog: CATALOG, host, params: {} });
}
/** The plan's nodes, without where they are written. */
async function nodesOf(text: string, more: Readonly<Record<string, string>> = {}) {
  const { plan, diagnostics } = await compiled(text, more);
  expect(diagnostics.filter(one => one.severity === 'error')).toEqual([]);
  return plan?.nodes.map(({ span, ...node }) => node);
}

const FROM = 'schema Visit from registry("ehr.visits-value", version: 2)';
const REST = `
source visits = topic("ehr.visits") { format: avro, schema: Visit, on_bad: fail }
sink out = visits | where ward == "A" | write topic("out")`;

describe('a schema of a registry', () => {
  it('is the same plan as one that is written out', async () => {
    const written = `schema Visit { patient: string, admitted: timestamp, born: date, ward: enum("A", "B"), hr: float?, codes: list<string> }`;
    expect(await nodesOf(`flow f v1\n${FROM}${REST}`)).toEqual(await nodesOf(`flow f v1\n${written}${REST}`));
  });

  it('has with braces the fields written there, with their marks and ranges, and those that may be missing where they may not be', async () => {
    const fields = '{ ward: string, heart_rate: float in 20.0..250.0, patient: string @entity @phi }';
    expect(await nodesOf(`flow f v1\n${FROM} ${fields}${REST}`)).toEqual(
      await nodesOf(`flow f v1\nschema Visit ${fields}${REST}`),
    );
  });

  it('has with `..` in the braces all others there, but for those that are named', async () => {
    const fields = '{ patient: string @entity @phi, .., heart_rate: float in 20.0..250.0 }';
    const written =
      '{ patient: string @entity @phi, admitted: timestamp, born: date, ward: enum("A", "B"), codes: list<string>, heart_rate: float in 20.0..250.0 }';
    expect(await nodesOf(`flow f v1\n${FROM} ${fields}${REST}`)).toEqual(
      await nodesOf(`flow f v1\nschema Visit ${written}${REST}`),
    );
    expect(await nodesOf(`flow f v1\n${FROM} {\n  ..\n}${REST}`)).toEqual(await nodesOf(`flow f v1\n${FROM}${REST}`));
    const { diagnostics } = await compiled(`flow f v1\n${FROM} { .., .. }${REST}`);
    expect(diagnostics.map(({ code }) => code)).toEqual(['E205']);
  });

  it('is taken over by others, and imported from libraries', async () => {
    const library = `${FROM} { ward: string }\nschema Keyed { ..Visit, key: string }`;
    const rest = REST.replaceAll('Visit', 'Keyed').replace('on_bad', 'map: { key: key() }, on_bad');
    const written = `flow f v1\nschema Keyed { ward: string, key: string }${rest}`;
    const text = `flow f v1\nimport { Keyed } from "./lib.flow"${rest}`;
    expect(await nodesOf(text, { 'lib.flow': library })).toEqual(await nodesOf(written));
    expect(askedSchemas('main.flow', hostOf({ 'main.flow': text, 'lib.flow': library }))).toEqual([
      { subject: 'ehr.visits-value', version: 2 },
    ]);
  });

  it('is of a field, and given in tests', async () => {
    const { tests, diagnostics } = await compiled(`flow f v1\n${FROM}${REST}
schema Both { visit: Visit, note: Note }
schema Note from registry("ward.notes-value", version: 1)
test "a" { given visits [{ patient: "p", ward: "A", codes: ["x"] }] expect out [{ patient: "p", hr: null }] }`);
    expect(diagnostics.filter(one => one.severity === 'error')).toEqual([]);
    expect(tests).toHaveLength(1);
  });

  it('makes no plan where nobody has asked for it, braces or none', () => {
    for (const fields of ['', ' { ward: string }']) {
      const host = hostOf({ 'main.flow': `flow f v1\n${FROM}${fields}${REST}` });
      const { plan, diagnostics } = compileFlow({ path: 'main.flow', catalog: CATALOG, host, params: {} });
      expect(plan).toBeNull();
      expect(diagnostics.map(({ code }) => code)).toEqual(['E710']);
    }
  });

  it('of which each part doubles is too large, and found so at once', async () => {
    const record = (i: number): object => ({
      type: 'record',
      name: `R${i}`,
      fields: [0, 1].map(n => ({ name: `f${n}`, type: i === 0 ? 'int' : n === 0 ? record(i - 1) : `R${i - 1}` })),
    });
    const schema = await registeredSchema({ schema: JSON.stringify(record(25)) }, async () => null);
    const host = {
      ...hostOf({ 'main.flow': `flow f v1\n${FROM}${REST}` }),
      registered: () => ({ kind: 'schema' as const, schema }),
    };
    const { diagnostics } = compileFlow({ path: 'main.flow', catalog: CATALOG, host, params: {} });
    expect(diagnostics.map(({ code }) => code)).toEqual(['E357']);
    const small = { ...host, read: () => `flow f v1\n${FROM} { f0: int }${REST}` };
    expect(compileFlow({ path: 'main.flow', catalog: CATALOG, host: small, params: {} }).diagnostics[0]).toMatchObject({
      ...{ code: 'E716', hint: null },
    });
  });

  it('is asked for with what is written', () => {
    const ask = (call: string) => askedSchemas('main.flow', hostOf({ 'main.flow': `schema A from registry(${call})` }));
    expect(ask('"a-value", version: 7, url: "http://r:1", user: env("U"), password: env("P")')).toEqual([
      {
        ...{ subject: 'a-value', version: 7, url: 'http://r:1' },
        ...{ user: { secret: 'env', name: 'U' }, password: { secret: 'env', name: 'P' } },
      },
    ]);
    expect(ask('"a-value"')).toEqual([{ subject: 'a-value', version: null }]);
    expect(ask('"a-value", version: latest')).toEqual([{ subject: 'a-value', version: null }]);
    // What is wrong is told when the flow is compiled.
    expect(ask('"a-value", version: $v')).toEqual([]);
  });
});

it('is laid out as all calls and braces are', () => {
  const text =
    'schema  A from   registry( "a-value" ,version:1 )\nschema B from registry("b-value", version: 2){ x:int?,\ny : string @phi }\n';
  expect(formatFlow(text, 'a.flow').text).toBe(
    'schema A from registry("a-value", version: 1)\nschema B from registry("b-value", version: 2) {\n  x: int?\n  y: string @phi\n}\n',
  );
  const long = `schema Visit from registry("${'ehr.'.repeat(15)}visits-value", version: 3, url: "http://127.0.0.1:8081", user: env("SCHEMA_REGISTRY_USER"), password: env("SCHEMA_REGISTRY_PASSWORD"))\n`;
  const once = formatFlow(long, 'a.flow').text;
  expect(formatFlow(once, 'a.flow').text).toBe(once);
});

describe('while it is written', () => {
  const offered = async (before: string, rest = '') => {
    const text = `flow f v1\n${before}`;
    const host = await answeredHost('main.flow', hostOf({ 'main.flow': `${text}${rest}` }));
    return completionsAt({
      path: 'main.flow',
      text: `${text}${rest}`,
      offset: text.length,
      catalog: CATALOG,
      host,
    }).map(({ label }) => label);
  };
  it('its words are offered', async () => {
    expect(await offered('schema Visit ')).toEqual(['from']);
    expect(await offered('schema Visit from ')).toEqual(['registry']);
    expect(await offered('schema Visit from registry("a", ')).toEqual(['version', 'url', 'user', 'password']);
    expect(await offered('schema Visit from registry("ehr.visits-value", version: 2) { patient: ')).toContain('string');
  });
  it('the fields it has are offered in its braces, with their types', async () => {
    const before = `${FROM} {\n  patient: string @phi\n  `;
    expect(await offered(before, '\n  born: date }')).toEqual(
      expect.arrayContaining(['admitted', 'ward', 'hr', 'codes']),
    );
    expect(await offered(before, '\n  born: date }')).not.toEqual(expect.arrayContaining(['patient']));
    expect(await offered(before, '\n  born: date }')).not.toEqual(expect.arrayContaining(['born']));
    expect(await offered('schema A from registry("nothing-value", version: 2) { ')).toEqual([]);
  });
  it('its fields are offered where rows of it are', async () => {
    expect(await offered(`${FROM}${REST}\nlet x = visits | where `)).toEqual(
      expect.arrayContaining(['admitted', 'born', 'ward']),
    );
  });
});
