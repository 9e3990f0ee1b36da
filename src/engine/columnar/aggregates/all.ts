import type { AggregateDefinition } from '../../contract/function.ts';
import { all, any, count, countDistinct, missingRate } from './counts.ts';
import { first, last, max, median, min, quantile } from './orders.ts';
import { mean, stddev, sum } from './sums.ts';

const definitions: readonly AggregateDefinition[] = [
  ...[count, countDistinct, missingRate, any, all],
  ...[sum, mean, stddev],
  ...[min, max, first, last, median, quantile],
];

/** Every aggregate, by name. */
export function aggregateFunctions(): ReadonlyMap<string, AggregateDefinition> {
  return new Map(definitions.map(definition => [definition.name, definition]));
}
