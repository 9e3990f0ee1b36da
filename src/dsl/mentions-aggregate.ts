import type { ExpressionContext, ExpressionNames } from './expression-context.ts';
import type { ExpressionNode, FunctionStatement } from './syntax.ts';

/** Whether a `fn` aggregates, itself or by another: then its arguments are values of a row, else results of a group. */
export function mentionsAggregate(
  node: ExpressionNode,
  names: ExpressionNames,
  context: ExpressionContext,
  seen: readonly FunctionStatement[],
): boolean {
  const inside = (each: ExpressionNode | null): boolean =>
    each !== null && mentionsAggregate(each, names, context, seen);
  switch (node.kind) {
    case 'call': {
      const name = node.callee.text;
      const fn = names.fn(name);
      if (fn !== undefined && !seen.includes(fn.statement)) {
        if (mentionsAggregate(fn.statement.body, fn.names, context, [...seen, fn.statement])) return true;
      } else if (context.catalog.aggregates.has(name)) {
        if (!context.catalog.functions.has(name) || node.args.length <= 1) return true;
      }
      return node.args.some(inside) || node.named.some(arg => inside(arg.value));
    }
    case 'unary':
    case 'member':
      return inside(node.of);
    case 'binary':
      return inside(node.left) || inside(node.right);
    case 'range':
      return inside(node.low) || inside(node.high);
    case 'list':
      return node.items.some(inside);
    default:
      return false;
  }
}
