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
