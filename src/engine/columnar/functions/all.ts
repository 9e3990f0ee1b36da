import type { FunctionDefinition } from '../../contract/function.ts';
import { add, div, mod, mul, neg, sub } from './arithmetic.ts';
import { caseOf, coalesce, ifElse, isNotNull, isNull } from './choice.ts';
import { eq, ge, gt, inList, inRange, le, lt, ne } from './comparison.ts';
import { toBool, toDate, toDuration, toFloat, toInt, toText, toTimestamp } from './conversion.ts';
import { convert } from './convert.ts';
import { all, any, filter, get, map, size } from './list.ts';
import { and, not, or } from './logic.ts';
import { abs, ceil, exp, floor, log, max, min, pow, round, sqrt } from './math.ts';
import { field } from './record.ts';
import {
  concat,
  contains,
  endsWith,
  hash,
  length,
  lower,
  mask,
  match,
  replace,
  startsWith,
  substring,
  trim,
  upper,
} from './text.ts';
import { day, days, hour, hours, minute, minutes, month, seconds, trunc, weekday, year } from './time.ts';

const definitions: readonly FunctionDefinition[] = [
  ...[add, sub, mul, div, mod, neg],
  ...[eq, ne, lt, le, gt, ge, inRange, inList],
  ...[and, or, not],
  ...[isNull, isNotNull, coalesce, ifElse, caseOf, field],
  ...[abs, ceil, exp, floor, log, max, min, pow, round, sqrt],
  ...[toBool, toDate, toDuration, toFloat, toInt, toText, toTimestamp],
  ...[
    convert,
    concat,
    contains,
    endsWith,
    hash,
    length,
    lower,
    mask,
    match,
    replace,
    startsWith,
    substring,
    trim,
    upper,
  ],
  ...[day, days, hour, hours, minute, minutes, month, seconds, trunc, weekday, year],
  ...[all, any, filter, get, map, size],
];

/** Every scalar function and operator sign, by name. */
export function scalarFunctions(): ReadonlyMap<string, FunctionDefinition> {
  return new Map(definitions.map(definition => [definition.name, definition]));
}
