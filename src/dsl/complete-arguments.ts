import type { Catalog } from '../engine/contract/catalog.ts';
import type { ParameterSpec, ParameterSpecs } from '../engine/contract/parameter.ts';
import type { Schema } from '../engine/contract/types.ts';
import type { Around } from './complete-around.ts';
import {
  BINDINGS_OF,
  bindingItems,
  parameterItems,
  partItems,
  pipelineItems,
  schemaItems,
} from './complete-bindings.ts';
import {
  type Cursor,
  type Group,
  isToken,
  isWhole,
  namesAfter,
  opensWith,
  parts,
  type SyntaxNode,
  wordOf,
} from './complete-cursor.ts';
import { expressionItems } from './complete-expression.ts';
import { type Completion, callable, columnItem, named, plain } from './completion.ts';
import * as t from './tokens.ts';
import { visibleFields } from './types.ts';

/** Where arguments are written. */
export interface ArgumentsPlace {
  readonly cursor: Cursor;
  readonly around: Around;
  /** The columns arguments may name. */
  readonly schema: Schema;
  /** The binding being declared, which nothing of its own may name. */
  readonly own: string | null;
  /** Rules or learners a parameter of kind `rule` takes. */
  readonly callables?: readonly Callable[];
  /** What a parameter of kind `connector` takes. */
  readonly connectors?: readonly Callable[];
  readonly namedAs?: 'parameter' | 'option';
}
export interface Callable {
  readonly name: string;
  readonly summary: string;
  readonly params: ParameterSpecs;
}

/** The types of `$name` a kind of argument takes; a kind that is not here takes any. */
const PARAMETERS_FOR: Readonly<Record<string, readonly string[]>> = {
  int: ['int'],
  float: ['int', 'float'],
  bool: ['bool'],
  string: ['string', 'enum', 'secret'],
  choice: ['string', 'enum'],
  words: ['string', 'enum', 'list'],
  duration: ['duration'],
  bytes: ['int'],
  strings: ['string', 'list'],
  ints: ['int', 'list'],
  floats: ['int', 'float', 'list'],
  stream: [],
  column: ['column'],
  columns: ['column'],
};

/** A list of arguments up to the place: all nodes of it, and the brackets still open in its last one. */
export interface ArgumentList {
  readonly nodes: readonly SyntaxNode[];
  readonly inner: readonly Group[];
}

export function sinksOf(catalog: Catalog): readonly Callable[] {
  return [...catalog.sinks.values()].map(({ name, summary, options }) => ({ name, summary, params: options }));
}

/** What may stand in a list of arguments: values for what comes by place, names not given yet, values after a name. */
export function argumentItems(list: ArgumentList, specs: ParameterSpecs, place: ArgumentsPlace): readonly Completion[] {
  const items = parts(list.nodes);
  const current = items.at(-1) ?? [];
  const earlier = items.slice(0, -1);
  const name = nameOf(current);
  if (name !== null) {
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    const value = { nodes: current.slice(2), inner: list.inner };
    return spec === undefined ? otherValue(value, place) : valueItems(name, spec, value, place);
  }
  const byPlace = positional(earlier, specs);
  const value = { nodes: current, inner: list.inner };
  const values = byPlace.flatMap(each => {
    const spec = specs[each];
    return spec === undefined ? [] : valueItems(each, spec, value, place);
  });
  if (current.length > 0) return byPlace.length > 0 ? values : otherValue(value, place);
  const given = new Set([
    ...earlier.flatMap(item => nameOf(item) ?? []),
    ...taken(earlier, specs),
    ...namesAfter(place.cursor),
  ]);
  const names = Object.entries(specs).filter(([each, spec]) => !given.has(each) && spec.kind !== 'named_floats');
  return [...values, ...names.map(([each, spec]) => named(place.namedAs ?? 'parameter', each, spec))];
}

/** The argument of a name nobody knows may still be a plain value. */
function otherValue(value: ArgumentList, place: ArgumentsPlace): readonly Completion[] {
  return value.nodes.length === 0 ? parameterItems(place.around) : [];
}

function nameOf(item: readonly SyntaxNode[]): string | null {
  return isToken(item[1], t.Colon) ? wordOf(item[0]) : null;
}

/** The parameters the next argument without a name would be for. */
function positional(earlier: readonly (readonly SyntaxNode[])[], specs: ParameterSpecs): readonly string[] {
  const at = earlier.filter(item => item.length > 0 && nameOf(item) === null).length;
  const names = new Set(earlier.flatMap(item => nameOf(item) ?? []));
  const all = Object.entries(specs);
  const here = all.filter(([name, spec]) => spec.position === at && !names.has(name)).map(([name]) => name);
  if (here.length > 0) return here;
  return all.filter(([, spec]) => spec.variadic === true && (spec.position ?? 0) < at).map(([name]) => name);
}
/** Parameters that have their argument by place, and those that share it. */
function taken(earlier: readonly (readonly SyntaxNode[])[], specs: ParameterSpecs): readonly string[] {
  const count = earlier.filter(item => item.length > 0 && nameOf(item) === null).length;
  return Object.entries(specs)
    .filter(([, spec]) => spec.position !== undefined && spec.position < count)
    .map(([name]) => name);
}

/** What the value of one parameter may go on with. */
export function valueItems(
  name: string,
  spec: ParameterSpec,
  value: ArgumentList,
  place: ArgumentsPlace,
): readonly Completion[] {
  const { around, cursor } = place;
  const nodes = innermost(value);
  const begins = nodes.length === 0;
  if (spec.kind === 'expression' || spec.kind === 'gate') {
    const at = { cursor, around, schema: place.schema, nodes, inner: value.inner, before: value.nodes };
    return expressionItems({ ...at, gate: spec.kind === 'gate' });
  }
  if (cursor.word.startsWith('$')) return parameterItems(around, PARAMETERS_FOR[spec.kind]);
  if (spec.kind === 'rule') return callItems('rule', place.callables ?? [], value, place);
  if (spec.kind === 'connector')
    return callItems('connector', place.connectors ?? sinksOf(around.context.catalog), value, place);
  const kinds = BINDINGS_OF[spec.kind];
  if (kinds !== undefined) {
    if (begins) return bindingItems(around, kinds, place.own);
    return isToken(nodes.at(-1), t.Dot) ? partItems(wordOf(nodes.at(-2)) ?? '', around) : [];
  }
  if (!begins || isWhole(nodes.at(-1))) return [];
  return plainValues(name, spec, value, place);
}

function plainValues(
  name: string,
  spec: ParameterSpec,
  value: ArgumentList,
  place: ArgumentsPlace,
): readonly Completion[] {
  const { around } = place;
  switch (spec.kind) {
    case 'bool':
      return [t.True, t.False].map(type => plain('keyword', String(type.PATTERN), `for ${name}`, spec.doc));
    case 'choice':
    case 'words':
      return [
        ...(spec.choices ?? []).map(choice => plain('choice', choice, `for ${name}`, spec.doc)),
        ...(value.inner.length === 0 ? parameterItems(around, PARAMETERS_FOR[spec.kind]) : []),
      ];
    case 'column':
    case 'columns': {
      const fields = visibleFields(place.schema).filter(field => spec.types?.includes(field.type.kind) ?? true);
      const none =
        spec.none === true && value.inner.length === 0 ? [plain('choice', 'none', `for ${name}`, spec.doc)] : [];
      return [...fields.map(field => columnItem(field)), ...none];
    }
    case 'pipeline':
      return pipelineItems(around, place.own);
    case 'schema':
      return schemaItems(around);
    default:
      return parameterItems(around, PARAMETERS_FOR[spec.kind]);
  }
}

/** A rule, learner or connector, or, inside its parentheses, its arguments. */
export function callItems(
  kind: 'rule' | 'connector',
  definitions: readonly Callable[],
  value: ArgumentList,
  place: ArgumentsPlace,
): readonly Completion[] {
  const [call, ...inner] = value.inner;
  if (call === undefined) {
    if (value.nodes.length > 0) return [];
    return definitions.map(each => callable(kind, each.name, each.params, each.summary));
  }
  const name = wordOf(value.nodes.at(-2));
  const definition = definitions.find(each => each.name === name);
  if (definition === undefined || !opensWith(call, t.ParenOpen)) return [];
  const namedAs = kind === 'connector' ? 'option' : 'parameter';
  return argumentItems({ nodes: call.nodes, inner }, definition.params, { ...place, namedAs });
}

/** The nodes right before the place: of the innermost bracket, without the name of its argument. */
function innermost({ nodes, inner }: ArgumentList): readonly SyntaxNode[] {
  const group = inner.at(-1);
  if (group === undefined) return nodes;
  const item = parts(group.nodes).at(-1) ?? [];
  return nameOf(item) === null ? item : item.slice(2);
}
