import type { Checked, ExpressionContext } from './expression-context.ts';
import { checkExpression } from './expressions.ts';
import type { FlowContext } from './flow-context.ts';
import { mentionsAggregate } from './mentions-aggregate.ts';
import { NO_FACTS } from './narrowing.ts';
import { expressionNames, fileScope } from './scope.ts';
import type { ExpressionNode, FunctionStatement } from './syntax.ts';

/** Checks each `fn` of the flow by itself, over parameters of the declared types, so that one nobody calls is right too. */
export function checkFunctions(context: FlowContext): void {
  for (const declaration of context.main.declarations.values()) {
    const { statement } = declaration;
    if (statement.kind !== 'fn' || declaration.imported !== undefined) continue;
    checkFunction(statement, context);
  }
}

function checkFunction(statement: FunctionStatement, context: FlowContext): void {
  const names = expressionNames(context, fileScope(context.main));
  const locals = new Map<string, Checked | null>();
  statement.params.forEach((param, at) => {
    const declared = names.parameterType(statement, at);
    if (locals.has(param.name.text)) {
      context.reporter.report('E205', param.name.span, { name: param.name.text, where: `\`${statement.name.text}\`` });
    }
    const node: ExpressionNode = { kind: 'name', name: param.name.text, span: param.name.span };
    const value: Checked | null =
      declared === null
        ? null
        : {
            expression: { op: 'column', name: param.name.text, type: declared.type, nullable: declared.nullable },
            unit: null,
            node,
          };
    locals.set(param.name.text, value);
  });
  const base: ExpressionContext = {
    catalog: context.catalog,
    reporter: context.reporter,
    names,
    schema: { fields: [] },
    open: false,
    facts: NO_FACTS,
    locals,
    rowLocals: false,
    item: null,
    aggregates: null,
    aggregating: false,
    reads: new Set(),
    inlining: [statement],
    check: checkExpression,
    // A function of a model needs rows to be scored: it is looked at where the `fn` is called.
    modelFunction: node => (context.modelFunctions.has(node.callee.text) ? null : undefined),
  };
  const aggregating = mentionsAggregate(statement.body, names, base, [statement]);
  const checking = aggregating ? { ...base, rowLocals: true, aggregates: { calls: [], earlier: new Map() } } : base;
  checking.check(statement.body, checking);
}
