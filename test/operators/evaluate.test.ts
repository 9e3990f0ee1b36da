import { expect, it } from 'vitest';
import { builtinCatalog } from '../../src/cli/catalog.ts';
import { batchFromRows } from '../../src/engine/columnar/rows.ts';
import { evaluator } from '../../src/engine/models/evaluation/evaluator.ts';
import { runInProcess } from '../../src/engine/runtime/run-in-process.ts';
import { realClock } from '../engine/runtime/support/run-plan.ts';
import { compileText } from '../support/compile-stage.ts';

const FLOW = `flow measured v1
schema Row { id: int @id, who: string @entity, p: float?, back: bool @label }
source rows = file("rows.json") { format: json, schema: Row, on_bad: fail }
let parts = rows | split train: 0.0001, test: 0.9999, group: who, seed: 1
let card = parts.test | evaluate p, label: back, metrics: [auroc]
sink page = card | write report("page.html")
`;

it.each([
  [1.5, 'R434'],
  [-0.5, 'R434'],
  [null, 'R432'],
])('a row with %j for a probability cannot be evaluated', async (p, code) => {
  const { plan, diagnostics } = compileText(FLOW, [], null);
  expect(diagnostics.filter(one => one.severity === 'error')).toEqual([]);
  const source = plan!.nodes.find(node => node.id === 'rows')!.ports['out']!;
  if (source.kind !== 'rows') throw new Error('rows are rows');
  const rows = [0.5, p].map((each, id) => ({ id, who: `p${id}`, p: each, back: id === 0 }));
  const run = runInProcess(plan!, builtinCatalog(), {
    clock: realClock,
    rows: new Map([['rows', [batchFromRows(source.schema, rows)]]]),
    capture: [{ node: 'card', port: 'out' }],
    evaluator,
    batchRows: 100,
  });
  await expect(run).rejects.toThrow(expect.objectContaining({ code }));
});
