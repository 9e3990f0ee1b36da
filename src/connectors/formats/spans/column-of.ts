import { assert } from '../../../engine/base/assert.ts';
import { BoolSpanColumn } from './bool-column.ts';
import { NumberSpanColumn } from './number-column.ts';
import type { FieldRules, SpanColumn } from './span-column.ts';
import { StringSpanColumn } from './string-column.ts';
import { TimeSpanColumn } from './time-column.ts';

/** The column of a scalar field. Formats that hold lists and records bring their own for those. */
export function scalarColumn(rules: FieldRules): SpanColumn {
  const { kind } = rules.field.type;
  switch (kind) {
    case 'int':
    case 'float':
      return new NumberSpanColumn(rules);
    case 'string':
    case 'enum':
      return new StringSpanColumn(rules);
    case 'bool':
      return new BoolSpanColumn(rules);
    case 'timestamp':
    case 'date':
    case 'duration':
      return new TimeSpanColumn(rules);
    default:
      assert(false, `a ${kind} is no scalar; the checker refuses it`);
  }
}
