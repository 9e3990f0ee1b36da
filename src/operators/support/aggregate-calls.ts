import { assert } from '../../engine/base/assert.ts';
import { isValid, validBytes } from '../../engine/columnar/validity.ts';
import type { Column } from '../../engine/contract/batch.ts';
import type { AggregateCall } from '../../engine/contract/expression.ts';
import type { AggregateDefinition, RunningAggregate } from '../../engine/contract/function.ts';
import type { KeyedState } from '../../engine/contract/state.ts';

type Aggregates = ReadonlyMap<string, AggregateDefinition>;

export function definitionOf(call: AggregateCall, aggregates: Aggregates): AggregateDefinition {
  const definition = aggregates.get(call.fn);
  assert(definition !== undefined, `no aggregate ${call.fn}`);
  return definition;
}

/** How the aggregate is kept in slots, or null where it needs all values of a group. */
export function runningOf(call: AggregateCall, aggregates: Aggregates): RunningAggregate | null {
  const definition = definitionOf(call, aggregates);
  const types = call.args.map(argument => argument.type);
  return (definition.runningFor === undefined ? undefined : definition.runningFor(types)) ?? definition.running ?? null;
}

/**
 * The first argument as running aggregates take it: numbers, bools as 0 and 1, texts as ids of the state's dictionary. Of lists
 * and records there is only whether they are there, which is all that is asked of them (`count`, `missing_rate`).
 */
export function slotValues(
  column: Column,
  rows: number,
  state: Pick<KeyedState, 'internText'>,
): { readonly values: Float64Array | null; readonly valid: Uint8Array | null } {
  assert(column.kind !== 'features', 'features are no argument of an aggregate');
  const valid = validBytes(column.validity, rows);
  if (column.kind === 'list' || column.kind === 'record') return { values: null, valid };
  if (column.kind === 'number') return { values: column.values.subarray(0, rows), valid };
  const values = new Float64Array(rows);
  if (column.kind === 'bool') for (let row = 0; row < rows; row++) values[row] = column.values[row];
  else {
    // Ids of the state hold until the next commit only, so the table is made anew for each batch.
    const ids = new Map<number, number>();
    for (let row = 0; row < rows; row++) {
      if (!isValid(column.validity, row)) continue;
      const entry = column.ids[row];
      let id = ids.get(entry);
      if (id === undefined) ids.set(entry, (id = state.internText(column.dictionary.text(entry))));
      values[row] = id;
    }
  }
  return { values, valid };
}
