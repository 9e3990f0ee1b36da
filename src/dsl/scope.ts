import type { Span } from '../engine/base/span.ts';
import type { Field } from '../engine/contract/types.ts';
import type { Binding, Port } from './bindings.ts';
import { UNKNOWN_BINDING, UNKNOWN_PORT } from './bindings.ts';
import type { Constant } from './constants.ts';
import type { ExpressionNames, ParameterMeaning } from './expression-context.ts';
import { type FlowContext, lookUp, namesOf } from './flow-context.ts';
import { parameterValue } from './flow-params.ts';
import { laterPart } from './later.ts';
import { KIND_TEXT, type Module } from './modules.ts';
import { resolveType } from './schemas.ts';
import { didYouMean, listed } from './suggest.ts';
import type { ExpressionNode, LetStatement, Name, ParameterNode } from './syntax.ts';
import { UNKNOWN_TYPE } from './types.ts';

/** What a pipeline was given for one of its parameters. */
export type PipelineArgument =
  | { readonly kind: 'constant'; readonly constant: Constant }
  | { readonly kind: 'column'; readonly name: string }
  | { readonly kind: 'binding'; readonly port: Port; readonly name: string }
  | { readonly kind: 'unknown' };

/** Where stages are written: a file's names, and inside a pipeline its arguments. */
export interface Scope {
  readonly module: Module;
  readonly args: ReadonlyMap<string, PipelineArgument>;
  /** The pipelines being spliced, to find recursion. */
  readonly inside: readonly LetStatement[];
}

export function fileScope(module: Module): Scope {
  return { module, args: new Map(), inside: [] };
}

export function parameterMeaning(
  node: ParameterNode,
  context: FlowContext,
  scope: Scope,
  fields: readonly Field[] = [],
): ParameterMeaning {
  const arg = scope.args.get(node.name);
  if (arg !== undefined) return arg.kind === 'unknown' ? null : arg.kind === 'binding' ? { kind: 'binding' } : arg;
  const declaration = lookUp(scope.module, `$${node.name}`);
  if (declaration === undefined) {
    const names = [...scope.args.keys(), ...namesOf(scope.module, ['param'])];
    context.reporter.report('E201', node.span, {
      kind: 'parameter',
      name: `$${node.name}`,
      hint: fields.some(field => field.name === node.name)
        ? `A field is named without \`$\`: write \`${node.name}\`.`
        : parameterHint(node.name, names),
    });
    return null;
  }
  const constant = parameterValue(declaration, context);
  return constant === null ? null : { kind: 'constant', constant };
}

function parameterHint(name: string, names: readonly string[]): string {
  const marked = names.map(each => `$${each}`);
  return didYouMean(
    `$${name}`,
    marked,
    names.length === 0 ? `Declare it: \`param ${name}: …\`.` : `There are ${listed(marked)}.`,
  );
}

export function expressionNames(context: FlowContext, scope: Scope): ExpressionNames {
  return {
    parameter: (node, fields) => parameterMeaning(node, context, scope, fields),
    fn(name) {
      const declaration = scope.module.declarations.get(name);
      if (declaration?.statement.kind !== 'fn') return undefined;
      return { statement: declaration.statement, names: expressionNames(context, fileScope(declaration.module)) };
    },
    hasParameter: name => scope.args.has(name) || scope.module.declarations.has(`$${name}`),
    describe(name) {
      const declaration = scope.module.declarations.get(name);
      return declaration === undefined ? null : KIND_TEXT[declaration.kind];
    },
    fnNames: namesOf(scope.module, ['fn']),
    parameterType(statement, at) {
      const param = statement.params[at];
      if (param === undefined) return null;
      const declared = resolveType(param.type, context, scope.module);
      return declared.type === UNKNOWN_TYPE ? null : declared;
    },
  };
}

/** What a bare name stands for where a stream, model or pipeline is wanted. */
export function bindingNamed(name: Name, context: FlowContext, scope: Scope): Binding {
  const declaration = lookUp(scope.module, name.text);
  if (declaration === undefined) {
    if (name.text !== '') {
      const names = namesOf(scope.module, ['source', 'table', 'model', 'let', 'pipeline']);
      context.reporter.report('E201', name.span, {
        kind: 'stream, model or pipeline',
        name: name.text,
        hint: didYouMean(
          name.text,
          names,
          names.length === 0 ? 'Declare a `source` first.' : `There are ${listed(names)}.`,
        ),
      });
    }
    return UNKNOWN_BINDING;
  }
  if (declaration.kind === 'unknown') return UNKNOWN_BINDING;
  if (declaration.kind === 'pipeline') return { kind: 'pipeline', name: name.text, declaration };
  if (scope.module !== context.main) {
    context.reporter.report('E705', name.span, { name: name.text, kind: KIND_TEXT[declaration.kind] }, [
      { span: declaration.span, message: 'declared here' },
    ]);
    return UNKNOWN_BINDING;
  }
  switch (declaration.kind) {
    case 'source':
    case 'table':
    case 'let':
    case 'model':
      return context.bind(declaration);
    default:
      context.reporter.report(
        'E213',
        name.span,
        { name: name.text, found: KIND_TEXT[declaration.kind], expected: 'a stream, model or pipeline', hint: '' },
        [{ span: declaration.imported ?? declaration.span, message: 'declared here' }],
      );
      return UNKNOWN_BINDING;
  }
}

/** `parts.train`, `visits`, `$labs`: a binding and the port of it that is meant. Null: reported, or not of this shape. */
export interface NamedPort {
  readonly name: string;
  readonly binding: Binding;
  readonly port: Port;
}

export function portOf(binding: Binding, name: string, part: Name | null, span: Span, context: FlowContext): Port {
  if (binding.kind === 'unknown') return UNKNOWN_PORT;
  if (binding.kind !== 'ports') {
    if (part !== null) {
      const later = laterPart(part.text);
      if (later === null) {
        context.reporter.report('E203', part.span, {
          name,
          part: part.text,
          hint: `\`${name}\` has no parts that rows could come from.`,
        });
      } else context.reporter.report('E190', part.span, { what: later });
    }
    return UNKNOWN_PORT;
  }
  const { ports } = binding;
  const port = ports.get(part?.text ?? 'out');
  if (port !== undefined) return port;
  // A stage whose parts could not be read has any.
  if (ports.size === 0 || [...ports.values()].some(each => each.type === null)) return UNKNOWN_PORT;
  const names = [...ports.keys()].filter(each => each !== 'out');
  if (part === null) {
    context.reporter.report('E220', span, { name, parts: listed(names.map(each => `${name}.${each}`)) });
    return UNKNOWN_PORT;
  }
  const later = laterPart(part.text);
  if (later !== null) context.reporter.report('E190', part.span, { what: later });
  else {
    const otherwise =
      names.length === 0 ? `It has no parts: write \`${name}\`.` : `It has ${listed(names.map(each => `.${each}`))}.`;
    context.reporter.report('E203', part.span, {
      name,
      part: part.text,
      hint: didYouMean(part.text, names, otherwise),
    });
  }
  return UNKNOWN_PORT;
}

/** A stage's argument that names a binding. */
export function namedPort(node: ExpressionNode, context: FlowContext, scope: Scope): NamedPort | null {
  if (node.kind === 'name') {
    const name = { text: node.name, span: node.span };
    const binding = bindingNamed(name, context, scope);
    return {
      name: node.name,
      binding,
      port: binding.kind === 'ports' ? portOf(binding, node.name, null, node.span, context) : UNKNOWN_PORT,
    };
  }
  if (node.kind === 'member' && node.of.kind === 'name') {
    const name = { text: node.of.name, span: node.of.span };
    const binding = bindingNamed(name, context, scope);
    const port = portOf(binding, name.text, node.member, node.span, context);
    return {
      name: `${name.text}.${node.member.text}`,
      binding: binding.kind === 'ports' ? binding : UNKNOWN_BINDING,
      port,
    };
  }
  if (node.kind === 'parameter') {
    const arg = scope.args.get(node.name);
    if (arg?.kind === 'binding') {
      return {
        name: arg.name,
        binding: { kind: 'ports', name: arg.name, ports: new Map([['out', arg.port]]) },
        port: arg.port,
      };
    }
    if (arg?.kind === 'unknown') return { name: node.name, binding: UNKNOWN_BINDING, port: UNKNOWN_PORT };
    if (parameterMeaning(node, context, scope) === null)
      return { name: node.name, binding: UNKNOWN_BINDING, port: UNKNOWN_PORT };
  }
  context.reporter.report('E213', node.span, {
    name: context.reporter.textOf(node.span),
    found: node.kind === 'parameter' ? 'a value' : 'an expression',
    expected: 'a stream, model or pipeline by name',
    hint: '',
  });
  return null;
}
