import type { OperatorDefinition } from '../engine/contract/operator.ts';
import { aggregate } from './aggregate.ts';
import { apply } from './apply.ts';
import { attribute } from './attribute.ts';
import { bin } from './bin.ts';
import { choose } from './choose.ts';
import { clip } from './clip.ts';
import { derive } from './derive.ts';
import { drop } from './drop.ts';
import { encode } from './encode.ts';
import { evaluate } from './evaluate.ts';
import { fit } from './fit.ts';
import { impute } from './impute.ts';
import { join } from './join.ts';
import { limit } from './limit.ts';
import { normalize } from './normalize.ts';
import { publish } from './publish.ts';
import { requireGate } from './require.ts';
import { sample } from './sample.ts';
import { score } from './score.ts';
import { select } from './select.ts';
import { sort } from './sort.ts';
import { split } from './split.ts';
import { train } from './train.ts';
import { union } from './union.ts';
import { where } from './where.ts';

/** The operators Weir comes with, by name. */
export function builtinOperators(): ReadonlyMap<string, OperatorDefinition> {
  const all: readonly OperatorDefinition[] = [
    where,
    derive,
    select,
    drop,
    union,
    join,
    aggregate,
    sort,
    limit,
    sample,
    split,
    fit,
    apply,
    impute,
    clip,
    normalize,
    bin,
    encode,
    train,
    choose,
    score,
    attribute,
    evaluate,
    requireGate,
    publish,
  ];
  return new Map(all.map(operator => [operator.name, operator]));
}
