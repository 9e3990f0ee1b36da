import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../src/cli/load-catalog.ts';
import { explainMermaid } from '../../src/engine/plan/explain-graph.ts';
import { explainSvg } from '../../src/engine/plan/explain-svg.ts';
import { explainText } from '../../src/engine/plan/explain-text.ts';
import { planPhysical } from '../../src/engine/plan/physical-plan.ts';
import type { Plan } from '../../src/engine/plan/plan.ts';
import { pushDown } from '../../src/engine/plan/push-down.ts';
import { compiled } from '../support/run-flow.ts';

const ROOT = join(import.meta.dirname, '../..');
const FLOWS = {
  train: ['pipelines/readmission/train.flow', { data: 'encounters.csv.gz' }],
  score: ['pipelines/readmission/score.flow', { data: 'encounters.csv.gz' }],
  tables: ['test/golden/flows/tables/tables.flow', { out: 'kept.csv' }],
} as const;

async function plansOf(
  name: keyof typeof FLOWS,
): Promise<{ plan: Plan; catalog: Awaited<ReturnType<typeof loadCatalog>> }> {
  const [path, params] = FLOWS[name];
  const catalog = await loadCatalog([]);
  const { plan } = await compiled(join(ROOT, path), params);
  if (plan === null) throw new Error('compiled() has checked');
  return { plan: pushDown(plan, catalog), catalog };
}

describe.each(Object.keys(FLOWS) as (keyof typeof FLOWS)[])('explain %s', name => {
  it('says how the flow runs', async () => {
    const { plan, catalog } = await plansOf(name);
    const text = explainText(plan, planPhysical(plan, catalog), catalog);
    const path = join(import.meta.dirname, 'explain', `${name}.txt`);
    if (process.env['UPDATE_GOLDEN']) await writeFile(path, text);
    expect(text).toBe(await readFile(path, 'utf8'));
  });

  it('draws every node and every arrow', async () => {
    const { plan } = await plansOf(name);
    const svg = explainSvg(plan);
    const mermaid = explainMermaid(plan);
    const arrows = plan.nodes.reduce((sum, node) => {
      if (node.kind === 'sink') return sum + 1;
      return node.kind === 'stage' ? sum + 1 + Object.values(node.sides).flat().length : sum;
    }, 0);
    expect(svg.match(/<rect [^>]*rx=/g)).toHaveLength(plan.nodes.length);
    expect(svg.match(/marker-end=/g)).toHaveLength(arrows);
    expect(mermaid.match(/(-->|-\.->)/g)).toHaveLength(arrows);
    expect(svg).not.toContain('NaN');
  });
});
