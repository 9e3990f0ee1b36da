import type { Span } from '../engine/base/span.ts';
import type { ParameterSpec, ParameterSpecs } from '../engine/contract/parameter.ts';
import type { LiteralNames } from './constant-values.ts';
import { laterOption } from './later.ts';
import { didYouMean, listed } from './suggest.ts';
import type { ExpressionNode, NamedArgument } from './syntax.ts';

export interface ArgumentPlace {
  readonly names: LiteralNames;
  /** Whose argument it is, as a message says it: `` `gbdt` ``. */
  readonly of: string;
  /** `source`, `model` or the name of a stage: what may come to it later. */
  readonly owner?: string;
}

/** Which argument belongs to which parameter. */
export interface Slots {
  readonly given: ReadonlyMap<string, readonly ExpressionNode[]>;
  /** Named arguments that no parameter has the name of. */
  readonly rest: readonly NamedArgument[];
  readonly failed: boolean;
}

/** Lays arguments out by place and name. `choose` decides between parameters that share a place. */
export function layOut(
  specs: ParameterSpecs,
  args: readonly ExpressionNode[],
  named: readonly NamedArgument[],
  place: ArgumentPlace,
  choose: (candidates: readonly string[], node: ExpressionNode) => string | undefined = ([first]) => first,
): Slots {
  const { reporter } = place.names;
  const given = new Map<string, ExpressionNode[]>();
  const rest: NamedArgument[] = [];
  let failed = false;
  const entries = Object.entries(specs);
  const put = (name: string, node: ExpressionNode, more: boolean): void => {
    const before = given.get(name);
    if (before === undefined) given.set(name, [node]);
    else if (more) before.push(node);
    else {
      reporter.report('E205', node.span, { name, where: place.of });
      failed = true;
    }
  };
  args.forEach((node, at) => {
    const here = entries.filter(([, spec]) => spec.position === at).map(([name]) => name);
    const name = here.length > 1 ? choose(here, node) : here[0];
    const variadic = entries.find(([, spec]) => spec.variadic === true && (spec.position ?? 0) < at)?.[0];
    if (name !== undefined) put(name, node, false);
    else if (variadic !== undefined) put(variadic, node, true);
    else {
      // One is told, not all that follow it.
      if (here.length === 0 && !failed) reporter.report('E209', node.span, { of: place.of, hint: namedHint(specs) });
      failed = true;
    }
  });
  for (const arg of named) {
    if (Object.hasOwn(specs, arg.name.text)) put(arg.name.text, arg.value, false);
    else rest.push(arg);
  }
  return { given, rest, failed };
}

/** How `name: share` arguments are written. */
export const PARTS = 'train: 0.8, test: 0.2';

function namedHint(specs: ParameterSpecs): string {
  const [first] = Object.values(specs).filter(spec => spec.position === 0);
  if (first?.kind === 'expression' && first.types?.includes('bool')) return 'Join conditions by `and` or `or`.';
  const names = Object.entries(specs)
    .filter(([, spec]) => spec.position === undefined)
    .map(([name, spec]) => (spec.kind === 'named_floats' ? PARTS : `${name}: …`));
  return names.length === 0 ? 'It takes no more.' : `Give the others by name: ${listed(names)}.`;
}

export function reportUnknownArgument(
  arg: NamedArgument,
  of: string,
  names: readonly string[],
  place: Pick<ArgumentPlace, 'names' | 'owner'>,
): void {
  const later = laterOption(arg.name.text, place.owner);
  if (later !== null) {
    place.names.reporter.report('E190', arg.span, { what: later });
    return;
  }
  const otherwise = names.length === 0 ? 'It takes none.' : `It takes ${listed(names)}.`;
  place.names.reporter.report('E208', arg.name.span, {
    name: arg.name.text,
    of,
    hint: didYouMean(arg.name.text, names, otherwise),
  });
}

export function reportMissingArgument(
  name: string,
  spec: ParameterSpec,
  of: string,
  span: Span,
  place: Pick<ArgumentPlace, 'names'>,
): void {
  const shown = spec.position === undefined ? `${name}: …` : `${of.replaceAll('`', '')} …`;
  place.names.reporter.report('E207', span, { name, of, shown, doc: spec.doc });
}
