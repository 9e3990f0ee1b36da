import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Definition } from '../../src/cli/catalog.ts';
import { batchFromRows, type Row } from '../../src/engine/columnar/rows.ts';
import type { OperatorDefinition, OperatorExample, StateTable } from '../../src/engine/contract/operator.ts';
import { type Schema, typeText } from '../../src/engine/contract/types.ts';
import { arbitraryRows } from '../support/arbitrary-rows.ts';
import { type CompiledStage, compileStage, compileText, flowOfStage } from '../support/compile-stage.ts';
import { type RunOptions, type RunResult, runStage } from '../support/run-operator.ts';

const RUNS = 25;

/**
 * What every operator gets for free: its documentation is there and its examples are true; what it emits has the schema it was
 * checked with; any cut of the rows into batches gives the same; and, on endless rows, going on from restored state gives what
 * going on without a stop gives.
 */
export function operatorConformance(definition: OperatorDefinition, extra: readonly Definition[] = []): void {
  describe(definition.name, () => {
    it('is documented', () => {
      expect(definition.summary).toMatch(/^[A-Z].*\.$/s);
      expect(definition.examples.length).toBeGreaterThan(0);
      for (const [name, { doc }] of Object.entries(definition.params)) expect(doc, name).toMatch(/[.!]$/);
      expect(Object.isFrozen(definition)).toBe(true);
    });
    for (const example of definition.examples) {
      if (definition.execution.mode === 'fitted') continue;
      describe(example.title, () => exampleConformance(definition, example, extra));
    }
  });
}

function exampleConformance(
  definition: OperatorDefinition,
  example: OperatorExample,
  extra: readonly Definition[],
): void {
  it('compiles', () => {
    const { diagnostics } = compileText(flowOfStage(example), extra);
    expect(diagnostics.filter(one => one.severity === 'error').map(one => `${one.code} ${one.message}`)).toEqual([]);
  });
  const { mode } = definition.execution;
  if (mode !== 'rows' && mode !== 'expressions') return;
  if (Object.values(definition.params).some(spec => spec.kind === 'model' || spec.kind === 'transform')) return;

  if (example.output !== undefined && example.input !== undefined) {
    const { input, output } = example;
    it('gives what it says', () => {
      expect(runOf(compileStage(example, { extra }), input as readonly Row[], example, { extra }).rows()).toEqual(
        output,
      );
    });
  }
  it('asks for the state that it says it keeps', () => {
    const { execution } = definition;
    if (execution.mode !== 'rows') return;
    const stage = compileStage(example, { extra });
    const asked: StateTable[] = [];
    runOf(stage, [], example, { extra, asked: table => asked.push(table) });
    const { state } = execution;
    if (state !== undefined) expect(asked).toEqual(state(stage.node.params as never, stage.input));
    else expect(asked).toEqual([]);
  });
  it('emits its schema, whatever the rows and their cut', () => {
    const stage = compileStage(example, { extra });
    fc.assert(
      fc.property(arbitraryRows(stage.input), fc.integer({ min: 1, max: 7 }), (rows, batchRows) => {
        const whole = runOf(stage, rows, example, { extra });
        expectSchemas(stage, whole);
        const cut = runOf(stage, rows, example, { batchRows, extra });
        for (const port of Object.keys(stage.node.ports)) expect(cut.rows(port)).toEqual(whole.rows(port));
        expect(cut.rejected.length).toBe(whole.rejected.length);
      }),
      { numRuns: RUNS },
    );
  });
  if (definition.boundedOnly || flowIsEndless(example, extra) === null) return;
  it('goes on from restored state as if it had never stopped', () => {
    const stage = compileStage(example, { endless: true, extra });
    fc.assert(
      fc.property(arbitraryRows(stage.input), fc.integer({ min: 0, max: 5 }), (rows, restoreAfter) => {
        const options = { bounded: false, batchRows: 3, extra };
        const straight = runOf(stage, rows, example, options);
        const restored = runOf(stage, rows, example, { ...options, restoreAfter });
        for (const port of Object.keys(stage.node.ports)) expect(restored.rows(port)).toEqual(straight.rows(port));
        expectSchemas(stage, restored);
      }),
      { numRuns: RUNS },
    );
  });
}

/** The stage over endless rows, where it can stand there. */
function flowIsEndless(example: OperatorExample, extra: readonly Definition[]): string | null {
  const text = flowOfStage(example, true);
  return compileText(text, extra).plan === null ? null : text;
}

function runOf(stage: CompiledStage, rows: readonly Row[], example: OperatorExample, options: RunOptions = {}) {
  const tables = Object.fromEntries(
    Object.entries(stage.node.sides).map(([param, refs]) => [
      param,
      refs.map(ref => batchFromRows(stage.tables[ref.node]!, (example.tables?.[ref.node]?.rows ?? []) as Row[])),
    ]),
  );
  return runStage(stage.node, stage.input, rows, { ...options, tables });
}

function expectSchemas(stage: CompiledStage, result: RunResult): void {
  for (const [port, batches] of result.batches) {
    const type = stage.node.ports[port];
    const declared = type?.kind === 'rows' ? type.schema : { fields: [] };
    for (const batch of batches) {
      expect(textOf(batch.schema)).toEqual(textOf(declared));
      expect(batch.columns.length).toBe(batch.schema.fields.length);
    }
  }
}

const textOf = (schema: Schema) => schema.fields.map(field => `${field.name}: ${typeText(field.type, field.nullable)}`);
