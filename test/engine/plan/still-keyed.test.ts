import { expect, it } from 'vitest';
import { loadCatalog } from '../../../src/cli/load-catalog.ts';
import { compileFlow } from '../../../src/dsl/compile-flow.ts';
import { systemClock } from '../../../src/engine/base/system-clock.ts';
import { batchFromRows, rowsOfBatch } from '../../../src/engine/columnar/rows.ts';
import { planPhysical } from '../../../src/engine/plan/physical-plan.ts';
import { runInProcess } from '../../../src/engine/runtime/run-in-process.ts';

const ROWS = 600;
const PARTITIONS = 4;

async function compiledFlow(stages: string) {
  const text = `flow f v1
schema R { id: int @id, k: int in 0..1000, other: int }
source rows = topic("in") { schema: R, on_bad: fail }
let counted = rows ${stages}
sink out = counted | aggregate by: k { m = count() } | write topic("out"), key: k
`;
  const catalog = await loadCatalog([]);
  const host = { read: () => text, resolve: (_: string, path: string) => path, env: () => undefined };
  const { plan, diagnostics } = compileFlow({ path: 'f.flow', catalog, host, params: {} });
  if (plan === null) throw new Error(diagnostics.map(one => one.message).join('\n'));
  return { plan, catalog };
}

it.each([
  ['the key given another value', '| aggregate by: k { n = count() } | derive { k = k % 3 }', 2],
  ['another column under its name', '| aggregate by: k { n = count(), o = last(other) } | select { k = o, n }', 2],
  ['another value, further on', '| aggregate by: k { n = count() } | derive { k = k % 3 } | where n > 0', 2],
  ['the key as it was', '| aggregate by: k { n = count() } | derive { z = n * 2 } | where z > 0 | select { k, z }', 1],
  ['the key under its own name', '| aggregate by: k { n = count() } | derive { k = k }', 1],
])('rows travel anew where they have to: %s', async (_, stages, exchanges) => {
  const { plan, catalog } = await compiledFlow(stages);
  const chains = planPhysical(plan, catalog).jobs.flatMap(job => (job.kind === 'stream' ? job.chains : []));
  expect(chains.filter(chain => chain.input.kind === 'exchange')).toHaveLength(exchanges);
});

it('groups of a key that was given another value are whole at any number of partitions', async () => {
  const { plan, catalog } = await compiledFlow('| aggregate by: k { n = count() } | derive { k = k % 3 }');
  const source = plan.nodes.find(node => node.kind === 'source');
  if (source?.kind !== 'source') throw new Error('the flow has a source');
  const given = Array.from({ length: ROWS }, (_, id) => ({ id, k: (id * 7) % 50, other: 0 }));
  const { rows } = await runInProcess(plan, catalog, {
    clock: systemClock,
    partitions: PARTITIONS,
    rows: new Map([
      [
        source.id,
        [
          batchFromRows(
            source.schema,
            given.map(row => pick(row, source.schema.fields)),
          ),
        ],
      ],
    ]),
    capture: [{ node: 'out', port: 'out' }],
  });
  const most = new Map<unknown, number>();
  for (const row of (rows.get('out:out') ?? []).flatMap(rowsOfBatch)) {
    most.set(row['k'], Math.max(most.get(row['k']) ?? 0, Number(row['m'])));
  }
  const wanted = [0, 1, 2].map(k => [k, given.filter(row => (row.k % 50) % 3 === k).length]);
  expect([...most].sort()).toEqual(wanted);
});

function pick(row: Readonly<Record<string, number>>, fields: readonly { readonly name: string }[]) {
  return Object.fromEntries(fields.map(({ name }) => [name, row[name]]));
}
