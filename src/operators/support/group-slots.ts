import { sha256 } from '../../engine/base/sha256.ts';
import type { Millis } from '../../engine/base/units.ts';
import { aggregateFunctions } from '../../engine/columnar/aggregates/all.ts';
import type { AggregateAssignment, AggregateCall, Expression } from '../../engine/contract/expression.ts';
import type { SlotFigure, SlotSpec } from '../../engine/contract/state.ts';
import type { Schema } from '../../engine/contract/types.ts';
import { runningOf } from './aggregate-calls.ts';
import { taints } from './schema.ts';

const HASH_LETTERS = 12;

/** When a row last came for the group, by processing time; 0: not since groups have had a time to live. */
export const TOUCHED: SlotSpec = { name: 'touched', kind: 'f64', initial: 0, spare: true };

/** What a group keeps for the calls that go along with the rows, in their order. `input`: of the rows. */
export function groupSlots(
  block: readonly AggregateAssignment[],
  input: Schema,
  ttl: Millis | undefined,
): readonly SlotSpec[] {
  const slots = block.flatMap(({ name, calls }) => calls.flatMap((call, place) => callSlots(name, call, place, input)));
  return ttl === undefined ? slots : [...slots, TOUCHED];
}

/** The names of the slots of a call. */
export function slotNames(assignment: string, call: AggregateCall, place: number): readonly string[] {
  return (runningOf(call, aggregateFunctions())?.slots ?? []).map(slot => `${assignment}/${place}/${slot.name}`);
}

function callSlots(assignment: string, call: AggregateCall, place: number, input: Schema): readonly SlotSpec[] {
  const aggregates = aggregateFunctions();
  const figure: SlotFigure = {
    name: assignment,
    place,
    rule: call.fn,
    type: call.args[0]?.type ?? null,
    reads: sha256(call.args.map(untyped)).slice(0, HASH_LETTERS),
  };
  const isCount = aggregates.get(call.fn)?.counts === true;
  const phi = !isCount && taints(call.args, input).phi ? { phi: true as const } : {};
  const names = slotNames(assignment, call, place);
  return (runningOf(call, aggregates)?.slots ?? []).map((slot, s) => ({ ...slot, name: names[s], figure, ...phi }));
}

/** What is written, without what follows from the types of the columns. */
function untyped(expression: Expression): unknown {
  switch (expression.op) {
    case 'literal':
      return expression.value;
    case 'column':
      return { column: expression.name };
    case 'item':
      return { item: true };
    case 'call':
      return { call: expression.fn, args: expression.args.map(untyped) };
  }
}
