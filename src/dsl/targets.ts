import { canonicalJson, type Json } from '../engine/base/json.ts';
import type { Span } from '../engine/base/span.ts';
import type { SinkDefinition } from '../engine/contract/connector.ts';
import type { ParameterSpecs } from '../engine/contract/parameter.ts';
import type { PlanNode, SinkNode } from '../engine/plan/plan.ts';
import type { FlowContext } from './flow-context.ts';

/** Something in the world that a flow writes or reads. Equal keys: the same thing. */
interface Use {
  readonly key: string;
  readonly shown: string;
  readonly node: PlanNode;
  readonly span: Span;
}

/**
 * Two sinks with one target would overwrite or mix each other's rows, and a flow that writes what it reads never ends, or eats
 * its own input (E602). Names that only a run gives are held against the world when it starts (R216).
 */
export function refuseSharedTargets(context: FlowContext): void {
  const nodes = [...context.nodes.values()];
  const written = new Map<string, Use>();
  // Two reports share their page and its figures: that is one mistake.
  const told = new Set<PlanNode>();
  for (const use of nodes.flatMap(node => sinkUses(node, context))) {
    const before = written.get(use.key);
    if (before === undefined) written.set(use.key, use);
    else if (!told.has(use.node)) {
      told.add(use.node);
      report(use, { how: 'written by the sink', name: before.node.binding, at: before.span }, context);
    }
  }
  const letters = new Map<string, Use>();
  for (const use of nodes.flatMap(node => deadLetterUses(node, context))) {
    const sink = written.get(use.key);
    if (sink !== undefined)
      report(use, { how: 'written by the sink', name: sink.node.binding, at: sink.span }, context);
    else letters.set(use.key, use);
  }
  for (const read of nodes.flatMap(node => sourceUses(node, context))) {
    const writer = written.get(read.key) ?? letters.get(read.key);
    const by = { how: 'read by', name: read.node.binding, at: read.span };
    if (writer !== undefined) report(writer, by, context);
  }
}

function report(use: Use, by: { how: string; name: string; at: Span }, context: FlowContext): void {
  const related = [{ span: by.at, message: by.how === 'read by' ? 'read here' : 'written here' }];
  const hint =
    by.how === 'read by' ? { hint: 'Write to another target: what is written here would be its own input.' } : {};
  context.reporter.report('E602', use.span, { target: use.shown, how: by.how, name: by.name, ...hint }, related);
}

function sinkUses(node: PlanNode, context: FlowContext): readonly Use[] {
  if (node.kind !== 'sink') return [];
  const definition = context.catalog.sinks.get(node.connector.connector);
  if (definition === undefined || definition.nature === 'console') return [];
  const named = namedUses(node, definition.options, context);
  if (named !== null) return [...named, ...unnamedUses(node, definition, named, context)];
  // What its options name is not known here: the same ones are the same target.
  const { connector, options } = node.connector;
  return [
    { key: canonicalJson([connector, options]), shown: shown(connector, options), node, span: placeOf(node, context) },
  ];
}

function sourceUses(node: PlanNode, context: FlowContext): readonly Use[] {
  if (node.kind !== 'source') return [];
  const definition = context.catalog.sources.get(node.connector.connector);
  return definition === undefined ? [] : (namedUses(node, definition.options, context) ?? []);
}

function deadLetterUses(node: PlanNode, context: FlowContext): readonly Use[] {
  if (node.kind !== 'source' || node.onBad.kind !== 'topic' || node.onBad.topic === '') return [];
  const { topic } = node.onBad;
  const span = context.places.get(node.id)?.args.get('on_bad') ?? node.span;
  return [{ key: `topic ${topic}`, shown: `dlq("${topic}")`, node, span }];
}

/** By the options that name a topic or file; null where there are none. A name that is not known yet is empty. */
function namedUses(node: PlanNode, specs: ParameterSpecs, context: FlowContext): readonly Use[] | null {
  if (node.kind !== 'source' && node.kind !== 'sink') return null;
  const { connector, options } = node.connector;
  const naming = Object.entries(specs).filter(([, spec]) => spec.names === 'topic' || spec.names === 'file');
  if (naming.length === 0) return null;
  return naming.flatMap(([option, spec]) => {
    const name = options[option];
    if (typeof name !== 'string' || name === '') return [];
    const key = spec.names === 'file' ? `file ${plainPath(name)}` : `topic ${name}`;
    return [{ key, shown: shown(connector, options), node, span: placeOf(node, context) }];
  });
}

/** Files a sink makes beside the one that is written out; of a name that is not known yet there are none to tell. */
function unnamedUses(
  node: SinkNode,
  definition: SinkDefinition,
  named: readonly Use[],
  context: FlowContext,
): readonly Use[] {
  if (named.length === 0) return [];
  const { connector, options } = node.connector;
  return (definition.alsoWrites?.(options as never) ?? []).map(path => ({
    key: `file ${plainPath(path)}`,
    shown: `${path}\` of \`${shown(connector, options)}`,
    node,
    span: placeOf(node, context),
  }));
}

function placeOf(node: PlanNode, context: FlowContext): Span {
  return context.places.get(node.id)?.args.get('connector') ?? node.span;
}

function shown(connector: string, options: Readonly<Record<string, Json>>): string {
  const name = Object.values(options).find(option => typeof option === 'string') ?? connector;
  return `${connector}("${name}")`;
}

/** A path without the detours one may write it with: `./a.csv`, `x/../a.csv`. */
function plainPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    const last = parts.at(-1);
    if (part === '..' && last !== undefined && last !== '..') parts.pop();
    else parts.push(part);
  }
  return `${path.startsWith('/') ? '/' : ''}${parts.join('/')}`;
}
