import { assert } from '../base/assert.ts';
import type { Schema } from '../contract/types.ts';
import { chainInputPort } from './chain-input.ts';
import { rowsSchema } from './column-needs.ts';
import type { Chain, ChainInput, ChainOutput, ChainStep, StreamJob } from './physical.ts';
import type { PortRef, SinkNode, StageNode } from './plan.ts';
import type { PlanView } from './plan-view.ts';
import { portKey } from './port-key.ts';
import { sideRefs } from './refs.ts';
import { isStillKeyed } from './still-keyed.ts';

interface Growing {
  readonly id: string;
  readonly input: ChainInput;
  readonly steps: ChainStep[];
  readonly outputs: ChainOutput[];
  readonly spread: Chain['spread'];
  /** Key columns its rows were placed by as they came in. */
  readonly keyedBy: readonly string[] | null;
}

/**
 * The part of a plan that runs over the log: a tree of chains from what is read (sources, topics, kept tables) to the sinks
 * that take rows as they come. A chain ends where rows must change partition.
 */
export function streamJob(view: PlanView, sinks: readonly SinkNode[]): StreamJob | null {
  if (sinks.length === 0) return null;
  const builder = new ChainBuilder(view);
  for (const sink of sinks) {
    for (const chain of builder.chainsAt(sink.input)) {
      chain.outputs.push({ kind: 'sink', sink, from: sink.input });
    }
  }
  return { kind: 'stream', id: 'stream', needs: builder.needs, chains: builder.chains };
}

class ChainBuilder {
  readonly chains: Growing[] = [];
  readonly needs: PortRef[] = [];
  readonly #view: PlanView;
  /** The chains that make a port's rows: one, or several after a union of endless streams. */
  readonly #at = new Map<string, readonly Growing[]>();

  constructor(view: PlanView) {
    this.#view = view;
  }

  chainsAt(ref: PortRef): readonly Growing[] {
    const known = this.#at.get(portKey(ref));
    if (known !== undefined) return known;
    const chains = this.#build(ref);
    this.#at.set(portKey(ref), chains);
    return chains;
  }

  #build(ref: PortRef): readonly Growing[] {
    const view = this.#view;
    if (view.kept.has(portKey(ref))) {
      this.needs.push(ref);
      return [
        this.#start(`table-${ref.node}-${ref.port}`, { kind: 'table', ref, schema: view.keptSchema(ref) }, 'split'),
      ];
    }
    const node = view.node(ref.node);
    if (node.kind === 'source') {
      if (ref.port !== 'out') return this.chainsAt({ node: ref.node, port: 'out' });
      const isLog = view.catalog.sources.get(node.connector.connector)?.nature === 'log';
      const topic = String(node.connector.options['name'] ?? '');
      return [
        this.#start(
          node.id,
          isLog ? { kind: 'topic', source: node, topic } : { kind: 'source', source: node },
          'split',
        ),
      ];
    }
    assert(node.kind === 'stage', `${ref.node} gives no rows`);
    return this.#stage(node);
  }

  #stage(node: StageNode): readonly Growing[] {
    const view = this.#view;
    for (const side of sideRefs(node)) {
      const rows = view.rows(side);
      if (rows === null || rows.bounded) this.needs.push(side);
    }
    const chains = this.chainsAt(node.input).map(chain => this.#placed(chain, node));
    const added = unique(chains);
    for (const chain of added)
      chain.steps.push({ ...view.running(node), from: this.#from(chain, node.input), inputParam: null });
    for (const [param, refs] of Object.entries(node.sides)) {
      for (const side of refs) {
        if (view.rows(side)?.bounded !== false) continue;
        for (const chain of this.chainsAt(side)) {
          const target = added.includes(chain) ? chain : this.#placed(chain, node);
          target.steps.push({ ...view.running(node), from: this.#from(target, side), inputParam: param });
          if (!added.includes(target)) added.push(target);
        }
      }
    }
    for (const port of Object.keys(node.ports)) this.#at.set(portKey({ node: node.id, port }), added);
    return added;
  }

  /** The chain the stage runs in: the one its rows are made in, or a new one behind an exchange. */
  #placed(chain: Growing, node: StageNode): Growing {
    const placement = this.#view.placement(node);
    assert(placement !== null, `${node.id} cannot run on a stream`);
    if (placement.kind === 'rows')
      return this.#spreads(chain, node) ? this.#exchange(chain, node, this.#entity(node.input), false) : chain;
    const by = placement.kind === 'key' ? placement.columns : [];
    const isSameKey = by.length > 0 && chain.keyedBy?.join('\n') === by.join('\n');
    if (isSameKey && isStillKeyed(this.#view, chain.steps, node.input, by)) return chain;
    return this.#exchange(chain, node, by, placement.kind === 'single');
  }

  /** One file is decoded by one task; the first stage with real work behind it is spread over all partitions. */
  #spreads(chain: Growing, node: StageNode): boolean {
    return chain.input.kind === 'source' && this.#view.catalog.operators.get(node.op)?.execution.mode === 'rows';
  }

  /** Rows about one person stay in order: they travel by their `@entity` column where there is one. */
  #entity(ref: PortRef): readonly string[] {
    const entity = this.#schema(ref).fields.find(field => field.entity);
    return entity === undefined ? [] : [entity.name];
  }

  #exchange(chain: Growing, node: StageNode, by: readonly string[], single: boolean): Growing {
    const id = node.id;
    const schema = this.#schema(node.input);
    if (!chain.outputs.some(output => output.kind === 'exchange' && output.topic === id)) {
      chain.outputs.push({ kind: 'exchange', topic: id, from: node.input, schema, by, single });
    }
    const index = this.chains.findIndex(known => known.id === id);
    const known = this.chains[index];
    if (known === undefined)
      return this.#start(id, { kind: 'exchange', topic: id, schema, upstreams: [chain.id] }, 'keyed', by);
    assert(known.input.kind === 'exchange', `chain ${id} reads no exchange`);
    if (!known.input.upstreams.includes(chain.id)) (known.input.upstreams as string[]).push(chain.id);
    return known;
  }

  #start(id: string, input: ChainInput, spread: Chain['spread'], keyedBy: readonly string[] | null = null): Growing {
    const known = this.chains.find(chain => chain.id === id);
    if (known !== undefined) return known;
    const chain: Growing = { id, input, steps: [], outputs: [], spread, keyedBy };
    this.chains.push(chain);
    return chain;
  }

  #from(chain: Growing, ref: PortRef): PortRef | null {
    return chain.steps.some(step => step.node.id === ref.node) ? ref : chainInputPort(chain.input, ref);
  }

  #schema(ref: PortRef): Schema {
    const schema = rowsSchema(this.#view.plan, ref);
    assert(schema !== null, `${portKey(ref)} holds no rows`);
    return schema;
  }
}

function unique(chains: readonly Growing[]): Growing[] {
  return [...new Set(chains)];
}
