import { sha256 } from '../base/sha256.ts';
import type { Catalog } from '../contract/catalog.ts';
import type { TableShape } from '../contract/state.ts';
import { type Schema, typeText } from '../contract/types.ts';
import type { Chain, ChainInput, StreamJob } from './physical.ts';
import type { PlanNode, SinkNode } from './plan.ts';
import { portKey } from './port-key.ts';

/** What a stream rests on between two runs, as plain data: by it a changed flow is held against what an earlier one has left. */
export interface WorkOutline {
  readonly chains: readonly ChainOutline[];
  readonly sinks: readonly SinkOutline[];
  /** What rows come through before they reach state. Absent in manifests made before it was kept. */
  readonly stages?: readonly StageOutline[];
}
/** A stage, a source or a model of the registry. */
export interface StageOutline {
  readonly id: string;
  readonly binding: string;
  /** A hash of what it does. */
  readonly does: string;
  /** Of a source: each column that is read, and how. Which are read depends on who needs them. */
  readonly columns?: Readonly<Record<string, string>>;
  /** What it reads, by id. */
  readonly from: readonly string[];
}
export interface ChainOutline {
  readonly id: string;
  readonly input: InputOutline;
  readonly tables: readonly TableOutline[];
}
export type InputOutline =
  | { readonly kind: 'source' | 'topic' | 'table'; readonly binding: string; readonly of: string }
  | {
      readonly kind: 'exchange';
      /** Columns its rows are placed by; empty: in turn, or all in one place where `single`. */
      readonly by: readonly string[];
      readonly single: boolean;
      /** Of the rows in it, as a flow declares them. */
      readonly fields: readonly string[];
      readonly upstreams: readonly string[];
    };
/** Whether positions in one are positions in the other. */
export function isSameInput(one: InputOutline, other: InputOutline): boolean {
  if (one.kind === 'exchange' || other.kind === 'exchange') return one.kind === other.kind;
  return one.kind === other.kind && one.of === other.of;
}
/** Under its whole name, as it is saved. */
export interface TableOutline extends TableShape {
  readonly name: string;
  readonly stage: string;
  readonly binding: string;
}
export interface SinkOutline {
  readonly id: string;
  readonly binding: string;
  /** Connector and what it writes to. */
  readonly to: string;
  /** Where its rows are made. Absent in manifests made before it was kept. */
  readonly chain?: string;
}

export function outlineOf(job: StreamJob, catalog: Catalog, nodes: readonly PlanNode[]): WorkOutline {
  const chains = job.chains.map(chain => ({
    id: chain.id,
    input: inputOutline(job, chain),
    tables: tablesOf(chain, catalog),
  }));
  const sinks = job.chains.flatMap(({ id: chain, outputs }) =>
    outputs.flatMap(output => {
      if (output.kind !== 'sink') return [];
      const { id, binding, connector } = output.sink;
      return [{ id, binding, to: `${connector.connector} ${String(connector.options['name'] ?? '')}`.trim(), chain }];
    }),
  );
  return { chains, sinks, stages: stagesBefore(chains, nodes) };
}

/** What is before the stages that keep state, and those themselves, in the order of the plan. */
function stagesBefore(chains: readonly ChainOutline[], nodes: readonly PlanNode[]): readonly StageOutline[] {
  const all = nodes.flatMap(node => (node.kind === 'sink' ? [] : [stageOutline(node)]));
  const wanted = new Set(chains.flatMap(({ tables }) => tables.map(({ stage }) => stage)));
  // A plan has inputs before their readers.
  for (const { id, from } of all.toReversed()) if (wanted.has(id)) for (const one of from) wanted.add(one);
  return all.filter(({ id }) => wanted.has(id));
}
function stageOutline(node: Exclude<PlanNode, SinkNode>): StageOutline {
  const { id, binding } = node;
  switch (node.kind) {
    case 'stage': {
      const { op, params, sides, input } = node;
      const from = [input, ...Object.values(sides).flat()].map(ref => ref.node);
      return { id, binding, does: sha256({ op, params, sides, port: input.port }), from: [...new Set(from)] };
    }
    case 'registry': {
      const { registry, alias, features, predicts, featuresHash } = node;
      return { id, binding, does: sha256({ registry, alias, features, predicts, featuresHash }), from: [] };
    }
    case 'source': {
      const { format, parts = {}, nulls, onRange, zone, names, schema } = node;
      const columns = schema.fields.map(({ name, type, nullable }) => {
        return [name, sha256([typeText(type, nullable), type, names[name] ?? name, parts[name] ?? null])];
      });
      const does = sha256({ format, nulls, onRange, zone });
      return { id, binding, does, columns: Object.fromEntries(columns), from: [] };
    }
  }
}

function inputOutline(job: StreamJob, { input }: Chain): InputOutline {
  if (input.kind !== 'exchange') return readOutline(input);
  const outputs = job.chains.flatMap(chain =>
    chain.outputs.flatMap(output => (output.kind === 'exchange' && output.topic === input.topic ? [output] : [])),
  );
  return {
    kind: 'exchange',
    by: outputs[0]?.by ?? [],
    single: outputs.some(output => output.single),
    fields: fieldTexts(input.schema),
    upstreams: [...input.upstreams].sort(),
  };
}
function readOutline(input: Exclude<ChainInput, { kind: 'exchange' }>): InputOutline {
  switch (input.kind) {
    case 'source':
      return { kind: 'source', binding: input.source.binding, of: input.source.connector.connector };
    case 'topic':
      return { kind: 'topic', binding: input.source.binding, of: input.topic };
    case 'table':
      return { kind: 'table', binding: input.ref.node, of: portKey(input.ref) };
  }
}

/** Frames hold columns by place, and a null where nulls may be. */
function fieldTexts({ fields }: Schema): readonly string[] {
  return fields.map(({ name, type, nullable }) => `${name}: ${typeText(type, nullable)}`);
}

function tablesOf({ steps }: Chain, catalog: Catalog): readonly TableOutline[] {
  const tables = new Map<string, TableOutline>();
  for (const { node, input } of steps) {
    const execution = catalog.operators.get(node.op)?.execution;
    if (execution?.mode !== 'rows') continue;
    for (const { name, key, slots } of execution.state?.(node.params as never, input) ?? []) {
      const full = `${node.id}/${name}`;
      tables.set(full, { name: full, stage: node.id, binding: node.binding, key, slots });
    }
  }
  return [...tables.values()];
}
