import { typeText } from '../engine/contract/types.ts';
import { ANNOTATIONS } from './annotations.ts';
import { callItems } from './complete-arguments.ts';
import type { Around } from './complete-around.ts';
import { schemaItems } from './complete-bindings.ts';
import {
  type Cursor,
  entries,
  type Group,
  isToken,
  isWhole,
  namesAfter,
  opensWith,
  parts,
  type SyntaxNode,
  wordOf,
} from './complete-cursor.ts';
import { type Completion, columnItem, plain } from './completion.ts';
import { parseFlow } from './parse.ts';
import { askOf, SCHEMA_REGISTRY, typedFields } from './registered-schemas.ts';
import * as t from './tokens.ts';
import { TYPES } from './type-forms.ts';

const FROM = 'Reads the schema from a registry; braces behind it name the fields that are wanted.';

/** Names of types, and of schemas, which are types of rows. `more` are those of a pipeline's parameters. */
export function typeItems(around: Around, more: readonly Completion[] = []): readonly Completion[] {
  const types = Object.entries(TYPES).map(([name, doc]) => {
    const insert = name === 'enum' ? 'enum(' : name === 'list' || name === 'tensor' ? `${name}<` : name;
    return { ...plain('type', name, 'type', doc), insert };
  });
  return [...types, ...more, ...schemaItems(around)];
}

/** The fields of a `schema`: types after `:`, then annotations. */
export function schemaMemberItems(cursor: Cursor, around: Around): readonly Completion[] {
  const [, block, ...inner] = cursor.path;
  if (block === undefined || !opensWith(block, t.BraceOpen)) return registryItems(cursor, around);
  if (inner.length > 0) return [];
  const current = entries(block.nodes, cursor.lineStart && !cursor.word.startsWith('@')).at(-1) ?? [];
  if (isToken(current[0], t.DotDot)) return current.length === 1 ? schemaItems(around) : [];
  const at = current.findIndex(node => isToken(node, t.Colon));
  if (at < 0) return current.length === 0 ? registeredFields(cursor, block, around) : [];
  const type = current.slice(at + 1);
  if (wantsType(type)) return typeItems(around);
  if (!isWhole(type.at(-1)) && !isToken(type.at(-1), t.Greater) && !isToken(type.at(-1), t.DotDot)) return [];
  return annotationItems(type);
}

/** The fields of the registered schema that the braces do not name yet, with the types they have. */
function registeredFields(cursor: Cursor, block: Group, { context }: Around): readonly Completion[] {
  const { host, main } = context;
  const start = cursor.keyword?.startOffset ?? 0;
  const [statement] = parseFlow(main.path, `${cursor.text.slice(start, block.open?.startOffset)}{}`).file.statements;
  const from = statement?.kind === 'schema' ? statement.from : null;
  const ask = from === null ? null : askOf(from, context.reporter);
  const answer = ask === null ? undefined : host.registered?.(ask);
  if (answer?.kind !== 'schema') return [];
  const given = new Set([
    ...entries(block.nodes, false).flatMap(entry => wordOf(entry[0]) ?? []),
    ...namesAfter(cursor),
  ]);
  return typedFields(answer.schema)
    .filter(({ name }) => !given.has(name))
    .map(field => ({ ...columnItem(field), insert: `${field.name}: ${typeText(field.type, field.nullable)}` }));
}

/** `from registry("subject", version: 3)`, before the braces or in their place. */
function registryItems(cursor: Cursor, around: Around): readonly Completion[] {
  const { root, path } = cursor;
  const [, word, ...call] = root.nodes;
  const [, ...inner] = path;
  if (root.nodes.length === 1) return [plain('keyword', 'from', 'from registry("subject", version: 1)', FROM)];
  if (word === undefined || wordOf(word) !== 'from') return [];
  const place = { cursor, around, schema: { fields: [] }, own: null };
  return callItems('connector', [SCHEMA_REGISTRY], { nodes: call, inner }, place);
}

/** Nothing of the type yet, or its `<`. */
export function wantsType(nodes: readonly SyntaxNode[]): boolean {
  return nodes.length === 0 || isToken(nodes.at(-1), t.Less);
}

function annotationItems(type: readonly SyntaxNode[]): readonly Completion[] {
  const given = new Set(type.flatMap(node => (isToken(node, t.AnnotationName) ? node.image.slice(1) : [])));
  return Object.entries(ANNOTATIONS)
    .filter(([name]) => !given.has(name))
    .map(([name, doc]) => ({
      ...plain('annotation', `@${name}`, 'annotation', doc),
      insert: name === 'unit' ? '@unit("' : `@${name}`,
    }));
}

/** Parameters in parentheses, of a `fn` or a pipeline. */
export function parameterTypeItems(
  group: Group,
  around: Around,
  more: readonly Completion[] = [],
): readonly Completion[] {
  const current = parts(group.nodes).at(-1) ?? [];
  return isToken(current[1], t.Colon) && wantsType(current.slice(2)) ? typeItems(around, more) : [];
}
