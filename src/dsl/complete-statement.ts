import type { CompileHost } from './compile.ts';
import { valueItems } from './complete-arguments.ts';
import { type Around, bindingOf, declared, rowsOf, type Surroundings } from './complete-around.ts';
import { bindingItems, parameterItems, partItems } from './complete-bindings.ts';
import { type Cursor, isGroup, isToken, opensWith, parts, type SyntaxNode, wordOf } from './complete-cursor.ts';
import { expressionItems } from './complete-expression.ts';
import { pipelineItem, stepItems } from './complete-keywords.ts';
import { connectedItems } from './complete-source.ts';
import { type StagePlace, stageItems } from './complete-stage.ts';
import { parameterTypeItems, schemaMemberItems, typeItems, wantsType } from './complete-types.ts';
import { type Completion, columnItem, plain } from './completion.ts';
import { parseFlow } from './parse.ts';
import * as t from './tokens.ts';
import { visibleFields } from './types.ts';

/** What may stand at a place within a statement. */
export function statementPlaceItems(cursor: Cursor, views: Surroundings, host: CompileHost): readonly Completion[] {
  const start = cursor.keyword?.startOffset ?? 0;
  const around = (): Around | null => views.at(cursor.text, start, '', cursor.next, null);
  const word = cursor.keyword?.image;
  if (word === 'let' || word === 'sink') return bindItems(cursor, views, start, word);
  const here = around();
  if (here === null) return [];
  switch (word) {
    case 'import':
      return importItems(cursor, host, here);
    case 'param':
      return paramItems(cursor, here);
    case 'schema':
      return schemaMemberItems(cursor, here);
    case 'fn':
      return functionItems(cursor, here);
    case 'source':
    case 'table':
    case 'model':
      return connectedItems(cursor, here);
    case 'test':
      return testItems(cursor, here);
    default:
      return [];
  }
}

function bindItems(cursor: Cursor, views: Surroundings, start: number, word: 'let' | 'sink'): readonly Completion[] {
  const { root, path } = cursor;
  const own = wordOf(root.nodes[0]);
  if (own === null || !isToken(root.nodes[1], t.Assign)) return [];
  if (word === 'let' && wordOf(root.nodes[2]) === 'pipeline') return insidePipeline(cursor, views, start, own);
  const bare = views.at(cursor.text, start, '', cursor.next, null);
  const before = root.nodes.slice(2);
  const at = before.findLastIndex(node => isToken(node, t.Pipe));
  if (at < 0) return bare === null ? [] : headItems(before, bare, own, word);
  return stagesItems(cursor, views, start, '', before.slice(at), path.slice(1), own, word);
}

function headItems(
  before: readonly SyntaxNode[],
  around: Around,
  own: string,
  word: 'let' | 'sink',
): readonly Completion[] {
  if (before.length === 0) {
    const found = bindingItems(around, ['rows', 'transform', 'model', 'report'], own);
    return word === 'let' ? [...found, pipelineItem()] : found;
  }
  return isToken(before.at(-1), t.Dot) ? partItems(wordOf(before.at(-2)) ?? '', around) : [];
}

function insidePipeline(cursor: Cursor, views: Surroundings, start: number, own: string): readonly Completion[] {
  const [, group, ...inner] = cursor.path;
  if (group === undefined) return [];
  if (opensWith(group, t.ParenOpen)) {
    const around = views.at(cursor.text, start, '', cursor.next, null);
    const column = plain('type', 'column', 'type', 'The name of a field of the rows.');
    return around === null || inner.length > 0 ? [] : parameterTypeItems(group, around, [column]);
  }
  const at = group.nodes.findLastIndex(node => isToken(node, t.Pipe));
  if (!opensWith(group, t.BraceOpen) || at < 0) return [];
  return stagesItems(cursor, views, start, '}', group.nodes.slice(at), inner, own, 'pipeline');
}

/** `nodes` begin with the stage's `|`. */
function stagesItems(
  cursor: Cursor,
  views: Surroundings,
  start: number,
  closers: string,
  nodes: readonly SyntaxNode[],
  inner: StagePlace['inner'],
  own: string,
  where: StagePlace['in'],
): readonly Completion[] {
  const [pipe, ...stage] = nodes;
  if (pipe === undefined || isGroup(pipe)) return [];
  const around = views.at(cursor.text, pipe.startOffset, closers, cursor.next, start);
  if (around === null) return [];
  const upTo = (end: number): Around | null => views.at(cursor.text, end, `}${closers}`, cursor.next, start);
  return stageItems({ cursor, around, own, in: where, nodes: stage, inner, upTo });
}

/** What the library named behind the braces declares. */
function importItems(cursor: Cursor, host: CompileHost, around: Around): readonly Completion[] {
  const [, group] = cursor.path;
  const { nodes } = cursor.root;
  if (group === undefined) return isGroup(nodes.at(-1)) ? [plain('keyword', 'from', 'from "./library.flow"', '')] : [];
  const path = cursor.after.find(token => token.tokenType === t.StringLiteral)?.image.slice(1, -1);
  const text = path === undefined ? null : host.read(host.resolve(around.context.main.path, path));
  if (path === undefined || text === null) return [];
  const given = new Set(group.nodes.flatMap(node => wordOf(node) ?? []));
  return parseFlow(path, text).file.statements.flatMap((each): readonly Completion[] => {
    const { doc } = each;
    if (each.kind === 'test' || each.kind === 'import' || given.has(each.name.text)) return [];
    if (each.kind === 'schema') return [plain('type', each.name.text, 'a schema', doc ?? '')];
    if (each.kind === 'fn') return [plain('function', each.name.text, 'a function', doc ?? '')];
    const pipeline = each.kind === 'let' && each.value.kind === 'pipeline';
    return pipeline ? [plain('binding', each.name.text, 'a pipeline', doc ?? '')] : [];
  });
}

function paramItems(cursor: Cursor, around: Around): readonly Completion[] {
  const { nodes } = cursor.root;
  if (!isToken(nodes[1], t.Colon) || cursor.path.length > 1) return [];
  const sets = nodes.findIndex(node => isToken(node, t.Assign));
  if (sets < 0) return wantsType(nodes.slice(2)) ? typeItems(around) : [];
  if (nodes.length > sets + 1) return [];
  const values = nodes[3];
  if (wordOf(nodes[2]) === 'enum' && isGroup(values)) {
    return values.nodes.flatMap(node =>
      isToken(node, t.StringLiteral) ? plain('choice', node.image, 'a value', '') : [],
    );
  }
  const place = { cursor, around, schema: { fields: [] }, own: null };
  const name = wordOf(nodes[0]) ?? '';
  const bool = { kind: 'bool', doc: '', optional: true } as const;
  return wordOf(nodes[2]) === 'bool' ? valueItems(name, bool, { nodes: [], inner: [] }, place) : [];
}

/** The body of a `fn` is an expression over its parameters. */
function functionItems(cursor: Cursor, around: Around): readonly Completion[] {
  const { nodes } = cursor.root;
  const [, ...inner] = cursor.path;
  const [, params] = nodes;
  if (!isGroup(params)) return [];
  if (inner[0] === params) return inner.length > 1 ? [] : parameterTypeItems(params, around);
  if (!isToken(nodes[2], t.Assign)) return [];
  const locals = parts(params.nodes).flatMap(item => {
    const name = wordOf(item[0]);
    return name === null ? [] : [plain('column', name, wordOf(item[2]) ?? '', 'a parameter of this function')];
  });
  const body = nodes.slice(3);
  const group = inner.at(-1);
  const current = group === undefined ? body : (parts(group.nodes).at(-1) ?? []);
  const value = isToken(current[1], t.Colon) ? current.slice(2) : current;
  return expressionItems({ cursor, around, schema: { fields: [] }, nodes: value, inner, before: body, locals });
}

/** Steps of a test, what they name, and the fields of its rows. */
function testItems(cursor: Cursor, around: Around): readonly Completion[] {
  const [, block, ...inner] = cursor.path;
  if (block === undefined) return [];
  const step = block.nodes.findLastIndex(node => wordOf(node) === 'given' || wordOf(node) === 'expect');
  const nodes = block.nodes.slice(step + 1);
  const given = wordOf(block.nodes[step]) === 'given';
  if (inner.length > 0) return step < 0 ? [] : rowFields(nodes, inner, around, given);
  if (step < 0) return stepItems();
  if (nodes.some(isGroup)) return cursor.lineStart ? stepItems() : [];
  if (isToken(nodes.at(-1), t.Dot)) return partItems(wordOf(nodes.at(-2)) ?? '', around);
  if (nodes.length > 0) return [];
  return given ? [...givenTargets(around), ...parameterItems(around)] : expectTargets(around);
}

function givenTargets({ context }: Around): readonly Completion[] {
  return declared(context.main, ['source', 'table', 'model']).map(each =>
    plain('binding', each.name, `a ${each.kind}`, each.statement.doc ?? ''),
  );
}
function expectTargets(around: Around): readonly Completion[] {
  const sinks = declared(around.context.main, ['sink']);
  const items = sinks.map(each => plain('binding', each.name, 'a sink', each.statement.doc ?? ''));
  return [...bindingItems(around, ['rows'], null), ...items];
}

/** The fields a row may have that are not named yet. */
function rowFields(
  nodes: readonly SyntaxNode[],
  inner: StagePlace['inner'],
  { context }: Around,
  given: boolean,
): readonly Completion[] {
  const row = inner.at(-1);
  const name = wordOf(nodes[0]);
  const declaration = name === null ? undefined : context.main.declarations.get(name);
  if (row === undefined || !opensWith(row, t.BraceOpen) || declaration === undefined) return [];
  if (isToken(row.nodes.at(-1), t.Colon)) return [];
  const binding = bindingOf(declaration, context);
  if (binding === null) return [];
  const part = given || !isToken(nodes[1], t.Dot) ? 'out' : (wordOf(nodes[2]) ?? 'out');
  const port = binding.kind === 'sink' ? binding.input : binding.kind === 'ports' ? binding.ports.get(part) : undefined;
  const named = new Set(
    row.nodes.flatMap((node, at) => (isToken(row.nodes[at + 1], t.Colon) ? (wordOf(node) ?? []) : [])),
  );
  const fields = port === undefined ? [] : visibleFields(rowsOf(port)).filter(field => !named.has(field.name));
  return fields.map(field => ({ ...columnItem(field), insert: `${field.name}: ` }));
}
