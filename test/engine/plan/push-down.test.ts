import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluator, loadCatalog } from '../../../src/cli/load-catalog.ts';
import { systemClock } from '../../../src/engine/base/system-clock.ts';
import { rowsOfBatch } from '../../../src/engine/columnar/rows.ts';
import type { Plan } from '../../../src/engine/plan/plan.ts';
import { pushDown } from '../../../src/engine/plan/push-down.ts';
import { runInProcess } from '../../../src/engine/runtime/run-in-process.ts';
import { compiled } from '../../support/run-flow.ts';
import { temporaryFolders } from '../../support/temporary-folder.ts';

const folder = temporaryFolders();
const GOLDEN = join(import.meta.dirname, '../../golden/flows');

async function planOf(flow: string, params: Readonly<Record<string, string>>): Promise<Plan> {
  const { plan } = await compiled(join(GOLDEN, flow), params);
  if (plan === null) throw new Error('compiled() has checked');
  return plan;
}

/** What every sink would have written, as sorted JSON. */
async function sinkRows(plan: Plan): Promise<Readonly<Record<string, readonly string[]>>> {
  const sinks = plan.nodes.filter(node => node.kind === 'sink').map(node => node.id);
  const capture = sinks.map(node => ({ node, port: 'out' }));
  const { rows } = await runInProcess(plan, await loadCatalog([]), { clock: systemClock, capture, evaluator });
  return Object.fromEntries(
    sinks.map(sink => [
      sink,
      (rows.get(`${sink}:out`) ?? [])
        .flatMap(rowsOfBatch)
        .map(row => JSON.stringify(row))
        .sort(),
    ]),
  );
}

describe('push-down', () => {
  it.each([
    ['filter/filter.flow', { out: 'x.csv' }],
    ['tables/tables.flow', { out: 'x.csv' }],
    ['dead-letters/1-stream.flow', { data: join(GOLDEN, 'dead-letters/input.csv') }],
    ['json-in/json-in.flow', { data: join(GOLDEN, 'json-in/input.ndjson') }],
  ] as const)('changes no row of %s', async (flow, params) => {
    const plan = await planOf(flow, params);
    const pushed = pushDown(plan, await loadCatalog([]));
    const before = await sinkRows(plan);
    expect(Object.values(before).flat().length).toBeGreaterThan(0);
    expect(await sinkRows(pushed)).toEqual(before);
  });

  it('decodes only the columns somebody reads', async () => {
    const path = join(await folder(), 'few.flow');
    await writeFile(
      path,
      `flow few v1
       schema Visit { id: int @id, patient: string @entity @phi, ward: string, days: int, cost: float? }
       source visits = file("visits.csv") { schema: Visit, on_bad: fail }
       sink long = visits | derive { dear = (cost ?? 0.0) > 9.0 } | where days > 7 | select { id, dear } | write topic("long")
      `,
    );
    const { plan } = await compiled(path, {});
    if (plan === null) throw new Error('compiled() has checked');
    const source = pushDown(plan, await loadCatalog([])).nodes.find(node => node.kind === 'source');
    expect(source?.kind === 'source' && source.schema.fields.map(field => field.name)).toEqual(['id', 'days', 'cost']);
  });

  it('runs a filter before a stage that only adds columns', async () => {
    const path = join(import.meta.dirname, '../../../pipelines/readmission/score.flow');
    const { plan } = await compiled(path, { data: 'x.csv' });
    const catalog = await loadCatalog([]);
    if (plan === null) throw new Error('compiled() has checked');
    const order = pushDown(plan, catalog).nodes.map(node => node.id);
    const moved = order.filter(id => id.startsWith('scored') || id.startsWith('alerts'));
    expect(moved.indexOf('scored/where')).toBeLessThan(moved.indexOf('scored'));
  });
});
