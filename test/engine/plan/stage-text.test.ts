import { expect, it } from 'vitest';
import { builtinCatalog } from '../../../src/cli/catalog.ts';
import type { StageNode } from '../../../src/engine/plan/plan.ts';
import { stageLines } from '../../../src/engine/plan/stage-text.ts';
import { planOfText } from '../../dsl/compile-text.ts';

const FLOW = (stage: string) => `flow shown v1
schema Row {
  id: int @id
  who: string @entity
  at: timestamp
  ward: enum("A", "B", "C")
  age: int? in 0..120
  days: int in 1..60
  cost: float?
  back: bool @label
}
source rows = file("rows.csv") { schema: Row, on_bad: fail }
sink out = rows | ${stage} | write file("out.csv")
`;

/** Each is shown as it is written here. */
const AS_WRITTEN = [
  'where days > 3 and (ward == "A" or not back)',
  'where not (ward == "A" or back)',
  'where not ward in ["A", "B"]',
  'where days in 2..10 and age != null',
  'where (age ?? 0) >= 18 or cost == null',
  'where at > @2026-01-31T08:00:00Z',
  'derive { x = (days + 2) * 3, y = days + 2 * 3, z = days - (3 - days), s = -(days + 1), t = days / 7 }',
  'derive { late = at + 36h, day = trunc(at, 1d) }',
  'derive { band = case(days < 3, "short", days < 10, "usual", "long"), dear = (cost ?? 0.0) > 50.0 }',
  'derive { text = concat("a \\"b\\"", who) }',
  'aggregate by: ward { visits = count(), days = sum(days), rate = sum(days) / count() }',
  'aggregate by: [ward, back] { dear = sum(if((cost ?? 0.0) > 50.0, 1, 0)) }',
  'select { id, ward, how_long = days }',
  'sort days, order: desc',
  'limit 15',
  'drop cost, age',
];

it.each(AS_WRITTEN)('shows %s as it is written', written => {
  const { op, params } = planOfText(FLOW(written)).nodes.find(node => node.kind === 'stage') as StageNode;
  expect(stageLines(op, { params, sides: {} }, builtinCatalog(), 200)).toEqual([written]);
});
