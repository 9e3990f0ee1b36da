import type { Json } from '../../../../src/engine/base/json.ts';
import type { Expression } from '../../../../src/engine/contract/expression.ts';
import type { Schema, Type } from '../../../../src/engine/contract/types.ts';
import type { BindingType } from '../../../../src/engine/contract/value.ts';
import type {
  BadDestination,
  Plan,
  PlanNode,
  PortRef,
  SinkNode,
  SourceNode,
  StageNode,
} from '../../../../src/engine/plan/plan.ts';

const span = { file: 'test.flow', start: 0, end: 0, line: 1, column: 1 };

export function planOf(nodes: readonly PlanNode[], name = 'test_flow', version = 1): Plan {
  return {
    format: 1,
    flow: { name, version },
    textHash: 'hash',
    text: `flow ${name} v${version}`,
    params: {},
    nodes,
  };
}

const int: Type = { kind: 'int' };
const text: Type = { kind: 'string' };
export const numbersSchema: Schema = {
  fields: [
    { name: 'n', type: int, nullable: false },
    { name: 'k', type: int, nullable: false },
    { name: 'who', type: text, nullable: false, entity: true },
  ],
};

export const rows = (schema: Schema, bounded = true): BindingType => ({ kind: 'rows', schema, bounded });

export function numbers(
  id: string,
  splits: number,
  count: number,
  onBad: BadDestination = { kind: 'fail' },
): SourceNode {
  return {
    kind: 'source',
    id,
    binding: id,
    span,
    ports: { out: rows(numbersSchema) },
    connector: { connector: 'numbers', options: { splits, rows: count } },
    format: null,
    schema: numbersSchema,
    names: {},
    nulls: [],
    onRange: 'bad',
    zone: null,
    onBad,
  };
}

export function csv(id: string, path: string, schema: Schema, onBad: BadDestination): SourceNode {
  return {
    ...numbers(id, 0, 0, onBad),
    ports: { out: rows(schema) },
    connector: { connector: 'file', options: { path } },
    format: { name: 'csv', options: { header: true, delimiter: ',', quote: '"' } },
    schema,
  };
}

export function topicSource(
  id: string,
  topic: string,
  schema: Schema,
  from: 'earliest' | 'latest' | { readonly offsets: number } = 'earliest',
): SourceNode {
  return {
    ...numbers(id, 0, 0),
    ports: { out: rows(schema, false) },
    connector: { connector: 'topic', options: { name: topic, from } },
    schema,
  };
}

export function stage(
  id: string,
  op: string,
  input: PortRef | string,
  params: Readonly<Record<string, unknown>>,
  ports: Readonly<Record<string, BindingType>>,
  sides: StageNode['sides'] = {},
): StageNode {
  const binding = id.split('/')[0];
  const from = typeof input === 'string' ? { node: input, port: 'out' } : input;
  return { kind: 'stage', id, binding, span, ports, op, params, input: from, sides };
}

/** Of rows as `numbers` makes them: those whose `k` is less. */
export function whereK(id: string, input: string, below: number, bounded = true): StageNode {
  const condition = call('lt', bool, column('k'), literal(below));
  return stage(id, 'where', input, { condition }, { out: rows(numbersSchema, bounded) });
}

export function sink(
  id: string,
  input: string,
  connector: string,
  options: Readonly<Record<string, Json>>,
  key: string | null = null,
): SinkNode {
  return {
    kind: 'sink',
    id,
    binding: id,
    span,
    ports: { out: { kind: 'done' } },
    connector: { connector, options },
    format: null,
    key,
    delivery: 'exactly-once',
    input: { node: input, port: 'out' },
  };
}

export const column = (name: string, type: Type = int): Expression => ({ op: 'column', type, nullable: false, name });
export const literal = (value: number): Expression => ({ op: 'literal', type: int, nullable: false, value });
export const call = (fn: string, type: Type, ...args: Expression[]): Expression => ({
  op: 'call',
  fn,
  type,
  nullable: false,
  args,
});
export const bool: Type = { kind: 'bool' };

export const sumsSchema: Schema = {
  fields: [
    { name: 'who', type: text, nullable: false, entity: true },
    { name: 'count', type: int, nullable: false },
    { name: 'sum', type: int, nullable: false },
  ],
};
