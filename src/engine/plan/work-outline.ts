import type { Catalog } from '../contract/catalog.ts';
import type { TableShape } from '../contract/state.ts';
import { type Schema, typeText } from '../contract/types.ts';
import type { Chain, ChainInput, StreamJob } from './physical.ts';
import { portKey } from './port-key.ts';

/** What a stream rests on between two runs, as plain data: by it a changed flow is held against what an earlier one has left. */
export interface WorkOutline {
  readonly chains: readonly ChainOutline[];
  readonly sinks: readonly SinkOutline[];
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
}

export function outlineOf(job: StreamJob, catalog: Catalog): WorkOutline {
  const chains = job.chains.map(chain => ({
    id: chain.id,
    input: inputOutline(job, chain),
    tables: tablesOf(chain, catalog),
  }));
  const sinks = job.chains.flatMap(({ outputs }) =>
    outputs.flatMap(output => {
      if (output.kind !== 'sink') return [];
      const { id, binding, connector } = output.sink;
      return [{ id, binding, to: `${connector.connector} ${String(connector.options['name'] ?? '')}`.trim() }];
    }),
  );
  return { chains, sinks };
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
