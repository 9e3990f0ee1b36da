import type { Catalog } from '../engine/contract/catalog.ts';
import type { FormatDefinition } from '../engine/contract/connector.ts';
import type { ParameterSpecs } from '../engine/contract/parameter.ts';
import type { Schema } from '../engine/contract/types.ts';
import { type ArgumentsPlace, argumentItems, type Callable, callItems } from './complete-arguments.ts';
import type { Around } from './complete-around.ts';
import {
  type Cursor,
  entries,
  isGroup,
  isToken,
  namesAfter,
  opensWith,
  parts,
  type SyntaxNode,
  wordOf,
} from './complete-cursor.ts';
import { typeItems } from './complete-types.ts';
import { type Completion, callable, columnItem, named } from './completion.ts';
import { impliedFormat } from './connectors.ts';
import { MODEL_OPTIONS, REGISTRY } from './models.ts';
import { schemaOf } from './schemas.ts';
import { DEAD_LETTER, KEY_OPTION, OWN_OPTIONS } from './source-options.ts';
import * as t from './tokens.ts';

/** `NAME = connector(…) { … }`, of a source, table or model. */
export function connectedItems(cursor: Cursor, around: Around): readonly Completion[] {
  const { catalog } = around.context;
  const statement = cursor.keyword?.image;
  const { nodes } = cursor.root;
  const [, ...path] = cursor.path;
  if (!isToken(nodes[1], t.Assign)) return [];
  const sources = [...catalog.sources.values()].map(({ name, summary, options }) => ({
    name,
    summary,
    params: options,
  }));
  const definitions: readonly Callable[] = statement === 'model' ? [REGISTRY] : sources;
  const own = wordOf(nodes[0]);
  const place: ArgumentsPlace = { cursor, around, own, schema: schemaNamed(nodes, around) };
  const block = nodes.at(-1);
  if (!isGroup(block) || !opensWith(block, t.BraceOpen) || path[0] !== block) {
    const value = { nodes: nodes.slice(2), inner: path };
    return path.length === 0 && value.nodes.length > 0 ? [] : callItems('connector', definitions, value, place);
  }
  const inner = path.slice(1);
  const connector = catalog.sources.get(wordOf(nodes[2]) ?? '');
  const specs: ParameterSpecs =
    statement === 'model'
      ? MODEL_OPTIONS
      : {
          ...OWN_OPTIONS,
          ...(statement === 'table' ? { key: KEY_OPTION } : {}),
          ...connector?.options,
          ...formatNamed([...block.nodes, ...cursor.after], nodes[3], catalog)?.options,
        };
  const all = entries(block.nodes, cursor.lineStart && inner.length === 0);
  const current = all.at(-1) ?? [];
  const option = isToken(current[1], t.Colon) ? wordOf(current[0]) : null;
  if (option === null) {
    if (current.length > 0) return [];
    const given = new Set([...all.flatMap(entry => wordOf(entry[0]) ?? []), ...namesAfter(cursor)]);
    return Object.entries(specs)
      .filter(([name]) => !given.has(name))
      .map(([name, spec]) => named('option', name, spec));
  }
  const [list] = inner;
  if (option === 'map' && statement !== 'model')
    return list === undefined ? [] : mappedFields(list.nodes, place.schema);
  const value = current.slice(2);
  if (option === 'format' && statement !== 'model') {
    const shown = [...catalog.formats.values()];
    return value.length > 0
      ? []
      : shown.map(each => ({ ...callable('connector', each.name, each.options, each.summary, false), kind: 'format' }));
  }
  if (option === 'on_bad' && (value.length === 0 || wordOf(value[0]) === DEAD_LETTER.name)) {
    const calls = callItems('connector', [DEAD_LETTER], { nodes: value, inner }, place);
    if (value.length > 0) return calls;
    // Where bad rows go is written out.
    const words = argumentItems({ nodes: current, inner }, specs, place).filter(each => each.kind === 'choice');
    return [...calls, ...words];
  }
  const found = argumentItems({ nodes: current, inner }, specs, { ...place, namedAs: 'option' });
  const classes = option === 'predicts' && statement === 'model' && value.length === 0;
  return classes ? [...found, ...typeItems(around).filter(each => each.label === 'enum')] : found;
}

/** The fields a `map:` has no name for yet. */
function mappedFields(nodes: readonly SyntaxNode[], schema: Schema): readonly Completion[] {
  const all = parts(nodes);
  if ((all.at(-1)?.length ?? 0) > 0 && !isToken(nodes.at(-1), t.StringLiteral)) return [];
  const given = new Set(nodes.flatMap((node, at) => (isToken(nodes[at + 1], t.Colon) ? (wordOf(node) ?? []) : [])));
  return schema.fields
    .filter(field => !given.has(field.name))
    .map(field => ({ ...columnItem(field), insert: `${field.name}: ` }));
}

/** The schema an unfinished source names. */
function schemaNamed(nodes: readonly SyntaxNode[], { context }: Around): Schema {
  const block = nodes.find(node => isGroup(node) && opensWith(node, t.BraceOpen));
  const name = isGroup(block) ? optionWord(block.nodes, 'schema') : null;
  const declaration = name === null ? undefined : context.main.declarations.get(name);
  return declaration?.kind === 'schema' ? schemaOf(declaration, context).schema : { fields: [] };
}

function optionWord(nodes: readonly SyntaxNode[], name: string): string | null {
  const at = nodes.findIndex((node, here) => wordOf(node) === name && isToken(nodes[here + 1], t.Colon));
  return at < 0 ? null : wordOf(nodes[at + 2]);
}

/** The format that is written among options, or that the file's name in a connector's parentheses says. */
export function formatNamed(
  options: readonly SyntaxNode[],
  call: SyntaxNode | undefined,
  catalog: Catalog,
): FormatDefinition | undefined {
  const written = catalog.formats.get(optionWord(options, 'format') ?? '');
  if (written !== undefined || !isGroup(call)) return written;
  for (const node of call.nodes) {
    const found = isToken(node, t.StringLiteral) ? impliedFormat(node.image.slice(1, -1), catalog.formats) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
