import { expect } from 'vitest';
import { builtinCatalog } from '../../../../src/cli/catalog.ts';
import { catalogModule } from '../../../../src/cli/catalog-module.ts';
import { openLogView } from '../../../../src/engine/log/embedded/log-view.ts';
import type { Plan } from '../../../../src/engine/plan/plan.ts';
import { pushDown } from '../../../../src/engine/plan/push-down.ts';
import { planUpgrade } from '../../../../src/engine/runtime/plan-upgrade.ts';
import type { RunOptions } from '../../../../src/engine/runtime/run.ts';
import { compileText } from '../../../dsl/compile-text.ts';
import { realClock, start, topicRows } from './run-plan.ts';

const catalog = builtinCatalog();
const SCHEMA = 'schema Reading { who: string @entity, value: int in 0..100 }';
const HEAD = (version: number) => `flow watch v${version}
${SCHEMA}
`;

function planOf(text: string): Plan {
  const { plan, diagnostics } = compileText(text);
  if (plan === null) throw new Error(diagnostics.map(one => one.code).join());
  return pushDown(plan, catalog);
}

/** Adds so many rows to a topic, which has two partitions where it is new and nothing else is said. */
export async function feed(dir: string, topic: string, rows: number, seed: number, partitions = 2): Promise<void> {
  const text = `flow feed_${topic} v1
${SCHEMA}
source made = generate(${rows}, seed: ${seed}, entities: 20) { schema: Reading }
sink out = made | write topic("${topic}", partitions: ${partitions})
`;
  expect((await start(planOf(text), dir, { catalogModule, partitions: 2 }).summary).error).toBeUndefined();
}

/** What `weir plan` says of a version of the flow `watch` and what comes of its run, which must agree. Its rows are `Reading`s. */
export async function runVersion(dir: string, version: number, text: string, options: Partial<RunOptions> = {}) {
  const plan = planOf(HEAD(version) + text);
  const view = openLogView({ dir: `${dir}/log`, clock: realClock });
  const says = await planUpgrade(view, plan, catalog, options.allowDrop).finally(() => view.close());
  const how = { catalogModule, partitions: 2, untilCaughtUp: true, ...options };
  const { error } = await start(plan, dir, how).summary;
  expect(error?.code).toBe(says.refusal?.code);
  expect(error?.message).toBe(says.refusal?.message);
  return { code: error?.code ?? 'runs', judged: says.judged };
}

export const countRows = async (dir: string, topic: string) => (await topicRows(dir, topic)).length;
