import type { OperatorDefinition } from '../engine/contract/operator.ts';
import { bin } from './bin.ts';
import { clip } from './clip.ts';
import { derive } from './derive.ts';
import { drop } from './drop.ts';
import { encode } from './encode.ts';
import { impute } from './impute.ts';
import { join } from './join.ts';
import { limit } from './limit.ts';
import { normalize } from './normalize.ts';
import { sample } from './sample.ts';
import { select } from './select.ts';
import { sort } from './sort.ts';
import { split } from './split.ts';
import { union } from './union.ts';
import { where } from './where.ts';

/** The operators Weir comes with, by name. */
export function builtinOperators(): ReadonlyMap<string, OperatorDefinition> {
  const all: readonly OperatorDefinition[] = [
    where,
    derive,
    select,
    drop,
    limit,
    sample,
    sort,
    split,
    union,
    join,
    impute,
    clip,
    normalize,
    bin,
    encode,
  ];
  return new Map(all.map(operator => [operator.name, operator]));
}
