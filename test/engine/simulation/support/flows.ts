import { dirname, join } from 'node:path';
import { loadCatalog } from '../../../../src/cli/load-catalog.ts';
import type { CompileHost } from '../../../../src/dsl/compile.ts';
import { compileFlow } from '../../../../src/dsl/compile-flow.ts';
import { renderDiagnostic } from '../../../../src/dsl/diagnostics/render.ts';
import type { Clock } from '../../../../src/engine/base/clock.ts';
import { openRegistry } from '../../../../src/engine/models/registry.ts';
import { operatorCatalog } from '../../../../src/engine/runtime/catalog-module.ts';
import { generatedRows } from '../../../../src/engine/simulation/generated-rows.ts';
import { type SimulatedFlow, simulatedFlow } from '../../../../src/engine/simulation/simulated-flow.ts';
import { diskHost } from '../../../support/run-flow.ts';

const GOLDEN = join(import.meta.dirname, '../../../golden/flows');

const VISITS = `
schema Visit {
  id: int @id, patient: string @entity @phi, ward: enum("a", "b", "c"), days: int in 0..30, cost: float? in 0.0..100.0
}
source visits = topic("visits") { schema: Visit, on_bad: dlq("visits.bad") }
`;

/** Rows one by one: those without a divisor are refused. */
const STATELESS = `flow stateless v1
${VISITS}
sink costs = visits | where ward != "c" | derive { per_day = cost / days } | write topic("costs"), key: patient
`;
/** Behind one exchange. */
const AGGREGATE = `flow aggregate v1
${VISITS}
sink so_far = visits
  | aggregate by: patient { visits = count(), days = sum(days), dearest = max(cost), newest = last(id) }
  | write topic("so_far"), key: patient
`;
/** Behind two: what the second makes of a key does not depend on the order of rows of different patients. */
const TWICE = `flow twice v1
${VISITS}
let patients = visits | aggregate by: patient { visits = count(), days = sum(days) }
sink numbers = patients | aggregate by: visits { patients = count() } | write topic("numbers"), key: visits
sink patients_so_far = patients | write topic("patients"), key: patient
`;

export const FLOWS = { stateless: STATELESS, aggregate: AGGREGATE, twice: TWICE } as const;

/** No time passes outside of the worlds. */
const stillClock: Clock = { now: () => 0, elapsed: () => 0, sleep: async () => undefined };

export function flowOf(text: string, rows = 96): Promise<SimulatedFlow> {
  return simulated('x.flow', { ...diskHost, read: () => text }, {}, [], rows);
}
/** A golden flow, by its path in their folder; `params` are not read where they name files. */
export function goldenFlow(path: string, extensions: readonly string[]): Promise<SimulatedFlow> {
  const modules = extensions.map(name => join(GOLDEN, dirname(path), name));
  return simulated(join(GOLDEN, path), diskHost, { data: 'none', out: 'none.csv' }, modules, 48);
}

async function simulated(
  path: string,
  host: CompileHost,
  given: Readonly<Record<string, string>>,
  extensions: readonly string[],
  rows: number,
): Promise<SimulatedFlow> {
  const catalog = await loadCatalog(extensions);
  const text = host.read(path) ?? '';
  const params = Object.fromEntries(Object.entries(given).filter(([name]) => text.includes(`param ${name}:`)));
  const { plan, diagnostics, sources } = compileFlow({ path, catalog, host, params });
  if (plan === null) {
    throw new Error(diagnostics.map(one => renderDiagnostic(one, sources, { color: false })).join('\n'));
  }
  return simulatedFlow(plan, catalog, {
    clock: stillClock,
    lookUp: operatorCatalog(catalog),
    registry: openRegistry('/nowhere', stillClock),
    rowsOf: source => generatedRows(catalog, source, { rows, seed: 1 }),
  });
}
