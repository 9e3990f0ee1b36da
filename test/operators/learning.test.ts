import { beforeAll, describe, expect, it } from 'vitest';
import { builtinCatalog } from '../../src/cli/catalog.ts';
import { seededRng } from '../../src/engine/base/rng.ts';
import { batchFromRows, type Row, rowsOfBatch } from '../../src/engine/columnar/rows.ts';
import type { EvaluationReport } from '../../src/engine/contract/evaluation.ts';
import type { ModelContent, TransformContent } from '../../src/engine/contract/value.ts';
import { evaluator } from '../../src/engine/models/evaluation/evaluator.ts';
import { type InProcessResult, runInProcess } from '../../src/engine/runtime/run-in-process.ts';
import { realClock } from '../engine/runtime/support/run-plan.ts';
import { compileText } from '../support/compile-stage.ts';

const FLOW = `flow readmission v1
schema Visit {
  patient: string @entity, visit: int @id, age: float?, ward: string?, acute: bool
  stays: int, triage: enum("low", "mid", "high"), soon: bool @label
}
source visits = file("visits.json") { format: json, schema: Visit, on_bad: fail }
let prep = pipeline(rows: Visit) {
  | impute { age = median }
  | clip { stays = quantiles(0.0, 0.99) }
  | normalize { age = zscore, stays = log1p }
  | encode { ward = onehot(min_count: 5, unknown: "other"), triage = ordinal, acute = flag }
  | derive { old = age > 1.0 }
}
let parts = visits | split train: 0.6, val: 0.2, test: 0.2, group: patient, stratify: soon, seed: 5
let fitted = parts.train | fit prep
let va = parts.val | apply fitted
let weak = parts.train | apply fitted | train gbdt, label: soon, trees: 1, depth: 1, seed: 1
let strong = parts.train | apply fitted | train gbdt, label: soon, trees: 60, depth: 3, early_stop: va, seed: 1
let short = parts.train | train gbdt, label: soon, features: prep, trees: 60, depth: 3, early_stop: parts.val, seed: 1
let best = va | choose [weak, strong], metric: auroc
let scored = parts.test | apply fitted | score best { p = probability(true), class = predicted, all = probabilities }
let told = scored | select { visit, p, class, all, version = best.version, why = top_features(best, 2), text = why_text(best, 1) }
let raw = parts.test | score best { p = probability(true) } | select { visit, p }
let worse = parts.val | choose [weak, strong], metric: brier
let card = scored | evaluate p, label: soon, metrics: [auroc, brier], by: [triage, ward]
sink out = told | write topic("told")
sink release = best | require card.auroc >= 0.7 | publish registry("r"), tag: champion, with: [card]
sink third = worse | publish registry("t"), tag: champion
sink other = short | publish registry("s"), tag: champion
let onesided = parts.val | where soon | apply fitted | choose [weak, strong], metric: auroc
sink none = onesided | publish registry("none")
sink plain = raw | write topic("plain")
`;

function visits(): Row[] {
  const rng = seededRng(11);
  return Array.from({ length: 1500 }, (_, visit) => {
    const acute = rng.next() < 0.4;
    const stays = rng.below(8);
    const triage = (['low', 'mid', 'high'] as const)[rng.below(3)]!;
    const risk = 1 / (1 + Math.exp(3 - stays * 0.5 - (acute ? 1.5 : 0) - (triage === 'high' ? 1 : 0)));
    return {
      patient: `p${Math.floor(visit / 2)}`,
      visit,
      age: rng.next() < 0.1 ? null : 20 + rng.below(70),
      ward: rng.next() < 0.05 ? null : (['A', 'B', 'C', 'rare'] as const)[rng.next() < 0.002 ? 3 : rng.below(3)]!,
      acute,
      stays,
      triage,
      soon: rng.next() < risk,
    };
  });
}

describe('learning stages', () => {
  let result: InProcessResult;
  let run: (capture: readonly string[]) => Promise<InProcessResult>;
  const port = (node: string) => ({ node, port: 'out' });
  const rowsAt = (node: string) => (result.rows.get(`${node}:out`) ?? []).flatMap(rowsOfBatch);

  beforeAll(async () => {
    const { plan, diagnostics } = compileText(FLOW, [], null);
    expect(diagnostics.filter(one => one.severity === 'error')).toEqual([]);
    const source = plan!.nodes.find(node => node.id === 'visits')!.ports['out']!;
    if (source.kind !== 'rows') throw new Error('visits are rows');
    run = capture =>
      runInProcess(plan!, builtinCatalog(), {
        clock: realClock,
        rows: new Map([['visits', [batchFromRows(source.schema, visits())]]]),
        capture: capture.map(port),
        evaluator,
        batchRows: 100,
      });
    result = await run(['fitted', 'best', 'weak', 'strong', 'short', 'worse', 'card', 'out', 'plain']);
  });

  it('fits each stage on what the ones before it leave', () => {
    const content = result.values.get('fitted:out')!.json as unknown as TransformContent;
    expect(content.features).toEqual([
      'age',
      'stays',
      ...['A', 'B', 'C', 'other', 'missing'].map(ward => `ward=${ward}`),
      'triage',
      'acute',
      'old',
    ]);
    const zscore = content.steps.find(step => step.kind === 'rule' && step.rule === 'zscore');
    // The nulls have been filled by the median before, so the mean lies between them.
    expect(zscore?.kind === 'rule' && (zscore.fitted as { center: number }).center).toBeGreaterThan(50);
  });

  it('chooses the model that does better on validation rows', () => {
    expect(result.values.get('best:out')).toEqual(result.values.get('strong:out'));
    // Of a Brier score less is better.
    expect(result.values.get('worse:out')).toEqual(result.values.get('strong:out'));
    const model = result.values.get('best:out')!.json as unknown as ModelContent;
    expect(model.classes).toEqual([false, true]);
  });

  it('chooses by no figure that the validation rows do not have', async () => {
    await expect(run(['onesided'])).rejects.toMatchObject({ code: 'R435' });
  });

  it('writes `features:` out as a fit and an apply', () => {
    const [long, short] = ['strong', 'short'].map(node => result.values.get(`${node}:out`)!);
    expect(short!.bytes).toEqual(long!.bytes);
    const [a, b] = [long!.json, short!.json].map(json => json as unknown as ModelContent);
    expect(b!.transform).toEqual(a!.transform);
    expect(b!.transformHash).toBe(a!.transformHash);
    expect(b!.transformHash).not.toBeNull();
  });

  it('finds the planted signal, and reports by group', () => {
    const { metrics, detail } = result.values.get('card:out')!.json as unknown as EvaluationReport;
    expect(metrics['auroc']).toBeGreaterThan(0.75);
    const groups = (column: string) =>
      detail.subgroups.filter(group => group.column === column).map(group => group.value);
    expect(groups('triage').sort()).toEqual(['high', 'low', 'mid']);
    expect(groups('ward')).toContain('missing');
  });

  it('gives the same scores with the features applied before and with the model’s own transform', () => {
    const applied = rowsAt('out').map(row => [row['visit'], row['p']]);
    expect(applied.length).toBeGreaterThan(250);
    expect(rowsAt('plain').map(row => [row['visit'], row['p']])).toEqual(applied);
  });

  it('says what scored a row, and why', () => {
    const moved = (reason: string) => Number(/([+−])(\d+\.\d\d)\)$/.exec(reason)![2]);
    for (const row of rowsAt('out')) {
      const strengths = (row['why'] as string[]).map(moved);
      expect(strengths).toEqual(strengths.toSorted((a, b) => b - a));
    }
    for (const row of rowsAt('out').slice(0, 50)) {
      expect(row['version']).toMatch(/^[0-9a-f]{12}$/);
      expect(row['class']).toBe((row['p'] as number) >= 0.5);
      const all = row['all'] as Record<string, number>;
      expect(all['false']! + all['true']!).toBeCloseTo(1, 12);
      const why = row['why'] as string[];
      expect(why).toHaveLength(2);
      expect(row['text']).toBe(why[0]);
      for (const reason of why) expect(reason).toMatch(/^.+ (raises|lowers) the risk \([+−]\d+\.\d\d\)$/);
    }
    const reasons = rowsAt('out').flatMap(row => row['why'] as string[]);
    expect(reasons.some(reason => /^acute is (yes|no) /.test(reason))).toBe(true);
    expect(reasons.some(reason => /^stays [0-7] /.test(reason))).toBe(true);
  });
});
