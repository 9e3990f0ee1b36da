import { describe, expect, it } from 'vitest';
import { seededRng } from '../../src/engine/base/rng.ts';
import type { Row } from '../../src/engine/columnar/rows.ts';
import { compileStage } from '../support/compile-stage.ts';
import { runStage } from '../support/run-operator.ts';

const SCHEMA = 'patient: string @entity, visit: int @id, soon: bool, outcome: enum("a", "b", "c")';
const PARTS = ['train', 'val', 'test'];
const SHARES = [0.7, 0.15, 0.15];

function visits(patients: number, seed: number): Row[] {
  const rng = seededRng(seed);
  const rows: Row[] = [];
  for (let p = 0; p < patients; p++) {
    const stays = 1 + Math.floor(rng.next() ** 3 * 12);
    const risk = rng.next() * 0.25;
    for (let s = 0; s < stays; s++) {
      const u = rng.next();
      rows.push({
        patient: `p${p}`,
        visit: rows.length,
        soon: rng.next() < risk,
        outcome: u < 0.6 ? 'a' : u < 0.9 ? 'b' : 'c',
      });
    }
  }
  return rows;
}

function split(text: string, rows: readonly Row[], batchRows = 1000): readonly Row[][] {
  const stage = compileStage({ flow: `split train: 0.70, val: 0.15, test: 0.15, ${text}`, schema: SCHEMA });
  const result = runStage(stage.node, stage.input, rows, { batchRows });
  return PARTS.map(part => result.rows(part));
}

describe('split', () => {
  const rows = visits(8000, 1);

  it('puts every row in one part, and no patient in two', () => {
    const parts = split('group: patient, seed: 3', rows);
    expect(
      parts
        .flat()
        .map(row => row['visit'] as number)
        .sort((a, b) => a - b),
    ).toEqual(rows.map(row => row['visit']));
    const patients = parts.map(part => new Set(part.map(row => row['patient'])));
    expect([...patients[0]!].some(patient => patients[1]!.has(patient) || patients[2]!.has(patient))).toBe(false);
    expect([...patients[1]!].some(patient => patients[2]!.has(patient))).toBe(false);
  });

  it('moves no old row when new ones come, and goes by the seed', () => {
    const few = split('group: patient, seed: 3', rows.slice(0, 5000));
    const all = split('group: patient, seed: 3', rows);
    few.forEach((part, p) => {
      const now = new Set(all[p]!.map(row => row['visit']));
      expect(part.every(row => now.has(row['visit']))).toBe(true);
    });
    expect(split('group: patient, seed: 4', rows)[0]).not.toEqual(all[0]);
  });

  it.each([
    'soon',
    'outcome',
  ])('stratified by %s, holds every share of rows and of classes within half a point', label => {
    for (const seed of [1, 2, 3]) {
      const parts = split(`group: patient, stratify: ${label}, seed: ${seed}`, rows, 777);
      const classes = [...new Set(rows.map(row => row[label]))];
      parts.forEach((part, p) => {
        expect(Math.abs(part.length / rows.length - SHARES[p]!)).toBeLessThan(0.005);
        for (const value of classes) {
          const of = (some: readonly Row[]) => some.filter(row => row[label] === value).length;
          expect(Math.abs(of(part) / of(rows) - SHARES[p]!)).toBeLessThan(0.005);
        }
      });
    }
  });

  it('deals single rows where there is no group', () => {
    const parts = split('group: none, stratify: soon, seed: 3', rows);
    parts.forEach((part, p) => {
      expect(Math.abs(part.length / rows.length - SHARES[p]!)).toBeLessThan(0.001);
    });
  });

  it.each([
    ['train: 0.7, val: 0.2, seed: 1, group: patient', /E513/],
    ['train: 0.7, val: 0.3, seed: 1', /E501/],
    ['train: 0.7, val: 0.3, group: patient', /E514/],
  ])('refuses %s', (text, code) => {
    expect(() => compileStage({ flow: `split ${text}`, schema: SCHEMA })).toThrow(code);
  });
});
