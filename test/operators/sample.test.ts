import { describe, expect, it } from 'vitest';
import type { Row } from '../../src/engine/columnar/rows.ts';
import { compileStage } from '../support/compile-stage.ts';
import { runStage } from '../support/run-operator.ts';

const rows: Row[] = Array.from({ length: 6000 }, (_, visit) => ({ patient: `p${visit % 2000}`, visit }));

function sampled(schema: string, text: string, some: readonly Row[] = rows, batchRows = 500): Row[] {
  const stage = compileStage({ flow: `sample ${text}`, schema });
  return runStage(stage.node, stage.input, some, { batchRows }).rows();
}

describe('sample', () => {
  it('keeps a person with all rows, or not at all', () => {
    const kept = sampled('patient: string @entity, visit: int @id', '0.3, seed: 1');
    const patients = new Set(kept.map(row => row['patient']));
    expect(kept.length).toBe(3 * patients.size);
    expect(patients.size / 2000).toBeGreaterThan(0.27);
    expect(patients.size / 2000).toBeLessThan(0.33);
  });

  it('decides about a row by itself where it has an id', () => {
    const schema = 'patient: string, visit: int @id';
    const all = sampled(schema, '0.3, seed: 1');
    const late = rows.slice(3000);
    expect(sampled(schema, '0.3, seed: 1', late)).toEqual(all.filter(row => (row['visit'] as number) >= 3000));
    expect(sampled(schema, '0.3, seed: 2')).not.toEqual(all);
  });

  it('goes by the place in the stream where nothing names a row', () => {
    const kept = sampled('patient: string, visit: int', '0.3, seed: 1', rows, 7);
    expect(kept).toEqual(sampled('patient: string, visit: int', '0.3, seed: 1', rows, 6000));
    expect(kept.length / rows.length).toBeGreaterThan(0.28);
    expect(kept.length / rows.length).toBeLessThan(0.32);
  });

  it('keeps nothing of a share of 0 and everything of 1', () => {
    expect(sampled('patient: string, visit: int', '0.0')).toEqual([]);
    expect(sampled('patient: string, visit: int', '1.0')).toEqual(rows);
  });
});
