import type { Span } from '../engine/base/span.ts';
import type { Expression } from '../engine/contract/expression.ts';
import type { OperatorDefinition } from '../engine/contract/operator.ts';
import type { ParameterSpec } from '../engine/contract/parameter.ts';
import type { Schema } from '../engine/contract/types.ts';
import { layOut, PARTS, reportMissingArgument, reportUnknownArgument } from './argument-slots.ts';
import { constantArgument, isConstantKind } from './arguments.ts';
import { bindings, pipeline, type Side, sharedPlace } from './binding-arguments.ts';
import { columnArgument, columnsArgument } from './columns.ts';
import { checkCondition } from './comparisons.ts';
import { connectorCall } from './connectors.ts';
import { constantOf, fitConstant } from './constant-values.ts';
import { gateArgument } from './gates.ts';
import { laterOption } from './later.ts';
import { type Declaration, stumbled } from './modules.ts';
import { ruleCall } from './rules.ts';
import { schemaNamed } from './schemas.ts';
import { argumentPlace, expressionContext, type StageContext } from './stage-context.ts';
import { didYouMean, listed } from './suggest.ts';
import type { ExpressionNode, NamedArgument } from './syntax.ts';
import { describeType, FLOAT, UNKNOWN_TYPE } from './types.ts';

/** A stage's arguments, checked. */
export interface StageArguments {
  readonly params: Readonly<Record<string, unknown>>;
  readonly sides: Readonly<Record<string, readonly Side[]>>;
  readonly spans: ReadonlyMap<string, Span>;
  /** The pipeline to put in place of this stage, with the arguments that are left for it. */
  readonly spliced: {
    readonly declaration: Declaration;
    readonly args: readonly NamedArgument[];
    readonly span: Span;
  } | null;
  /** A mistake leaves open what comes out of the stage. */
  readonly lost: boolean;
  /** A mistake that does not. */
  readonly wrong: boolean;
}
export interface Gathering {
  readonly params: Record<string, unknown>;
  readonly sides: Record<string, readonly Side[]>;
  readonly spans: Map<string, Span>;
  spliced: StageArguments['spliced'];
  lost: boolean;
  wrong: boolean;
  /** Named arguments nobody has taken yet. */
  rest: readonly NamedArgument[];
}

/** Kinds no field depends on: a wrong number leaves the rows as they are. */
const NUMBERS: ReadonlySet<string> = new Set(['int', 'float', 'bool', 'duration', 'bytes']);
export function stageArguments(of: StageContext): StageArguments {
  const { operator, stage } = of;
  const place = argumentPlace(of, operator.name);
  if (lacksBraces(of) || hasBraces(of))
    return { params: {}, sides: {}, spans: new Map(), spliced: null, lost: true, wrong: false };
  const slots = layOut(operator.params, stage.args, stage.named, place, (names, node) => sharedPlace(of, names, node));
  const into: Gathering = {
    params: {},
    sides: {},
    spans: new Map(),
    spliced: null,
    lost: slots.failed,
    wrong: false,
    rest: slots.rest,
  };
  const specs = Object.entries(operator.params);
  const shared = new Set(specs.filter(([, spec]) => isShared(spec, specs)).map(([name]) => name));
  for (const [name, spec] of specs) {
    const nodes = slots.given.get(name);
    const [node] = nodes ?? [];
    if (nodes !== undefined && node !== undefined) {
      into.spans.set(name, node.span);
      evaluate(of, name, spec, nodes, node, into);
    } else if (spec.kind === 'named_floats') namedFloats(of, name, spec, slots.failed, into);
    else if (spec.default !== undefined) into.params[name] = spec.default;
    else if (!spec.optional && stumbled(of.scope.module, stage.span)) into.lost = true;
    else if (!spec.optional && !slots.failed) {
      reportMissingArgument(name, spec, place.of, stage.op.span, place);
      into.lost = true;
    }
  }
  if (shared.size > 0 && ![...shared].some(name => slots.given.has(name)) && !slots.failed) {
    const [name] = shared;
    const spec = name === undefined ? undefined : operator.params[name];
    if (name !== undefined && spec !== undefined) reportMissingArgument(name, spec, place.of, stage.op.span, place);
    into.lost = true;
  }
  if (into.spliced !== null) into.spliced = { ...into.spliced, args: into.rest };
  else {
    const names = specs.filter(([, spec]) => spec.kind !== 'named_floats').map(([name]) => name);
    for (const arg of into.rest) {
      reportUnknownArgument(arg, place.of, names, place);
      into.lost = true;
    }
  }
  const { params, sides, spans, spliced, lost, wrong } = into;
  return { params, sides, spans, spliced, lost, wrong };
}

/** `derive x = a`: its fields stand in braces. */
function lacksBraces({ operator, stage, pipe }: StageContext): boolean {
  const { block } = operator;
  if (block === undefined || stage.block !== null || stage.args.length === 0 || takesByPlace(operator)) return false;
  const { reporter } = pipe.context;
  const written = stage.args.map(arg => reporter.textOf(arg.span)).join(', ');
  reporter.report('E355', stage.op.span, { stage: operator.name, hint: `Write \`${operator.name} { ${written} }\`.` });
  return true;
}

/** `drop { a, b }`: its fields stand in no braces. */
function hasBraces({ operator, stage, pipe }: StageContext): boolean {
  const entries = stage.block?.entries ?? [];
  if (operator.block !== undefined || entries.length === 0 || stage.args.length > 0 || !takesByPlace(operator))
    return false;
  const { reporter } = pipe.context;
  const written = entries.map(entry => reporter.textOf(entry.span)).join(', ');
  const hint = `Write \`${operator.name} ${written}\`.`;
  reporter.report('E352', stage.block?.span ?? stage.op.span, { stage: operator.name, hint });
  return true;
}

function takesByPlace(operator: OperatorDefinition): boolean {
  return Object.values(operator.params).some(spec => spec.position !== undefined);
}

function isShared(spec: ParameterSpec, all: readonly (readonly [string, ParameterSpec])[]): boolean {
  return spec.position !== undefined && all.filter(([, other]) => other.position === spec.position).length > 1;
}

function evaluate(
  of: StageContext,
  name: string,
  spec: ParameterSpec,
  nodes: readonly ExpressionNode[],
  node: ExpressionNode,
  into: Gathering,
): void {
  const keep = (value: unknown): void => {
    if (value === null) into.lost = true;
    else into.params[name] = value;
  };
  const { context } = of.pipe;
  const place = argumentPlace(of, of.operator.name);
  if (isConstantKind(spec.kind)) {
    const whole: ExpressionNode = nodes.length > 1 ? { kind: 'list', items: nodes, span: node.span } : node;
    const value = constantArgument(spec, name, whole, place);
    if (value !== null) into.params[name] = value.value;
    else if (NUMBERS.has(spec.kind)) into.wrong = true;
    else into.lost = true;
    return;
  }
  switch (spec.kind) {
    case 'column':
      keep(columnArgument(of, spec, node));
      break;
    case 'columns':
      keep(columnsArgument(of, spec, nodes));
      break;
    case 'expression':
      expression(of, name, spec, node, into);
      break;
    case 'rule':
      rule(of, name, node, into);
      break;
    case 'schema':
      keep(schemaArgument(of, node));
      break;
    case 'connector': {
      const rest = into.rest;
      into.rest = [];
      const call = connectorCall(node, rest, context.catalog.sinks, place, 'sink');
      keep(call === null ? null : call.call);
      break;
    }
    case 'pipeline':
      pipeline(of, name, spec, node, into);
      break;
    case 'gate': {
      const gate = gateArgument(of, node);
      into.sides[name] = gate?.sides ?? [];
      keep(gate?.expression ?? null);
      break;
    }
    default:
      bindings(of, name, spec, nodes, into);
  }
}

function schemaArgument(of: StageContext, node: ExpressionNode): Schema | null {
  const { context } = of.pipe;
  if (node.kind !== 'name') {
    context.reporter.report('E304', node.span, { expected: 'the name of a schema', hint: '' });
    return null;
  }
  const found = schemaNamed({ text: node.name, span: node.span }, context, of.scope.module);
  return found.open ? null : found.schema;
}

function expression(of: StageContext, name: string, spec: ParameterSpec, node: ExpressionNode, into: Gathering): void {
  const check = expressionContext(of);
  const onlyBool = spec.types?.length === 1 && spec.types[0] === 'bool';
  const checked = onlyBool ? checkCondition(node, check, `\`${of.operator.name}\``) : check.check(node, check);
  if (checked === null) {
    // The rows that come out have the same fields, whatever the expression says.
    into.params[name] = standIn(onlyBool);
    return;
  }
  const { type, nullable } = checked.expression;
  if (spec.types !== undefined && !spec.types.includes(type.kind)) {
    of.pipe.context.reporter.report('E301', node.span, {
      found: describeType(type, nullable),
      expected: spec.types.join(' or '),
      where: `\`${name}\` of \`${of.operator.name}\``,
      hint: '',
    });
    into.params[name] = standIn(onlyBool);
    return;
  }
  into.params[name] = checked.expression;
}

function standIn(bool: boolean): Expression {
  return { op: 'literal', type: bool ? { kind: 'bool' } : UNKNOWN_TYPE, nullable: false, value: bool ? true : null };
}

function rule(of: StageContext, name: string, node: ExpressionNode, into: Gathering): void {
  const { operator } = of;
  const { execution } = operator;
  const learns = execution.mode === 'train' && execution.learner === name;
  const definitions = learns ? [...of.pipe.context.catalog.learners.values()] : (operator.rules ?? []);
  const kind = learns ? 'learner' : 'rule';
  const rest = into.rest;
  into.rest = [];
  const found = ruleCall(node, definitions, argumentPlace(of, operator.name), kind, rest, Object.keys(operator.params));
  // A learner that is wrong in itself leaves what the stage gives as it was: a model.
  if (found === null) into.lost = true;
  else into.params[name] = found;
}

function namedFloats(of: StageContext, name: string, spec: ParameterSpec, failed: boolean, into: Gathering): void {
  const place = argumentPlace(of, of.operator.name);
  const { reporter } = place.names;
  const values: { name: string; value: number }[] = [];
  const rest = into.rest;
  into.rest = [];
  for (const [at, arg] of rest.entries()) {
    into.spans.set(`${name}.${at}`, arg.span);
    if (values.some(value => value.name === arg.name.text)) {
      reporter.report('E205', arg.name.span, { name: arg.name.text, where: place.of });
      into.lost = true;
      continue;
    }
    const later = laterOption(arg.name.text, of.operator.name);
    if (later !== null && !isWrittenNumber(arg.value)) {
      reporter.report('E190', arg.span, { what: later });
      continue;
    }
    if (arg.value.kind === 'name') {
      const names = Object.keys(of.operator.params).filter(each => each !== name);
      const hint = didYouMean(arg.name.text, names, `It takes ${listed(names)}, and parts as in \`${PARTS}\`.`);
      reporter.report('E208', arg.name.span, { name: arg.name.text, of: place.of, hint });
      into.lost = true;
      continue;
    }
    const constant = constantOf(arg.value, place.names, 'a number');
    const where = `\`${arg.name.text}\` of ${place.of}`;
    const fitted = constant === null ? null : fitConstant(constant, FLOAT, false, { node: arg.value, where }, reporter);
    if (fitted === null || typeof fitted.value !== 'number') into.lost = true;
    else values.push({ name: arg.name.text, value: fitted.value });
  }
  const [first] = rest;
  if (first !== undefined) into.spans.set(name, first.span);
  else if (!spec.optional) {
    if (!failed && !stumbled(of.scope.module, of.stage.span)) {
      reporter.report('E207', of.stage.op.span, { name, of: place.of, shown: PARTS, doc: spec.doc });
    }
    into.lost = true;
  }
  into.params[name] = values;
}

function isWrittenNumber(node: ExpressionNode): boolean {
  return node.kind === 'parameter' || (node.kind === 'literal' && typeof node.value === 'number');
}
