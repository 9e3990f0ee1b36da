import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { type FakeRegistry, fakeSchemaRegistry } from '../support/fake-schema-registry.ts';
import { SUBJECTS } from '../support/registered-subjects.ts';
import { folderForFile, weir } from './weir-process.ts';

const FLOW = `flow visits v1
schema Visit from registry("ehr.visits-value", version: 2) { patient: string, ward: enum("A", "B"), hr: float? }
source made = generate(200, seed: 1) { schema: Visit }
sink out = made | where ward == "A" | write topic("out")
test "wards" { given made [{ patient: "p", ward: "A" }, { patient: "q", ward: "B" }] expect out [{ patient: "p" }] }
`;
const TIMEOUT = 60_000;

describe('schemas of a registry, from the command line', { timeout: TIMEOUT }, () => {
  const cwd = folderForFile();
  let registry: FakeRegistry | null = null;
  afterEach(() => registry?.close());
  async function asked(text: string, args: readonly string[], failing: { readonly status: number } | null = null) {
    writeFileSync(join(cwd, 'visits.flow'), text);
    registry = await fakeSchemaRegistry(SUBJECTS, failing);
    const env = {
      ...{ WEIR_SCHEMA_REGISTRY: registry.url, REGISTRY_USER: 'weir', REGISTRY_PASSWORD: 'word' },
    };
    const result = await weir([args[0], 'visits.flow', ...args.slice(1)], { cwd, env });
    return { ...result, paths: registry.asked.map(({ path }) => path) };
  }

  it.each([
    [['check']],
    [['explain']],
    [['test']],
    [['preview', 'out']],
    [['simulate', '--seeds', '2']],
    [['run', '--workers', '2', '--until-caught-up']],
    [['complete', '--at', '4:24']],
  ])('%j asks once: workers have the plan', async args => {
    const { code, err, paths } = await asked(FLOW, args);
    expect([code, paths], err).toEqual([EXIT.ok, ['/subjects/ehr.visits-value/versions/2']]);
  });

  it('plan asks too, before it looks for the stream', async () => {
    const { err, paths } = await asked(FLOW, ['plan', '--against', 'empty']);
    expect(paths).toEqual(['/subjects/ehr.visits-value/versions/2']);
    expect(err).toContain('R130');
  });

  it('a format finds the registry, and who asks, by the environment of its worker', async () => {
    const options = 'format: avro, register: never, user: env("REGISTRY_USER"), password: env("REGISTRY_PASSWORD")';
    const args = ['run', '--workers', '1', '--until-caught-up', '--json', '--log', 'other'];
    const { out, paths } = await asked(FLOW.replace('topic("out")', `topic("out"), ${options}`), args);
    expect(JSON.parse(out.trim().split('\n').at(-1) ?? '')).toMatchObject({ error: { code: 'R157' } });
    expect(paths).toContain('/subjects/out-value');
    expect(registry?.asked.at(-1)?.authorization).toBe(`Basic ${Buffer.from('weir:word').toString('base64')}`);
  });

  it('check --json has what is wrong, with its place and hint', async () => {
    const { code, out } = await asked(FLOW.replace('ward: enum', 'wards: enum'), ['check', '--json']);
    const { ok, diagnostics } = JSON.parse(out) as { ok: boolean; diagnostics: readonly object[] };
    expect([code, ok]).toEqual([EXIT.flow, false]);
    expect(diagnostics[0]).toMatchObject({
      ...{ code: 'E715', severity: 'error', hint: 'Did you mean `ward`?' },
      ...{ message: '`ehr.visits-value` version 2 has no field `wards`', span: { line: 2, column: 79 } },
    });
  });

  it.each([
    'check',
    'run',
  ])('%s ends with 4 where the registry refuses, for nothing is wrong with the flow', async command => {
    const { code, out } = await asked(FLOW, [command, '--json'], { status: 403 });
    const { diagnostics } = JSON.parse(out) as { diagnostics: readonly object[] };
    expect([code, diagnostics]).toMatchObject([EXIT.world, [{ code: 'E712' }]]);
  });

  it('and with 1 where there is something wrong besides', async () => {
    const { code } = await asked(FLOW.replace('| where', '| whre'), ['check'], { status: 403 });
    expect(code).toBe(EXIT.flow);
  });
});
