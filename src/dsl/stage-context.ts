import type { OperatorDefinition } from '../engine/contract/operator.ts';
import type { Schema } from '../engine/contract/types.ts';
import type { ArgumentPlace } from './argument-slots.ts';
import type { ExpressionContext } from './expression-context.ts';
import { checkExpression } from './expressions.ts';
import { modelFunctionCall } from './model-functions.ts';
import { NO_FACTS } from './narrowing.ts';
import { currentSchema, type Pipe } from './pipe.ts';
import { expressionNames, parameterMeaning, type Scope } from './scope.ts';
import type { StageNode } from './syntax.ts';

/** One stage being compiled. */
export interface StageContext {
  readonly pipe: Pipe;
  readonly scope: Scope;
  readonly stage: StageNode;
  readonly operator: OperatorDefinition;
  /** Columns its arguments and block read. */
  readonly reads: Set<string>;
}

/** How expressions of a stage are checked: over the rows that come in, or over `schema` where that is given. */
export function expressionContext(of: StageContext, schema: Schema = currentSchema(of.pipe)): ExpressionContext {
  const { context } = of.pipe;
  return {
    catalog: context.catalog,
    reporter: context.reporter,
    names: expressionNames(context, of.scope),
    schema,
    open: of.pipe.current.open || of.pipe.current.type === null,
    facts: NO_FACTS,
    locals: null,
    rowLocals: false,
    item: null,
    aggregates: null,
    aggregating: false,
    reads: of.reads,
    inlining: [],
    modelFunction: node => modelFunctionCall(node, of.pipe, of.scope, of.reads),
    check: checkExpression,
  };
}

export function argumentPlace(of: Pick<StageContext, 'pipe' | 'scope'>, name: string): ArgumentPlace {
  const { context } = of.pipe;
  return {
    names: { reporter: context.reporter, parameter: node => parameterMeaning(node, context, of.scope) },
    of: `\`${name}\``,
    owner: name,
  };
}
