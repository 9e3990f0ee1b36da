import type { OperatorDefinition } from '../engine/contract/operator.ts';
import type { BlockSpec, ParameterSpec, ParameterSpecs } from '../engine/contract/parameter.ts';
import { type Field, fieldOf, type Schema } from '../engine/contract/types.ts';
import { type ArgumentList, type ArgumentsPlace, argumentItems, callItems, sinksOf } from './complete-arguments.ts';
import { type Around, bindingOf, declared, rowsOf } from './complete-around.ts';
import {
  type Cursor,
  entries,
  type Group,
  isGroup,
  isToken,
  opensWith,
  parts,
  type SyntaxNode,
  startOf,
  wordOf,
} from './complete-cursor.ts';
import { expressionItems } from './complete-expression.ts';
import { formatNamed } from './complete-source.ts';
import { type Completion, columnItem, plain, signatureOf } from './completion.ts';
import { CONNECTOR_ARGUMENT, WRITE_OPTIONS } from './sinks.ts';
import * as t from './tokens.ts';
import { describeType, visibleFields } from './types.ts';

export interface StagePlace {
  readonly cursor: Cursor;
  /** The flow up to this stage. */
  readonly around: Around;
  readonly own: string | null;
  readonly in: 'let' | 'sink' | 'pipeline';
  /** The stage's nodes behind its `|`, and the brackets open in it. */
  readonly nodes: readonly SyntaxNode[];
  readonly inner: readonly Group[];
  /** The same flow with this stage as far as it is written before a place. */
  upTo(end: number): Around | null;
}

export function stageItems(place: StagePlace): readonly Completion[] {
  const { nodes, around } = place;
  const name = wordOf(nodes[0]);
  if (nodes.length === 0) return stageNames(place);
  if (name === null) return [];
  if (name === 'write' && place.in === 'sink') return writeItems(place);
  const operator = around.context.catalog.operators.get(name);
  if (operator === undefined) return [];
  const { inner } = place;
  const [block, ...deeper] = inner;
  const before = nodes.slice(1);
  if (opensWith(block, t.BraceOpen) && !isToken(before.at(-2), t.Colon)) {
    return operator.block === undefined || block === undefined
      ? []
      : blockItems(operator, operator.block, block, deeper, place);
  }
  // A closed block ends the stage.
  if (before.some((node, at) => isGroup(node) && opensWith(node, t.BraceOpen) && !isToken(before[at - 1], t.Colon)))
    return [];
  const specs = { ...operator.params, ...moreParameters(operator, before, place) };
  return argumentItems({ nodes: before, inner }, specs, argumentsPlace(operator, place));
}

/** Stages that take what comes, where that is known. */
function stageNames(place: StagePlace): readonly Completion[] {
  const { pipe, context } = place.around;
  const type = pipe === null || pipe.current.open ? null : (pipe.current.type?.kind ?? null);
  const fits = (operator: OperatorDefinition): boolean => {
    if (type !== null && !(operator.takes ?? ['rows']).includes(type)) return false;
    return place.in === 'pipeline' || operator.execution.mode !== 'fitted';
  };
  const found = [...context.catalog.operators.values()].filter(fits).map(operator => {
    const signature = signatureOf(operator.name, operator.params);
    return plain(
      'stage',
      operator.name,
      operator.block === undefined ? signature : `${signature} { … }`,
      operator.summary,
    );
  });
  if (place.in !== 'sink') return found;
  const write = signatureOf('write', { connector: CONNECTOR_ARGUMENT, ...WRITE_OPTIONS });
  return [...found, plain('stage', 'write', write, CONNECTOR_ARGUMENT.doc)];
}

function argumentsPlace(operator: OperatorDefinition, { cursor, around, own }: StagePlace): ArgumentsPlace {
  const { execution } = operator;
  const callables = execution.mode === 'train' ? [...around.context.catalog.learners.values()] : (operator.rules ?? []);
  return { cursor, around, own, schema: rowsOf(around.port), callables };
}

/** What a learner, connector or applied pipeline named before takes beside the stage's own arguments. */
function moreParameters(
  operator: OperatorDefinition,
  nodes: readonly SyntaxNode[],
  { around }: StagePlace,
): ParameterSpecs {
  const { catalog, main } = around.context;
  const first = parts(nodes)[0] ?? [];
  const name = wordOf(first[0]);
  if (name === null || parts(nodes).length < 2) return {};
  const spec = Object.values(operator.params).find(each => each.position === 0);
  if (spec?.kind === 'rule') {
    const { execution } = operator;
    return execution.mode === 'train' ? (catalog.learners.get(name)?.params ?? {}) : {};
  }
  if (spec?.kind === 'connector') return catalog.sinks.get(name)?.options ?? {};
  if (spec?.inline !== true) return {};
  const found = declared(main, ['pipeline']).find(each => each.name === name);
  if (found?.statement.kind !== 'let' || found.statement.value.kind !== 'pipeline') return {};
  const isSchema = (type: string): boolean => found.module.declarations.get(type)?.kind === 'schema';
  const { params } = found.statement.value;
  const rows = params.find(param => isSchema(param.type.name.text));
  return Object.fromEntries(
    params
      .filter(param => param !== rows)
      .map(({ name: given, type, value }): [string, ParameterSpec] => {
        const written = type.name.text;
        const kind = isSchema(written)
          ? 'stream'
          : written === 'column'
            ? 'column'
            : written === 'bool'
              ? 'bool'
              : 'literal';
        return [given.text, { kind, doc: `${written}, of the pipeline \`${name}\`.`, optional: value !== null }];
      }),
  );
}

/** `write CONNECTOR, key: …`. */
function writeItems({ cursor, around, own, nodes, inner }: StagePlace): readonly Completion[] {
  const { catalog } = around.context;
  const before = nodes.slice(1);
  const connector = catalog.sinks.get(wordOf(before[0]) ?? '');
  const format = formatNamed(before, before[1], catalog);
  const specs: ParameterSpecs = {
    connector: CONNECTOR_ARGUMENT,
    ...WRITE_OPTIONS,
    format: { ...WRITE_OPTIONS.format, choices: [...catalog.formats.keys()] },
    ...(parts(before).length > 1 ? { ...format?.options, ...connector?.options } : {}),
  };
  const { type, open } = around.port;
  const any = type === null || open || before.length > 0;
  const takes = (nature: string | undefined): boolean => any || (nature === 'value') === (type?.kind !== 'rows');
  const connectors = sinksOf(catalog).filter(({ name }) => takes(catalog.sinks.get(name)?.nature));
  const place = { cursor, around, own, schema: rowsOf(around.port), connectors, namedAs: 'option' as const };
  const found = argumentItems({ nodes: before, inner }, specs, place).filter(each => each.label !== 'connector');
  return found.map(each =>
    each.kind === 'choice' && catalog.formats.has(each.label) ? { ...each, kind: 'format' as const } : each,
  );
}

function blockItems(
  operator: OperatorDefinition,
  spec: BlockSpec,
  block: Group,
  inner: readonly Group[],
  place: StagePlace,
): readonly Completion[] {
  const { cursor, around } = place;
  const all = entries(block.nodes, cursor.lineStart && inner.length === 0);
  const current = all.at(-1) ?? [];
  const sets = current.findIndex(node => isToken(node, t.Assign));
  const schema = rowsOf(around.port);
  const earlier = all.slice(0, -1);
  if (sets < 0) return targetItems(operator, spec, current, earlier, inner, place);
  const value: ArgumentList = { nodes: current.slice(sets + 1), inner };
  switch (spec.kind) {
    case 'assignments':
    case 'aggregates': {
      const made = madeBefore(all, schema, place);
      const innermost = inner.at(-1);
      const nodes = innermost === undefined ? value.nodes : (lastValue(innermost) ?? []);
      const at = { cursor, around, schema: made, nodes, inner, before: value.nodes };
      return expressionItems({ ...at, aggregates: spec.kind === 'aggregates' });
    }
    case 'rules': {
      const types = namesOf(current.slice(0, sets)).flatMap(name => fieldOf(schema, name) ?? []);
      const rules = (operator.rules ?? []).filter(rule => types.every(field => rule.accepts(field.type)));
      return callItems('rule', rules, value, { ...argumentsPlace(operator, place), schema });
    }
    case 'fields':
      return value.nodes.length === 0 ? sideFields(operator, place).map(field => columnItem(field)) : [];
    case 'outputs':
      return outputItems(spec, value, place);
  }
}

function lastValue(group: Group): readonly SyntaxNode[] | undefined {
  const item = parts(group.nodes).at(-1);
  return item !== undefined && isToken(item[1], t.Colon) ? item.slice(2) : item;
}

function namesOf(nodes: readonly SyntaxNode[]): readonly string[] {
  return nodes.flatMap(node => (isGroup(node) ? namesOf(node.nodes) : (wordOf(node) ?? [])));
}

/** The left side: columns as they are, or those a rule is for. */
function targetItems(
  operator: OperatorDefinition,
  spec: BlockSpec,
  current: readonly SyntaxNode[],
  earlier: readonly (readonly SyntaxNode[])[],
  inner: readonly Group[],
  place: StagePlace,
): readonly Completion[] {
  const list = inner.at(-1);
  const begins = list === undefined ? current.length === 0 : (lastValue(list)?.length ?? 0) === 0;
  if (!begins || inner.length > 1) return [];
  const schema = rowsOf(place.around.port);
  const named = new Set(
    earlier.flatMap(entry =>
      namesOf(
        entry.slice(
          0,
          Math.max(
            1,
            entry.findIndex(node => isToken(node, t.Assign)),
          ),
        ),
      ),
    ),
  );
  for (const name of list === undefined ? [] : namesOf(list.nodes)) named.add(name);
  switch (spec.kind) {
    case 'rules': {
      const takes = (field: Field): boolean => (operator.rules ?? []).some(rule => rule.accepts(field.type));
      return visibleFields(schema)
        .filter(field => takes(field) && !named.has(field.name))
        .map(field => columnItem(field));
    }
    case 'fields':
      return sideFields(operator, place)
        .filter(field => !named.has(field.name))
        .map(field => columnItem(field));
    case 'assignments':
      return visibleFields(schema)
        .filter(field => !named.has(field.name))
        .map(field => columnItem(field));
    case 'outputs':
      return [];
    case 'aggregates':
      return [];
  }
}

/** Fields of the stream the stage brings in, or of the rows themselves. */
function sideFields(operator: OperatorDefinition, { around, nodes }: StagePlace): readonly Field[] {
  const stream = Object.values(operator.params).find(spec => spec.kind === 'stream' && spec.position === 0);
  if (stream === undefined) return visibleFields(rowsOf(around.port));
  const [first] = parts(nodes.slice(1));
  const name = wordOf(first?.[0]);
  const declaration = name === null ? undefined : around.context.main.declarations.get(name);
  const binding = declaration === undefined ? null : bindingOf(declaration, around.context);
  if (binding?.kind !== 'ports') return [];
  const port = binding.ports.get(isToken(first?.[1], t.Dot) ? (wordOf(first?.[2]) ?? 'out') : 'out');
  return port === undefined ? [] : visibleFields(rowsOf(port));
}

/** The rows, with what the entries before this one make of them. */
function madeBefore(all: readonly (readonly SyntaxNode[])[], schema: Schema, place: StagePlace): Schema {
  const first = all.at(-1)?.[0];
  const names = all.slice(0, -1).flatMap(entry => (isToken(entry[1], t.Assign) ? (wordOf(entry[0]) ?? []) : []));
  if (first === undefined || names.length === 0) return schema;
  const after = place.upTo(startOf(first));
  const made = after === null ? [] : rowsOf(after.port).fields.filter(field => names.includes(field.name));
  return { fields: [...schema.fields.filter(field => !made.some(each => each.name === field.name)), ...made] };
}

/** `probability(true)`: what a model gives, and the classes it may be asked for. */
function outputItems(
  spec: Extract<BlockSpec, { kind: 'outputs' }>,
  value: ArgumentList,
  place: StagePlace,
): readonly Completion[] {
  const [call] = value.inner;
  if (call === undefined) {
    if (value.nodes.length > 0) return [];
    return Object.entries(spec.outputs).map(([name, { doc, args }]) => {
      const insert = args === 0 ? name : `${name}(`;
      const detail = args === 0 ? name : `${name}(${Array.from({ length: args }, () => 'class').join(', ')})`;
      return { label: name, kind: 'function' as const, insert, detail, doc };
    });
  }
  if (lastValue(call)?.length !== 0) return [];
  const predicts = predictsOf(wordOf(place.nodes[1]), place);
  if (predicts === undefined) return [];
  const classes = predicts.kind === 'enum' ? predicts.values.map(each => JSON.stringify(each)) : ['true', 'false'];
  return classes.map(each => plain('choice', each, `a class of ${describeType(predicts)}`, ''));
}

function predictsOf(model: string | null, { around }: StagePlace) {
  const declaration = model === null ? undefined : around.context.main.declarations.get(model);
  const binding = declaration === undefined ? null : bindingOf(declaration, around.context);
  if (binding?.kind === 'ports') {
    const type = binding.ports.get('out')?.type;
    return type?.kind === 'model' ? type.predicts : undefined;
  }
  const { statement } = declaration ?? {};
  const node =
    statement?.kind === 'model' ? statement.options.find(each => each.name.text === 'predicts')?.value : undefined;
  if (node?.kind === 'call') {
    const values = node.args.flatMap(arg =>
      arg.kind === 'literal' && typeof arg.value === 'string' ? [arg.value] : [],
    );
    return { kind: 'enum' as const, values };
  }
  return node === undefined ? undefined : { kind: 'bool' as const };
}
