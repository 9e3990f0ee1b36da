import type { ParameterSpecs, RuleCall } from '../engine/contract/parameter.ts';
import { type ArgumentPlace, reportUnknownArgument } from './argument-slots.ts';
import { bindConstants } from './arguments.ts';
import { laterLearner } from './later.ts';
import { otherLearner } from './other-words.ts';
import { didYouMean, listed } from './suggest.ts';
import type { ExpressionNode, NamedArgument } from './syntax.ts';

/** A rule or a learner: anything with a name and parameters of its own. */
export interface Callable {
  readonly name: string;
  readonly params: ParameterSpecs;
}

/**
 * `zscore`, `quantiles(0.0, 0.99)`, `gbdt`. `more` are arguments of the stage that belong to the rule (`train gbdt, trees: 400`);
 * those it does not have are handed to `unknown`.
 */
export function ruleCall(
  node: ExpressionNode,
  definitions: readonly Callable[],
  place: ArgumentPlace,
  kind: string,
  more: readonly NamedArgument[] = [],
  known: readonly string[] = [],
): RuleCall | null {
  const name = node.kind === 'name' ? node.name : node.kind === 'call' ? node.callee.text : null;
  const { reporter } = place.names;
  const names = definitions.map(definition => definition.name);
  if (name === null) {
    reporter.report('E304', node.span, { expected: `a ${kind}`, hint: `They are ${listed(names)}.` });
    return null;
  }
  const definition = definitions.find(each => each.name === name);
  const span = node.kind === 'call' ? node.callee.span : node.span;
  if (definition === undefined) {
    const later = kind === 'learner' ? laterLearner(name) : null;
    if (later !== null) reporter.report('E190', span, { what: later });
    else {
      const otherwise = names.length === 0 ? 'There are none.' : `They are ${listed(names)}.`;
      const other = kind === 'learner' ? otherLearner(name, names) : null;
      const hint = other === null ? didYouMean(name, names, otherwise) : `Here that is \`${other}\`.`;
      reporter.report('E223', span, { kind, name, hint });
    }
    return null;
  }
  const args = node.kind === 'call' ? node.args : [];
  const named = node.kind === 'call' ? node.named : [];
  const inner = { ...place, of: `\`${name}\`` };
  const bound = bindConstants(definition.params, args, [...named, ...more], span, inner);
  for (const arg of bound.rest) {
    reportUnknownArgument(arg, `\`${name}\``, [...new Set([...Object.keys(definition.params), ...known])], place);
  }
  return bound.failed || bound.rest.length > 0 ? null : { rule: name, params: bound.params };
}
