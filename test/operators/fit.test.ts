import { describe, expect, it } from 'vitest';
import type { Row } from '../../src/engine/columnar/rows.ts';
import type { Schema } from '../../src/engine/contract/types.ts';
import type { TransformContent, ValueContent } from '../../src/engine/contract/value.ts';
import { compileText } from '../support/compile-stage.ts';
import { runStage, runValue } from '../support/run-operator.ts';

const FLOW = `flow fits v1
schema Row { age: float?, n: int, ward: string }
source rows = file("rows.json") { format: json, schema: Row, on_bad: fail }
let prep = pipeline {
  | impute { age = 10.0 }
  | derive { double = age * 2.0 }
  | normalize { double = zscore }
  | encode { ward = onehot }
  | derive { n }
}
let fitted = rows | fit prep
let out = rows | apply fitted
`;

function stages() {
  const { plan } = compileText(FLOW);
  const stage = (id: string) => {
    const node = plan!.nodes.find(one => one.id === id)!;
    if (node.kind !== 'stage') throw new Error(`${id} is no stage`);
    return node;
  };
  const rows = plan!.nodes.find(one => one.id === 'rows')!.ports['out']!;
  if (rows.kind !== 'rows') throw new Error('rows are rows');
  return { fit: stage('fitted'), apply: stage('out'), input: rows.schema };
}

function applied(input: Schema, rows: readonly Row[], content: ValueContent, batchRows?: number) {
  const { apply } = stages();
  const values = { transform: [{ name: 'fitted', hash: 'h', version: null, content }] };
  return runStage(apply, input, rows, { values, ...(batchRows === undefined ? {} : { batchRows }) });
}

describe('fit and apply', () => {
  const training: Row[] = [
    { age: null, n: 1, ward: 'A' },
    { age: 30, n: 2, ward: 'B' },
  ];
  const { fit, input } = stages();

  it('learns each stage on the rows as the one before leaves them', () => {
    const content = runValue(fit, input, training, { batchRows: 1 });
    // double is 20 and 60: mean 40, deviation 20.
    const rows = applied(
      input,
      [
        { age: 10, n: 7, ward: 'B' },
        { age: null, n: 8, ward: 'new' },
      ],
      content,
    ).rows();
    expect(rows.map(row => row['features'])).toEqual([
      { age: 10, double: -1, 'ward=A': 0, 'ward=B': 1, n: 7 },
      { age: 10, double: -1, 'ward=A': 0, 'ward=B': 0, n: 8 },
    ]);
    expect(rows.map(row => row['age'])).toEqual([10, null]);
  });

  it('hands the label to rules that learn from it, and refuses to go without', () => {
    const flow = (label: string) =>
      `flow fits v1
schema Row { ward: string, soon: bool @label }
source rows = file("rows.json") { format: json, schema: Row, on_bad: fail }
let prep = pipeline { | encode { ward = target(smooth: 0.0) } }
let out = rows | fit prep${label}
`;
    const learned = (label: string) => {
      const { plan } = compileText(flow(label));
      const node = plan!.nodes.find(one => one.id === 'out')!;
      if (node.kind !== 'stage') throw new Error('out is a stage');
      const rows = [true, false, true].map((soon, i): Row => ({ ward: i === 0 ? 'A' : 'B', soon }));
      const source = plan!.nodes.find(one => one.id === 'rows')!.ports['out']!;
      return runValue(node, source.kind === 'rows' ? source.schema : { fields: [] }, rows, { batchRows: 2 });
    };
    const { steps } = learned(', label: soon').json as unknown as TransformContent;
    expect(steps[0]).toMatchObject({
      column: 'ward',
      fitted: { categories: ['A', 'B'], rates: [[1, 0.5, 2 / 3, 2 / 3]] },
    });
    expect(() => learned('')).toThrow(expect.objectContaining({ code: 'R431' }));
  });

  it('learns the same from any cut of the rows', () => {
    const many = Array.from({ length: 40 }, (_, i): Row => ({ age: i % 7 === 0 ? null : i, n: i, ward: `w${i % 5}` }));
    expect(runValue(fit, input, many, { batchRows: 3 })).toEqual(runValue(fit, input, many));
  });

  it('rejects rows with a null where the training rows can have none', () => {
    const content = runValue(fit, input, training);
    const loose: Schema = { fields: input.fields.map(field => ({ ...field, nullable: true })) };
    const result = applied(
      loose,
      [
        { age: 1, n: null, ward: 'A' },
        { age: 1, n: 2, ward: 'A' },
      ],
      content,
    );
    expect(result.rejected).toEqual([expect.objectContaining({ code: 'R401' })]);
    expect(result.rows().map(row => row['n'])).toEqual([2]);
  });
});
