import type { Expression } from '../engine/contract/expression.ts';
import type { Side } from './binding-arguments.ts';
import { describeBinding } from './bindings.ts';
import { checkCondition } from './comparisons.ts';
import type { Checked } from './expression-context.ts';
import { laterPart } from './later.ts';
import { namedPort } from './scope.ts';
import { expressionContext, type StageContext } from './stage-context.ts';
import { didYouMean, listed } from './suggest.ts';
import type { ExpressionNode, MemberNode } from './syntax.ts';
import { FLOAT } from './types.ts';

/** Figures every metric may have beside itself: the ends of its interval. */
const ENDS = ['_low', '_high'];

/**
 * A gate: a condition over figures of reports. A figure that is undefined (one class only) is null; the comparison is then
 * null too, and a gate that is not true is shut.
 */
export function gateArgument(
  of: StageContext,
  node: ExpressionNode,
): { readonly expression: Expression; readonly sides: readonly Side[] } | null {
  const sides: Side[] = [];
  const context = {
    ...expressionContext(of, { fields: [] }),
    part: (member: MemberNode) => figure(of, member, sides),
  };
  const checked = checkCondition(node, context, `\`${of.operator.name}\``);
  return checked === null ? null : { expression: maybeNull(checked.expression), sides };
}

function figure(of: StageContext, node: MemberNode, sides: Side[]): Checked | null | undefined {
  if (node.of.kind !== 'name') return undefined;
  const { context } = of.pipe;
  const named = namedPort(node.of, context, of.scope);
  if (named === null || named.binding.kind === 'unknown') return null;
  if (named.port.open) return null;
  const metric = node.member.text;
  const { type } = named.port;
  if (type?.kind !== 'report') {
    const later = laterPart(metric);
    if (later !== null) context.reporter.report('E190', node.member.span, { what: later });
    else {
      const found = named.binding.kind === 'registry' ? 'a model' : type === null ? 'no report' : describeBinding(type);
      const hint = 'A gate compares figures of reports: `card.auroc >= 0.8`, where `card` comes from `evaluate`.';
      if (type !== null || named.binding.kind !== 'ports') {
        context.reporter.report('E213', node.of.span, { name: named.name, found, expected: 'a report', hint });
      }
    }
    return null;
  }
  const base = ENDS.reduce((name, end) => (name.endsWith(end) ? name.slice(0, -end.length) : name), metric);
  if (!type.metrics.includes(metric) && !type.metrics.includes(base)) {
    const hint = didYouMean(metric, type.metrics, `It has ${listed(type.metrics)}.`);
    context.reporter.report('E512', node.member.span, { name: `${named.name}.${metric}`, hint });
    return null;
  }
  if (!sides.some(side => side.name === named.name)) sides.push({ name: named.name, port: named.port });
  return {
    expression: { op: 'column', name: `${named.name}.${metric}`, type: FLOAT, nullable: false },
    unit: null,
    node,
  };
}

/** Checked as if every figure were there; computed knowing that one may not be. */
function maybeNull(expression: Expression): Expression {
  if (expression.op === 'column') return { ...expression, nullable: true };
  if (expression.op !== 'call') return expression;
  const args = expression.args.map(maybeNull);
  return { ...expression, args, nullable: expression.nullable || args.some(arg => arg.nullable) };
}
