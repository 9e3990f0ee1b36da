import { featuresHash } from '../engine/contract/features-hash.ts';
import { hasPersonalFeature, optional, type ParameterSpecs, required } from '../engine/contract/parameter.ts';
import type { Type } from '../engine/contract/types.ts';
import type { BindingType } from '../engine/contract/value.ts';
import type { RegistryNode } from '../engine/plan/plan.ts';
import { type ArgumentPlace, reportMissingArgument, reportUnknownArgument } from './argument-slots.ts';
import { constantArgument } from './arguments.ts';
import { type Port, UNKNOWN_PORT } from './bindings.ts';
import type { FlowContext } from './flow-context.ts';
import { laterOption } from './later.ts';
import type { Declaration } from './modules.ts';
import { bindingNamed, fileScope, type NamedPort, parameterMeaning } from './scope.ts';
import { didYouMean, listed } from './suggest.ts';
import type { ExpressionNode, ModelStatement } from './syntax.ts';
import { describeType } from './types.ts';

const RETRAIN = 'Train and publish a model with this pipeline, or import the pipeline it was trained with.';
export const MODEL_OPTIONS = {
  serve: optional('choice', 'The alias that is served; `champion` without it.'),
  features: optional('pipeline', 'The pipeline it was trained with: a model trained otherwise is refused.'),
  predicts: required('choice', 'What it predicts: `bool`, or the classes, `enum("a", "b")`.', { choices: ['bool'] }),
  fallback: optional('choice', 'What happens while the registry holds no such model.', { choices: ['fail', 'skip'] }),
} as const satisfies ParameterSpecs;
/** What a `model` comes from. */
export const REGISTRY = {
  name: 'registry',
  summary: 'Published models by name.',
  params: { name: required('string', 'Name of the model in the registry.', { position: 0, names: 'model' }) },
} as const;
const OPTIONS = Object.keys(MODEL_OPTIONS);

/** The model a binding stands for, as it is used on `rows`: a registry's model is then checked against them. */
export function modelPort(named: NamedPort, rows: Port, context: FlowContext): Port {
  const { binding } = named;
  return binding.kind === 'registry' ? registryPort(binding.declaration, rows, context) : named.port;
}

/** A `model` statement as a node; its features are known once rows are at hand. */
export function registryPort(declaration: Declaration, rows: Port | null, context: FlowContext): Port {
  const { statement } = declaration;
  if (statement.kind !== 'model') return UNKNOWN_PORT;
  const id = statement.name.text;
  const before = context.nodes.get(id);
  const place: ArgumentPlace = {
    names: {
      reporter: context.reporter,
      parameter: node => parameterMeaning(node, context, fileScope(declaration.module)),
    },
    of: `\`model ${id}\``,
    owner: 'model',
  };
  const errors = context.reporter.errors;
  const registry = registryName(statement, place);
  const predicts = predictedType(statement, place);
  const options = wordOptions(statement, place);
  const features = declaredFeatures(statement, rows, context, declaration);
  if (registry === null || predicts === null || options === null || features === null) return UNKNOWN_PORT;
  const phi = features.personal ? { phi: true as const } : {};
  const type: BindingType = { kind: 'model', features: features.names ?? [], predicts, ...phi };
  const node: RegistryNode = {
    kind: 'registry',
    id,
    binding: id,
    ports: { out: type },
    span: statement.span,
    registry,
    alias: options.serve,
    features: features.names,
    predicts,
    featuresHash: features.hash,
    fallback: options.fallback,
  };
  if (before?.kind === 'registry') differsFromBefore(before, node, statement, context);
  if (before === undefined || (before.kind === 'registry' && before.features === null)) {
    context.nodes.set(id, node);
    if (context.reporter.errors === errors) compareWithRegistry(node, statement, context);
  }
  return { ref: { node: id, port: 'out' }, type, open: false };
}

function registryName(statement: ModelStatement, place: ArgumentPlace): string | null {
  const { connector } = statement;
  const { reporter } = place.names;
  if (connector.callee.text !== REGISTRY.name) {
    reporter.report('E201', connector.callee.span, {
      kind: 'registry',
      name: connector.callee.text,
      hint: `Write \`model ${statement.name.text} = registry("name") { … }\`.`,
    });
    return null;
  }
  const [name] = connector.args;
  const spec = REGISTRY.params.name;
  if (name === undefined) {
    reportMissingArgument('name', spec, '`registry`', connector.span, place);
    return null;
  }
  const value = constantArgument(spec, 'name', name, { ...place, of: '`registry`' });
  return value === null ? null : String(value.value);
}

function optionNode(statement: ModelStatement, name: string): ExpressionNode | undefined {
  return statement.options.find(option => option.name.text === name)?.value;
}

/** `bool`, or `enum("a", "b")`. */
function predictedType(statement: ModelStatement, place: ArgumentPlace): Type | null {
  const { reporter } = place.names;
  const node = optionNode(statement, 'predicts');
  if (node === undefined) {
    reportMissingArgument('predicts', MODEL_OPTIONS.predicts, place.of, statement.name.span, place);
    return null;
  }
  if (node.kind === 'name' && node.name === 'bool') return { kind: 'bool' };
  if (node.kind === 'call' && node.callee.text === 'enum' && node.args.length > 0) {
    const values = node.args.flatMap(arg =>
      arg.kind === 'literal' && typeof arg.value === 'string' ? [arg.value] : [],
    );
    if (values.length === node.args.length) return { kind: 'enum', values };
  }
  reporter.report('E304', node.span, {
    expected: 'what a model can predict',
    hint: 'Write `bool`, or the classes: `enum("a", "b")`.',
  });
  return null;
}

function wordOptions(
  statement: ModelStatement,
  place: ArgumentPlace,
): { readonly serve: string; readonly fallback: 'fail' | 'skip' } | null {
  let failed = false;
  const seen = new Set<string>();
  for (const option of statement.options) {
    const name = option.name.text;
    if (seen.has(name)) {
      place.names.reporter.report('E205', option.name.span, { name, where: place.of });
      failed = true;
    }
    seen.add(name);
    if (OPTIONS.includes(name)) continue;
    reportUnknownArgument(option, place.of, OPTIONS, place);
    if (laterOption(name, 'model') === null) failed = true;
  }
  const serve = optionNode(statement, 'serve');
  const fallback = optionNode(statement, 'fallback');
  const alias =
    serve === undefined
      ? 'champion'
      : constantArgument({ kind: 'choice', doc: '', optional: true }, 'serve', serve, place);
  const what = fallback === undefined ? 'fail' : constantArgument(MODEL_OPTIONS.fallback, 'fallback', fallback, place);
  if (failed || alias === null || what === null) return null;
  return {
    serve: typeof alias === 'string' ? alias : String(alias.value),
    fallback: (typeof what === 'string' ? what : String(what.value)) === 'skip' ? 'skip' : 'fail',
  };
}

/** Names and hash of what the flow says the model learned from; names null where the flow does not say, or cannot yet. */
function declaredFeatures(
  statement: ModelStatement,
  rows: Port | null,
  context: FlowContext,
  declaration: Declaration,
): { readonly names: readonly string[] | null; readonly hash: string | null; readonly personal?: boolean } | null {
  const node = optionNode(statement, 'features');
  if (node === undefined) return { names: null, hash: null };
  if (node.kind === 'list') {
    const names = node.items.flatMap(item => (item.kind === 'name' ? [item.name] : []));
    if (names.length === node.items.length) return { names, hash: null };
  }
  if (node.kind !== 'name') {
    context.reporter.report('E304', node.span, {
      expected: 'a pipeline, or a list of names',
      hint: 'Write `features: prep`.',
    });
    return null;
  }
  const binding = bindingNamed({ text: node.name, span: node.span }, context, fileScope(declaration.module));
  if (binding.kind === 'unknown') return null;
  if (binding.kind !== 'pipeline') {
    const hint = 'The features are those of a pipeline: `let prep = pipeline { | … }`.';
    context.reporter.report('E213', node.span, {
      name: node.name,
      found: 'not a pipeline',
      expected: 'a pipeline',
      hint,
    });
    return null;
  }
  const type = rows?.type ?? null;
  if (rows === null || type?.kind !== 'rows') return { names: null, hash: null };
  const made = type.schema.fields.find(field => field.name === 'features' && field.type.kind === 'features');
  // Rows that carry features already were transformed before: what they were made of is not seen here.
  if (made?.type.kind === 'features') return { names: made.type.names, hash: null };
  if (rows.open) return null;
  const spec = context.pipelineSpec(binding.declaration, rows, node.span);
  return spec === null ? null : { names: spec.features, hash: featuresHash(spec), personal: hasPersonalFeature(spec) };
}

function differsFromBefore(
  before: RegistryNode,
  now: RegistryNode,
  statement: ModelStatement,
  context: FlowContext,
): void {
  if (before.featuresHash === null || now.featuresHash === null || before.featuresHash === now.featuresHash) return;
  context.reporter.report('E504', statement.name.span, {
    name: statement.name.text,
    what: 'its features come out differently at two places that use it',
    hint: 'Bring the rows into one form before both places.',
  });
}

/** What the registry holds now, where one is at hand: another model than the flow declares is refused before a row is read. */
function compareWithRegistry(node: RegistryNode, statement: ModelStatement, context: FlowContext): void {
  const held = context.host.model?.(node.registry, node.alias);
  if (held === undefined || held === null) return;
  const { reporter } = context;
  const model = statement.name.text;
  const classes = node.predicts.kind === 'enum' ? node.predicts.values : [false, true];
  const shownClasses = held.classes.map(each => JSON.stringify(each)).join(', ');
  if (!sameClasses(held.classes, classes)) {
    const span = optionNode(statement, 'predicts')?.span ?? statement.span;
    const found = held.classes.every(each => typeof each === 'boolean') ? 'bool' : `enum(${shownClasses})`;
    const what = `${node.registry}@${node.alias} predicts ${found}, not ${describeType(node.predicts)}`;
    reporter.report('E504', span, { name: model, what, hint: `Write \`predicts: ${found}\`.` });
  }
  const span = optionNode(statement, 'features')?.span ?? statement.span;
  if (node.features !== null) {
    const difference = featureDifference(node.features, held.features);
    if (difference !== null) {
      const what = `${node.registry}@${node.alias} was trained on other features; ${difference}`;
      reporter.report('E504', span, { name: model, what, hint: RETRAIN });
      return;
    }
  }
  if (node.featuresHash !== null && held.transformHash !== null && held.transformHash !== node.featuresHash) {
    reporter.report('E504', span, {
      name: model,
      what: `${node.registry}@${node.alias} was trained with another version of its pipeline`,
      hint: RETRAIN,
    });
  }
}

function sameClasses(held: readonly (boolean | string)[], declared: readonly (boolean | string)[]): boolean {
  return held.length === declared.length && held.every(each => declared.includes(each));
}

/** A model's own names may be finer than the flow's: `race=Asian` belongs to `race`. */
function featureDifference(declared: readonly string[], held: readonly string[]): string | null {
  const coarse: string[] = [];
  for (const name of held) {
    const at = name.indexOf('=');
    const own = !declared.includes(name) && at > 0 ? name.slice(0, at) : name;
    if (coarse.at(-1) !== own) coarse.push(own);
  }
  const missing = declared.filter(name => !coarse.includes(name));
  const extra = coarse.filter(name => !declared.includes(name));
  if (missing.length > 0) return `it does not know ${listed(missing, 5)}`;
  if (extra.length > 0) return `it also needs ${listed(extra, 5)}${hintNear(extra[0] ?? '', declared)}`;
  const swapped = declared.findIndex((name, at) => coarse[at] !== name);
  return swapped < 0 ? null : `they are in another order, from \`${declared[swapped]}\` on`;
}

function hintNear(name: string, declared: readonly string[]): string {
  const near = didYouMean(name, declared, '');
  return near === '' ? '' : ` (${near.replace('Did you mean ', 'declared here is ').replace('?', '')})`;
}
