import { assert } from '../base/assert.ts';
import type { CallExpression, Expression } from '../contract/expression.ts';
import type { FunctionDefinition, RowValue } from '../contract/function.ts';
import { settle } from './settle.ts';

export type Functions = ReadonlyMap<string, FunctionDefinition>;

/**
 * The naive evaluator: one row, one tree walk. It is the meaning of expressions; generated loops are tested against it.
 * `row` maps column names to values; `item` is what `it` stands for. Throws RowError for a row that has no value.
 *
 * Arguments are evaluated from the left. `and`, `or`, `if`, `case` and `coalesce` evaluate only what they need, so a guarded
 * overflow does not reject a row.
 */
export function interpretExpression(
  expression: Expression,
  row: Readonly<Record<string, RowValue>>,
  functions: Functions,
  item: RowValue = null,
): RowValue {
  switch (expression.op) {
    case 'literal':
      return expression.value;
    case 'column':
      return row[expression.name] ?? null;
    case 'item':
      return item;
    case 'call':
      return called(expression, row, functions, item);
  }
}

function called(
  call: CallExpression,
  row: Readonly<Record<string, RowValue>>,
  functions: Functions,
  item: RowValue,
): RowValue {
  const definition = functions.get(call.fn);
  assert(definition !== undefined, `no function ${call.fn}`);
  const argument = (at: number): RowValue => interpretExpression(call.args[at], row, functions, item);
  const { length } = call.args;
  switch (call.fn) {
    case 'and': {
      for (let i = 0; i < length; i++) {
        const each = argument(i);
        if (each !== true) return each;
      }
      return true;
    }
    case 'or': {
      let outcome: RowValue = false;
      for (let i = 0; i < length; i++) {
        const each = argument(i);
        if (each === true) return true;
        if (each === null) outcome = null;
      }
      return outcome;
    }
    case 'if':
      return argument(0) === true ? argument(1) : argument(2);
    case 'case': {
      for (let i = 0; i + 1 < length; i += 2) if (argument(i) === true) return argument(i + 1);
      return length % 2 === 1 ? argument(length - 1) : null;
    }
    case 'coalesce': {
      for (let i = 0; i < length; i++) {
        const each = argument(i);
        if (each !== null) return each;
      }
      return null;
    }
  }
  const args: RowValue[] = [];
  for (let i = 0; i < length; i++) {
    if (definition.bodies?.includes(i)) {
      const items = args[0] as readonly RowValue[] | null;
      args.push(items?.map(each => interpretExpression(call.args[i], row, functions, each)) ?? null);
    } else args.push(argument(i));
  }
  if (definition.nulls === 'pass' && args.includes(null)) return null;
  const value = definition.evaluate(args, call);
  // What is only picked out stays as it is, −0 too.
  return call.fn === 'field' ? value : settle(value, call.type, call.fn);
}
