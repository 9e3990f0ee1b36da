import { canonicalJson } from '../../engine/base/json.ts';
import type { Catalog } from '../../engine/contract/catalog.ts';
import type { AggregateAssignment, Expression } from '../../engine/contract/expression.ts';
import type { OperatorDefinition } from '../../engine/contract/operator.ts';
import type { PipelineSpec, PipelineStage } from '../../engine/contract/parameter.ts';
import type { Field } from '../../engine/contract/types.ts';
import type { BindingType } from '../../engine/contract/value.ts';
import type { PlanNode, PortRef, StageNode } from '../../engine/plan/plan.ts';

/** A column some value was made of: as a source has it, or as a stage computed it. */
export interface Origin {
  readonly column: string;
  /** A source has it; no stage computed it. */
  readonly raw: boolean;
  /** The source marks it as telling whom or what a row is about. */
  readonly mark?: '@id' | '@entity';
}
/** By a key that tells columns of one name apart. */
export type Origins = ReadonlyMap<string, Origin>;

export interface Feature {
  readonly origins: Origins;
  /** The pipeline that makes it. */
  readonly spec: PipelineSpec;
}

/** What the columns behind a port were made of. Parts of a record are named `labs.creatinine` beside `labs`. */
export interface Columns {
  readonly columns: ReadonlyMap<string, Origins>;
  /** Of a transform, and of rows it was applied to. */
  readonly features: ReadonlyMap<string, Feature>;
}
const NOTHING: Columns = { columns: new Map(), features: new Map() };

export interface ColumnOrigins {
  of(ref: PortRef): Columns;
  /** The features a stage has before it: of the pipeline it is handed, or of the rows it takes. */
  featuresOf(stage: StageNode): Columns['features'];
}

/** `node` gives the nodes of the plan by id; undefined where a mistake left one out. */
export function columnOrigins(node: (id: string) => PlanNode | undefined, catalog: Catalog): ColumnOrigins {
  const known = new Map<string, Columns>();
  const of = (ref: PortRef): Columns => {
    const key = `${ref.node}:${ref.port}`;
    const before = known.get(key);
    if (before !== undefined) return before;
    // A circle has been reported, and ends here.
    known.set(key, NOTHING);
    const found = columnsBehind(ref, node(ref.node));
    known.set(key, found);
    return found;
  };

  function columnsBehind(ref: PortRef, from: PlanNode | undefined): Columns {
    const type = from?.ports[ref.port];
    if (from?.kind === 'source' && type?.kind === 'rows') {
      const source = canonicalJson(from.connector);
      const own = ({ name, ...marks }: Field): readonly [string, Origins] => [
        name,
        new Map([[`${source} ${name}`, { column: name, raw: true, ...identifying(marks) }]]),
      ];
      return { columns: new Map(type.schema.fields.map(own)), features: new Map() };
    }
    const operator = from?.kind === 'stage' ? catalog.operators.get(from.op) : undefined;
    if (from?.kind !== 'stage' || type === undefined || operator === undefined) return NOTHING;
    const input = of(from.input);
    const sides = Object.entries(from.sides).map(
      ([name, refs]): Side => ({ name, added: operator.params[name]?.added === true, columns: refs.map(of), refs }),
    );
    // What was learned on some rows makes features of those it is put to.
    const learned = new Set(
      sides.flatMap(side => side.columns.flatMap(each => [...each.features.values()].map(feature => feature.spec))),
    );
    return {
      columns: columnsOfStage(from, operator, type, input, sides),
      features: learned.size > 0 ? new Map([...learned].flatMap(spec => madeBy(spec, input))) : featuresOf(from),
    };
  }

  function columnsOfStage(
    stage: StageNode,
    operator: OperatorDefinition,
    type: BindingType,
    input: Columns,
    sides: readonly Side[],
  ): Columns['columns'] {
    if (type.kind !== 'rows') return new Map();
    const rows = node(stage.input.node)?.ports[stage.input.port];
    const schema = rows?.kind === 'rows' ? rows.schema : { fields: [] };
    const lowered = computed({ ...stage, input: schema }, stage.id, input.columns);
    if (lowered !== null) return lowered;
    const made = blockOrigins(stage, operator, catalog, input, sides);
    const out = new Map<string, Origins>();
    for (const field of type.schema.fields) {
      const { name } = field;
      const own = made.get(name) ?? input.columns.get(name);
      const more = sides.flatMap(side => (side.added ? side.columns.map(each => each.columns.get(name)) : []));
      const record = sides.find(side => side.refs.some(ref => bindingOf(ref) === name));
      if (own !== undefined) {
        out.set(name, union([own, ...more]));
        for (const [part, origins] of input.columns) if (part.startsWith(`${name}.`)) out.set(part, origins);
      } else if (record !== undefined) {
        const parts = record.columns.flatMap(each => [...each.columns]);
        out.set(name, union(parts.map(([, origins]) => origins)));
        for (const [part, origins] of parts) out.set(`${name}.${part}`, origins);
      } else if (field.hidden !== true) out.set(name, union([one(name, stage.id), ...readBy(stage, operator, input)]));
    }
    return out;
  }

  /** The columns after a stage of expressions; null for every other. */
  function computed(
    { op, params, input }: Omit<PipelineStage, 'output'>,
    id: string,
    before: Columns['columns'],
  ): ReadonlyMap<string, Origins> | null {
    const execution = catalog.operators.get(op)?.execution;
    if (execution?.mode !== 'expressions') return null;
    const { assign = [], keep } = execution.lower(params as never, input);
    const after = new Map(before);
    for (const { name, value } of assign) {
      const read = expressionOrigins(value, after);
      after.set(name, value.op === 'column' ? read : union([one(name, id), read]));
    }
    if (keep === undefined) return after;
    return new Map([...after].filter(([name]) => keep.some(kept => name === kept || name.startsWith(`${kept}.`))));
  }

  function featuresOf(stage: StageNode): Columns['features'] {
    const spec = pipelineOf(stage, catalog.operators.get(stage.op));
    const rows = of(stage.input);
    return spec === null ? rows.features : new Map(madeBy(spec, rows));
  }

  function madeBy(spec: PipelineSpec, rows: Columns): readonly (readonly [string, Feature])[] {
    let { columns } = rows;
    for (const [at, each] of spec.stages.entries()) {
      // A rule puts a column in its own place; what it was made of stays.
      columns = computed(each, `${spec.name}/${at}`, columns) ?? columns;
    }
    return spec.features.map(name => [name, { origins: columns.get(name) ?? new Map(), spec }]);
  }

  const bindingOf = (ref: PortRef): string | undefined => {
    const binding = node(ref.node)?.binding;
    return ref.port === 'out' ? binding : `${binding}.${ref.port}`;
  };
  return { of, featuresOf };
}

interface Side {
  readonly name: string;
  readonly added: boolean;
  readonly columns: readonly Columns[];
  readonly refs: readonly PortRef[];
}

function one(column: string, of: string): Origins {
  return new Map([[`${of} ${column}`, { column, raw: false }]]);
}
function union(all: readonly (Origins | undefined)[]): Origins {
  return new Map(all.flatMap(origins => [...(origins ?? [])]));
}

function identifying({ id, entity }: Pick<Field, 'id' | 'entity'>): Pick<Origin, 'mark'> {
  return id === true ? { mark: '@id' } : entity === true ? { mark: '@entity' } : {};
}

function withoutMarked(origins: Origins): Origins {
  return new Map([...origins].filter(([, origin]) => origin.mark === undefined));
}

/** The pipeline a stage is handed, where it takes one. */
export function pipelineOf(stage: StageNode, operator: OperatorDefinition | undefined): PipelineSpec | null {
  for (const [name, spec] of Object.entries(operator?.params ?? {})) {
    const value = stage.params[name] as PipelineSpec | undefined;
    if (spec.kind === 'pipeline' && spec.inline !== true && value !== undefined) return value;
  }
  return null;
}

function expressionOrigins(expression: Expression, columns: Columns['columns']): Origins {
  const found: (Origins | undefined)[] = [];
  const visit = (part: Expression): void => {
    if (part.op === 'column') found.push(columns.get(part.name));
    if (part.op !== 'call') return;
    const [record, name] = part.args;
    if (part.fn === 'field' && record?.op === 'column' && name?.op === 'literal') {
      const own = columns.get(`${record.name}.${String(name.value)}`);
      if (own !== undefined) {
        found.push(own);
        return;
      }
    }
    part.args.forEach(visit);
  };
  visit(expression);
  return union(found);
}

/** What a stage's block makes, by kind; rules leave columns in their own places. */
function blockOrigins(
  stage: StageNode,
  operator: OperatorDefinition,
  catalog: Catalog,
  input: Columns,
  sides: readonly Side[],
): ReadonlyMap<string, Origins> {
  const made = new Map<string, Origins>();
  const entries = stage.params['block'];
  if (!Array.isArray(entries)) return made;
  const stream = sides.find(side => operator.params[side.name]?.kind === 'stream');
  const from = stream === undefined ? input.columns : (stream.columns[0] ?? NOTHING).columns;
  for (const entry of entries) {
    if (operator.block?.kind === 'aggregates') {
      const { name, calls } = entry as AggregateAssignment;
      const read = calls.flatMap(call => {
        const args = call.args.map(each => expressionOrigins(each, input.columns));
        return catalog.aggregates.get(call.fn)?.counts === true ? args.map(withoutMarked) : args;
      });
      made.set(name, union([one(name, stage.id), ...read]));
    }
    if (operator.block?.kind === 'fields') made.set(entry.name, from.get(entry.from) ?? new Map());
    if (operator.block?.kind === 'outputs') made.set(entry.name, one(entry.name, stage.id));
  }
  return made;
}

/** What a stage of which no more is known reads for the columns it adds. */
function readBy(stage: StageNode, operator: OperatorDefinition, input: Columns): readonly Origins[] {
  return Object.entries(operator.params).flatMap(([name, spec]) => {
    const value = stage.params[name];
    if (value === undefined) return [];
    if (spec.kind === 'column') return [input.columns.get(value as string) ?? new Map()];
    if (spec.kind === 'columns') return (value as readonly string[]).map(each => input.columns.get(each) ?? new Map());
    return spec.kind === 'expression' ? [expressionOrigins(value as Expression, input.columns)] : [];
  });
}
