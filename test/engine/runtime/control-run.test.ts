import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/engine/base/system-clock.ts';
import type { ModelContent } from '../../../src/engine/contract/value.ts';
import { openEmbeddedLog } from '../../../src/engine/log/embedded/embedded-log.ts';
import { openRegistry } from '../../../src/engine/models/registry.ts';
import type { Plan, PlanNode, RegistryNode } from '../../../src/engine/plan/plan.ts';
import { logFolder, registryFolder } from '../../../src/engine/runtime/weir-folder.ts';
import { bool, call, column, literal, numbers, numbersSchema, planOf, rows, sink, stage } from './support/plans.ts';
import { finish } from './support/run-plan.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-runtime-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const model = { kind: 'model', features: ['n'], predicts: bool } as const;
const labelled = { fields: [...numbersSchema.fields, { name: 'hit', type: bool, nullable: false }] };

/** A report, a model, a gate on the report, and the publication behind it. */
function release(least: number, otherwise: 'fail' | 'skip'): Plan {
  const hit = call('lt', bool, column('k'), literal(3));
  const gate = call('ge', bool, column('total.rows'), literal(least));
  const nodes: PlanNode[] = [
    numbers('nums', 1, 50),
    stage('kept', 'derive', 'nums', { block: [{ name: 'hit', value: hit }] }, { out: rows(labelled) }),
    stage('total', 'sum_of', 'kept', { column: 'n' }, { out: { kind: 'report', metrics: ['rows'] } }),
    stage(
      'ready',
      'as_features',
      'kept',
      { columns: ['n'] },
      {
        out: rows({
          fields: [...labelled.fields, { name: 'features', type: { kind: 'features', names: ['n'] }, nullable: false }],
        }),
      },
    ),
    stage(
      'means',
      'learn',
      'ready',
      { learner: { rule: 'means', params: { rounds: 2 } }, label: 'hit' },
      { out: model },
    ),
    stage(
      'out/require',
      'require',
      'means',
      { gate, else: otherwise },
      { out: model },
      { gate: [{ node: 'total', port: 'out' }] },
    ),
    stage(
      'out',
      'publish',
      'out/require',
      { registry: { connector: 'registry', options: { name: 'hits' } }, tag: 'champion' },
      { out: { kind: 'done' } },
      { with: [{ node: 'total', port: 'out' }] },
    ),
  ];
  return planOf(nodes);
}
const registry = () => openRegistry(registryFolder(folder), systemClock);

describe('a gate', () => {
  it('lets a model pass that is good enough, which is then published, once', async () => {
    for (let run = 0; run < 2; run++) {
      const { summary } = await finish(release(50, 'fail'), folder);
      expect(summary.error).toBeUndefined();
      expect(summary.models['means'].version).toBe('1');
      expect(summary.reports['total']['rows']).toBe(50);
    }
    const published = await registry().resolve('hits', 'champion');
    expect((published?.content.json as unknown as ModelContent).recipe.flow).toBe('test_flow v1');
    expect((await registry().history('hits')).filter(line => line.action === 'publish')).toHaveLength(1);
  });

  it('ends the run with a code of its own where a model is not', async () => {
    const { summary } = await finish(release(51, 'fail'), folder);
    expect(summary.error?.code).toBe('R520');
    expect(summary.error?.message).toContain('total.rows = 50');
    expect(await registry().resolve('hits', 'champion')).toBeNull();
  });

  it('ends its branch alone where the flow says skip', async () => {
    const { summary } = await finish(release(51, 'skip'), folder);
    expect(summary.ok).toBe(true);
    expect(await registry().resolve('hits', 'champion')).toBeNull();
  });
});

describe('a model of a registry', () => {
  const wanted = (change: Partial<RegistryNode> = {}): Plan =>
    planOf([
      {
        kind: 'registry',
        id: 'risk',
        binding: 'risk',
        ports: { out: model },
        span: { file: 't', start: 0, end: 0, line: 1, column: 1 },
        registry: 'hits',
        alias: 'champion',
        features: ['n'],
        predicts: bool,
        featuresHash: null,
        fallback: 'fail',
        ...change,
      },
    ]);

  it('is pinned, and refused where it is not what the flow declares', async () => {
    await finish(release(50, 'fail'), folder);
    const { summary } = await finish(wanted(), folder);
    expect(summary.models['risk'].version).toBe('1');
    const other = await finish(wanted({ predicts: { kind: 'enum', values: ['a', 'b'] } }), folder);
    expect(other.summary.error?.code).toBe('R305');
  });

  it('that is not there ends the run, or is told of, as the flow says', async () => {
    expect((await finish(wanted(), folder)).summary.error?.code).toBe('R301');
    const { summary, events } = await finish(wanted({ fallback: 'skip' }), folder);
    expect(summary.ok).toBe(true);
    expect(events).toContainEqual(expect.objectContaining({ event: 'warning', code: 'R301', stage: 'risk' }));
  });
});

it('says what is wrong with the world, and leaves nothing half made', async () => {
  const missing = planOf([
    { ...numbers('file', 0, 0), connector: { connector: 'file', options: { path: join(folder, 'no.csv') } } },
    sink('out', 'file', 'topic', { name: 'out' }),
  ]);
  expect((await finish(missing, folder)).summary.error?.code).toBe('R201');
  await writeFile(join(folder, 'a file'), '');
  const unwritable = planOf([
    numbers('nums', 1, 10),
    sink('out', 'nums', 'file', { path: join(folder, 'a file', 'out.csv') }),
  ]);
  expect((await finish(unwritable, folder, { workers: 1 })).summary.error?.code).toMatch(/^R21[13]$/);
});

it('does not start while another run has the log', async () => {
  const plan = planOf([numbers('nums', 1, 10), sink('out', 'nums', 'topic', { name: 'out' })]);
  const held = await openEmbeddedLog({ dir: logFolder(folder), clock: systemClock });
  expect((await finish(plan, folder)).summary.error?.code).toBe('R107');
  await held.close();
  expect((await finish(plan, folder)).summary.ok).toBe(true);
});
