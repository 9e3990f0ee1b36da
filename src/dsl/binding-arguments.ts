import type { ParameterSpec } from '../engine/contract/parameter.ts';
import type { BindingType } from '../engine/contract/value.ts';
import { describeBinding, type Port } from './bindings.ts';
import { modelPort } from './models.ts';
import { namedPort } from './scope.ts';
import type { Gathering } from './stage-arguments.ts';
import type { StageContext } from './stage-context.ts';
import type { ExpressionNode } from './syntax.ts';

export interface Side {
  readonly name: string;
  readonly port: Port;
}
const WANTED: Readonly<Record<string, readonly BindingType['kind'][]>> = {
  stream: ['rows'],
  transform: ['transform'],
  model: ['model'],
  models: ['model'],
  report: ['report'],
  reports: ['report'],
};

/** Two parameters at one place: `apply` takes a pipeline or a transform, and the name says which. */
export function sharedPlace(of: StageContext, names: readonly string[], node: ExpressionNode): string | undefined {
  const named = namedPort(node, of.pipe.context, of.scope);
  if (named === null || named.binding.kind === 'unknown') return undefined;
  const kind =
    named.binding.kind === 'pipeline'
      ? 'pipeline'
      : named.binding.kind === 'registry'
        ? 'model'
        : named.port.type?.kind;
  if (kind === undefined) return undefined;
  const found = names.find(name => {
    const wanted = of.operator.params[name]?.kind ?? '';
    return wanted === kind || WANTED[wanted]?.some(each => each === kind);
  });
  if (found !== undefined || named.port.open) return found;
  const expected = names.map(name =>
    of.operator.params[name]?.kind === 'pipeline' ? 'a pipeline' : `a ${of.operator.params[name]?.kind}`,
  );
  of.pipe.context.reporter.report('E213', node.span, {
    name: named.name,
    found: named.port.type === null ? `a ${kind}` : describeBinding(named.port.type),
    expected: expected.join(' or '),
    hint: '',
  });
  return undefined;
}

export function pipeline(
  of: StageContext,
  name: string,
  spec: ParameterSpec,
  node: ExpressionNode,
  into: Gathering,
): void {
  const { context } = of.pipe;
  if (node.kind === 'list') {
    const fields = context.reporter.textOf(node.span).replace(/^\[\s*|\s*\]$/g, '');
    const hint = `Features are what a pipeline makes: \`let prep = pipeline { | derive { ${fields} } }\`.`;
    const found = 'a list of fields';
    context.reporter.report('E213', node.span, { name: `[${fields}]`, found, expected: 'a pipeline', hint });
    into.lost = true;
    return;
  }
  const named = namedPort(node, context, of.scope);
  if (named === null || named.binding.kind === 'unknown') {
    into.lost = true;
    into.rest = [];
    return;
  }
  const { binding } = named;
  if (binding.kind !== 'pipeline') {
    const type = named.port.type;
    into.lost = true;
    if (named.port.open) return;
    context.reporter.report('E213', node.span, {
      name: named.name,
      found: binding.kind === 'registry' ? 'a model' : type === null ? 'something else' : describeBinding(type),
      expected: 'a pipeline',
      hint: 'Declare one: `let prep = pipeline { | … }`.',
    });
    return;
  }
  if (spec.inline === true) {
    into.spliced = { declaration: binding.declaration, args: [], span: node.span };
    return;
  }
  const checked = context.pipelineSpec(binding.declaration, of.pipe.current, node.span);
  if (checked === null) into.lost = true;
  else {
    for (const field of checked.stages[0]?.input.fields ?? []) of.reads.add(field.name);
    into.params[name] = checked;
  }
}

export function bindings(
  of: StageContext,
  name: string,
  spec: ParameterSpec,
  nodes: readonly ExpressionNode[],
  into: Gathering,
): void {
  const { context } = of.pipe;
  const wanted = WANTED[spec.kind] ?? [];
  const sides: Side[] = [];
  for (const node of nodes.flatMap(each => (each.kind === 'list' ? each.items : [each]))) {
    const named = namedPort(node, context, of.scope);
    if (named === null || named.binding.kind === 'unknown') {
      into.lost = true;
      continue;
    }
    if (named.binding.kind === 'pipeline') {
      const expected = wanted.map(kind => describeBinding({ kind } as BindingType)).join(' or ');
      const hint = spec.kind === 'transform' ? `Fit it first: \`… | fit ${named.name}\`.` : '';
      context.reporter.report('E213', node.span, { name: named.name, found: 'a pipeline', expected, hint });
      into.lost = true;
      continue;
    }
    const port = modelPort(named, of.pipe.current, context);
    if (port.type === null) {
      into.lost = true;
      continue;
    }
    if (!wanted.includes(port.type.kind) && port.open) {
      into.lost = true;
      continue;
    }
    if (!wanted.includes(port.type.kind)) {
      context.reporter.report('E213', node.span, {
        name: named.name,
        found: describeBinding(port.type),
        expected: wanted.map(kind => describeBinding({ kind } as BindingType)).join(' or '),
        hint: '',
      });
      into.lost = true;
      continue;
    }
    if (port.open) into.lost = true;
    sides.push({ name: named.name, port });
  }
  into.sides[name] = sides;
}
