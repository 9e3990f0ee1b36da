import type { Json } from '../engine/base/json.ts';
import type { ModelFunction, OperatorDefinition } from '../engine/contract/operator.ts';
import { fieldOf } from '../engine/contract/types.ts';
import { describeBinding } from './bindings.ts';
import { constantOf, fitConstant } from './constant-values.ts';
import type { Checked } from './expression-context.ts';
import { modelPort } from './models.ts';
import { addNode, currentSchema, currentType, type Pipe } from './pipe.ts';
import { namedPort, parameterMeaning, type Scope } from './scope.ts';
import { listed } from './suggest.ts';
import type { CallNode } from './syntax.ts';
import { describeType } from './types.ts';

/**
 * `top_features(risk, 3)`: a stage of its own in front of the one that uses it, which adds a hidden column. The same call used
 * again is that column. Undefined where the name is no function of a model; null after a report.
 */
export function modelFunctionCall(
  node: CallNode,
  pipe: Pipe,
  scope: Scope,
  reads: Set<string>,
): Checked | null | undefined {
  const { context } = pipe;
  const found = context.modelFunctions.get(node.callee.text);
  if (found === undefined) return undefined;
  const { operator, fn } = found;
  const [first] = node.args;
  if (first === undefined) {
    context.reporter.report('E215', node.span, {
      name: node.callee.text,
      expected: `a model${fn.args.length === 0 ? '' : ` and ${fn.args.map(arg => arg.name).join(', ')}`}`,
      found: '0',
    });
    return null;
  }
  const named = namedPort(first, context, scope);
  const model = named === null ? null : modelPort(named, pipe.current, context);
  const args = functionArguments(node, fn, pipe, scope);
  if (model === null || named === null || args === null || model.type === null) return null;
  if (model.type.kind !== 'model' && model.open) return null;
  if (model.type.kind !== 'model') {
    context.reporter.report('E213', first.span, {
      name: named.name,
      found: describeBinding(model.type),
      expected: 'a model',
      hint: '',
    });
    return null;
  }
  if (pipe.into === 'pipeline') {
    context.reporter.report('E356', node.span, { what: `\`${node.callee.text}\`` });
    return null;
  }
  const column = `${named.name}.${node.callee.text}(${args.map(arg => JSON.stringify(arg)).join(', ')})`;
  if (fieldOf(currentSchema(pipe), column) === undefined) {
    insert(node, operator, { function: node.callee.text, args, column }, { name: named.name, port: model }, pipe);
  }
  reads.add(column);
  return { expression: { op: 'column', name: column, ...fn.gives }, unit: null, node };
}

function functionArguments(node: CallNode, fn: ModelFunction, pipe: Pipe, scope: Scope): readonly Json[] | null {
  const { context } = pipe;
  const { reporter } = context;
  const names = fn.args.map(arg => arg.name);
  const strange = node.named.find(arg => !names.includes(arg.name.text));
  if (strange !== undefined || node.args.length - 1 > names.length) {
    const span = strange?.name.span ?? node.args[names.length + 1]?.span ?? node.span;
    reporter.report('E208', span, {
      name: strange?.name.text ?? reporter.textOf(span),
      of: `\`${node.callee.text}\``,
      hint: `It takes a model${names.length === 0 ? '' : `, ${listed(names)}`}.`,
    });
    return null;
  }
  const values: Json[] = [];
  for (const [at, arg] of fn.args.entries()) {
    const given = node.args[at + 1] ?? node.named.find(each => each.name.text === arg.name)?.value;
    if (given === undefined) {
      if (arg.default !== undefined) values.push(arg.default);
      else {
        const of = `\`${node.callee.text}\``;
        reporter.report('E207', node.span, { name: arg.name, of, shown: arg.name, doc: describeType(arg.type) });
        return null;
      }
      continue;
    }
    const constant = constantOf(given, { reporter, parameter: each => parameterMeaning(each, context, scope) });
    const place = { node: given, where: `\`${arg.name}\` of \`${node.callee.text}\`` };
    const fitted = constant === null ? null : fitConstant(constant, arg.type, false, place, reporter);
    if (fitted === null) return null;
    values.push(fitted.value);
  }
  return values;
}

function insert(
  node: CallNode,
  operator: OperatorDefinition,
  params: Readonly<Record<string, unknown>>,
  model: { readonly name: string; readonly port: Pipe['current'] },
  pipe: Pipe,
): void {
  const { type, ref } = model.port;
  const input = currentType(pipe);
  if (type === null || pipe.current.open || input.kind !== 'rows') return;
  const ports = operator.check({
    params: params as never,
    input,
    bindings: { model: [{ name: model.name, type }] },
    report(code, _at, details) {
      pipe.context.reporter.reportNamed(code, node.span, { stage: node.callee.text, ...details });
    },
  });
  addNode(
    pipe,
    { op: operator.name, params, sides: { model: ref === null ? [] : [ref] }, span: node.span },
    { op: node.span, args: new Map() },
    ports,
    false,
  );
}
