import { expect, test } from 'vitest';
import { compileProgram } from '../../../src/engine/columnar/compile-program.ts';
import { scalarFunctions } from '../../../src/engine/columnar/functions/all.ts';
import { interpretProgram } from '../../../src/engine/columnar/interpret-program.ts';
import { batchFromRows, rowsOfBatch } from '../../../src/engine/columnar/rows.ts';
import type { Assignment } from '../../../src/engine/contract/expression.ts';
import type { RowProgram } from '../../../src/engine/contract/operator.ts';
import { compileStage } from '../../support/compile-stage.ts';

const functions = scalarFunctions();
const examples = [...functions.values()].flatMap(({ name, examples: all }) =>
  all.map(example => ({ name, ...example })),
);

/** Each example is a flow's text: it is parsed, checked, compiled and run, as a user's would be. */
test.each(examples.map(example => [`${example.call} of ${example.name}`, example] as const))('%s', (_, {
  call,
  gives,
}) => {
  const stage = compileStage({ flow: `derive { x = ${call} }`, schema: 'id: int' });
  const program: RowProgram = { assign: stage.node.params['block'] as readonly Assignment[] };
  const row = { id: 1 };
  expect(interpretProgram([program], row, functions)?.x).toEqual(gives);
  const out = compileProgram([program], stage.input, functions).run(batchFromRows(stage.input, [row]), () => {});
  expect(rowsOfBatch(out)[0].x).toEqual(gives);
});

/** What measures are multiplied, divided and bent into has a unit of its own, or none. */
const OF_ANOTHER_UNIT = ['convert', 'div', 'exp', 'log', 'mul', 'pow', 'sqrt'];

test('a function of numbers that gives a number says what becomes of their unit', () => {
  const number = { type: { kind: 'float' }, nullable: false } as const;
  const unit = { type: { kind: 'string' }, nullable: false, literal: 'kg' } as const;
  const calls = [[number], [number, number], [number, number, number], [number, unit, unit]];
  const silent = [...functions.values()].filter(({ units, signature }) =>
    calls.some(args => {
      const result = signature(args);
      return units === undefined && 'type' in result && ['int', 'float'].includes(result.type.kind);
    }),
  );
  expect(silent.map(({ name }) => name).sort()).toEqual(OF_ANOTHER_UNIT);
});
