import type { Schema } from '../engine/contract/types.ts';
import { type Around, declared } from './complete-around.ts';
import { bindingItems, parameterItems, partItems } from './complete-bindings.ts';
import {
  type Cursor,
  type Group,
  isToken,
  isWhole,
  opensWith,
  parts,
  type SyntaxNode,
  wordOf,
} from './complete-cursor.ts';
import { aggregateItem, type Completion, columnItem, functionItem, modelFunctionItem, plain } from './completion.ts';
import type { FlowContext } from './flow-context.ts';
import * as t from './tokens.ts';
import { visibleFields } from './types.ts';

export interface ExpressionPlace {
  readonly cursor: Cursor;
  readonly around: Around;
  /** Columns it may read. */
  readonly schema: Schema;
  /** What stands before the place within the innermost bracket, or within the argument. */
  readonly nodes: readonly SyntaxNode[];
  /** Brackets of the expression that are still open, the outermost first. */
  readonly inner: readonly Group[];
  /** What stands before the outermost of them. */
  readonly before: readonly SyntaxNode[];
  /** An aggregating block: columns stand inside of aggregates. */
  readonly aggregates?: boolean;
  /** A gate: figures of reports in place of columns. */
  readonly gate?: boolean;
  /** Names that stand for values: parameters of a `fn`. */
  readonly locals?: readonly Completion[];
}

/** What an expression may go on with. */
export function expressionItems(place: ExpressionPlace): readonly Completion[] {
  const { cursor, around, nodes } = place;
  const last = nodes.at(-1);
  if (isToken(last, t.Dot)) return members(place, nodes);
  if (isToken(last, t.Equal) || isToken(last, t.NotEqual)) {
    const values = enumValues(place, nodes.at(-2));
    if (values.length > 0) return [...values, ...operands(place)];
  }
  if (nodes.length === 0 && inList(place)) {
    const outside = place.inner.length > 1 ? (place.inner.at(-2)?.nodes ?? []) : place.before;
    const values = enumValues(place, outside.at(-3));
    if (values.length > 0) return values;
  }
  if (cursor.word.startsWith('$')) return parameterItems(around);
  return isWhole(last) ? infixWords(around.context) : operands(place);
}

function inList({ inner, before }: ExpressionPlace): boolean {
  const group = inner.at(-1);
  const outside = inner.length > 1 ? (inner.at(-2)?.nodes ?? []) : before;
  return opensWith(group, t.BracketOpen) && isToken(outside.at(-2), t.In);
}

/** The texts of a column that has but a few. */
function enumValues(place: ExpressionPlace, node: SyntaxNode | undefined): readonly Completion[] {
  const name = wordOf(node);
  const type = place.schema.fields.find(field => field.name === name)?.type;
  if (type?.kind !== 'enum') return [];
  return type.values.map(value => plain('choice', JSON.stringify(value), `a value of \`${name}\``, ''));
}

/** What may follow `name.`: fields of a record, what a stage put beside the rows, parts of a binding. */
function members({ schema, around, gate }: ExpressionPlace, nodes: readonly SyntaxNode[]): readonly Completion[] {
  const name = wordOf(nodes.at(-2));
  if (name === null) return [];
  if (gate === true) return partItems(name, around);
  const own = schema.fields.find(field => field.name === name)?.type;
  const record = own?.kind === 'record' ? own.fields : [];
  const beside = schema.fields.filter(field => field.name.startsWith(`${name}.`));
  return [
    ...record.map(field => columnItem(field)),
    ...beside.map(field => ({ ...columnItem(field, field.name.slice(name.length + 1)), kind: 'part' as const })),
  ];
}

function operands(place: ExpressionPlace): readonly Completion[] {
  const { around, cursor, schema, inner } = place;
  const { catalog, main } = around.context;
  const callees = calleesOf(place);
  const fns = declared(main, ['fn']).map(each => {
    const params = each.statement.kind === 'fn' ? each.statement.params.map(param => param.name.text) : [];
    const detail = `${each.name}(${params.join(', ')})`;
    return {
      label: each.name,
      kind: 'function' as const,
      insert: `${each.name}(`,
      detail,
      doc: each.statement.doc ?? '',
    };
  });
  const functions = [...catalog.functions.values()].filter(each => each.sign === undefined).map(functionItem);
  const words = [
    ...[t.True, t.False, t.Null].map(type => plain('keyword', String(type.PATTERN), 'a value', '')),
    ...infixWords(around.context).filter(each => each.label === t.Not.PATTERN),
  ];
  const values = [...parameterItems(around), ...(place.locals ?? [])];
  if (place.gate === true) {
    return [...bindingItems(around, ['report'], null), ...values, ...functions, ...words];
  }
  const aggregated = callees.some(callee => catalog.aggregates.has(callee));
  const summing = place.aggregates === true && !aggregated;
  const columns = visibleFields(schema).map(field => columnItem(field));
  const call = callees.at(-1);
  const models = [...around.context.modelFunctions];
  // The first argument of a model's function is the model.
  if (call !== undefined && around.context.modelFunctions.has(call) && parts(inner.at(-1)?.nodes ?? []).length < 2) {
    return bindingItems(around, ['model'], null);
  }
  const named =
    call === undefined || cursor.word.startsWith('$')
      ? []
      : (catalog.functions.get(call)?.parameters ?? []).map(
          (name): Completion => ({
            label: name,
            kind: 'parameter',
            insert: `${name}: `,
            detail: `of ${call}`,
            doc: '',
          }),
        );
  return [
    ...(summing ? [...catalog.aggregates.values()].map(aggregateItem) : []),
    ...elementItem(place),
    ...columns,
    ...values,
    ...(place.nodes.length === 0 ? named : []),
    ...fns,
    ...functions,
    ...(place.aggregates === true ? [] : models.map(([name, { fn }]) => modelFunctionItem(name, fn))),
    ...words,
  ];
}

/** `it`, in the body of a list function. */
function elementItem(place: ExpressionPlace): readonly Completion[] {
  const { functions } = place.around.context.catalog;
  const found = calleesOf(place).findLast(callee => functions.get(callee)?.bodies !== undefined);
  return found === undefined ? [] : [plain('keyword', 'it', `the element of \`${found}\``, '')];
}

/** The functions around the place, the outermost first. */
function calleesOf({ inner, before }: ExpressionPlace): readonly string[] {
  return inner.flatMap((group, at) => {
    const outside = at === 0 ? before : (inner[at - 1]?.nodes ?? []);
    return opensWith(group, t.ParenOpen) ? (wordOf(outside.at(-2)) ?? []) : [];
  });
}

/** Operators that are words, from the signs of the catalogue's functions. */
function infixWords({ catalog }: FlowContext): readonly Completion[] {
  const reserved = [t.And, t.Or, t.In, t.Not].map(type => String(type.PATTERN));
  return reserved.flatMap(word => {
    const definition = [...catalog.functions.values()].find(each => each.sign?.split(' ').includes(word));
    return definition === undefined ? [] : [plain('keyword', word, definition.sign ?? '', definition.summary)];
  });
}
