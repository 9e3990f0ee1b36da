import type { Json } from '../engine/base/json.ts';
import type { FormatDefinition } from '../engine/contract/connector.ts';
import type { ConnectorCall, ParameterSpecs } from '../engine/contract/parameter.ts';
import { type ArgumentPlace, reportUnknownArgument } from './argument-slots.ts';
import { bindConstants } from './arguments.ts';
import { laterConnector, laterFormat } from './later.ts';
import { didYouMean, listed } from './suggest.ts';
import type { ExpressionNode, NamedArgument } from './syntax.ts';

export interface BoundConnector<D> {
  readonly definition: D;
  readonly call: ConnectorCall;
  /** Options it does not have. */
  readonly rest: readonly NamedArgument[];
}

/** The definition a connector call names. Null: reported. */
export function connectorNamed<D extends { readonly options: ParameterSpecs }>(
  node: ExpressionNode,
  definitions: ReadonlyMap<string, D>,
  place: ArgumentPlace,
  kind: string,
): {
  readonly name: string;
  readonly definition: D;
  readonly args: readonly ExpressionNode[];
  readonly named: readonly NamedArgument[];
} | null {
  const { reporter } = place.names;
  const name = node.kind === 'call' ? node.callee.text : node.kind === 'name' ? node.name : null;
  if (name === null) {
    reporter.report('E304', node.span, { expected: `a ${kind}`, hint: callHint(node, [...definitions.keys()], place) });
    return null;
  }
  const definition = definitions.get(name);
  if (definition === undefined) {
    const span = node.kind === 'call' ? node.callee.span : node.span;
    const later = laterConnector(name);
    const names = [...definitions.keys()];
    if (later !== null) reporter.report('E190', span, { what: later });
    else {
      const hint = /csv|json|parquet|arrow|excel|path|read|load/i.test(name)
        ? 'Write `file("…")`: the format follows from the name of the file, or is said by `format:`.'
        : didYouMean(name, names, `They are ${listed(names)}.`);
      reporter.report('E223', span, { kind, name, hint });
    }
    return null;
  }
  return {
    name,
    definition,
    args: node.kind === 'call' ? node.args : [],
    named: node.kind === 'call' ? node.named : [],
  };
}

/** A name alone, in quotes: the connector is missing around it. */
function callHint(node: ExpressionNode, names: readonly string[], place: ArgumentPlace): string {
  const text = node.kind === 'literal' && typeof node.value === 'string' ? node.value : null;
  if (text === null) return `They are ${listed(names)}.`;
  const meant =
    place.owner === 'publish' ? 'registry' : text.endsWith('.html') ? 'report' : text.includes('.') ? 'file' : 'topic';
  return names.includes(meant) ? `Write \`${meant}("${text}")\`.` : `They are ${listed(names)}.`;
}

/** A connector call with all its options, those written beside it included; an option it does not have is reported. */
export function connectorCall<D extends { readonly options: ParameterSpecs }>(
  node: ExpressionNode,
  more: readonly NamedArgument[],
  definitions: ReadonlyMap<string, D>,
  place: ArgumentPlace,
  kind: string,
): BoundConnector<D> | null {
  const found = connectorNamed(node, definitions, place, kind);
  if (found === null) return null;
  const inner = { ...place, of: `\`${found.name}\`` };
  const bound = bindConstants(found.definition.options, found.args, [...found.named, ...more], node.span, inner);
  for (const arg of bound.rest) {
    reportUnknownArgument(arg, `\`${found.name}\``, Object.keys(found.definition.options), place);
  }
  if (bound.failed || bound.rest.length > 0) return null;
  return { definition: found.definition, call: { connector: found.name, options: bound.params }, rest: [] };
}

/** A format by the name written, or by the ending of a file's name. Null: reported. Undefined: neither is there. */
export function formatFor(
  node: ExpressionNode | undefined,
  options: Readonly<Record<string, Json>>,
  formats: ReadonlyMap<string, FormatDefinition>,
  place: ArgumentPlace,
  ofRecords = false,
): FormatDefinition | null | undefined {
  if (node !== undefined) {
    const name =
      node.kind === 'name' ? node.name : node.kind === 'literal' && typeof node.value === 'string' ? node.value : '';
    const format = formats.get(name);
    if (format !== undefined && format.files === undefined && !ofRecords) {
      const files = [...formats.values()].filter(one => one.files !== undefined).map(one => one.name);
      place.names.reporter.report('E416', node.span, { format: name, hint: `These formats can: ${listed(files)}.` });
      return null;
    }
    if (format !== undefined) return format;
    const later = laterFormat(name);
    const names = [...formats.values()]
      .filter(one => (ofRecords ? one.records : one.files) !== undefined)
      .map(one => one.name);
    if (later !== null) place.names.reporter.report('E190', node.span, { what: later });
    else {
      const hint = didYouMean(name, names, `They are ${listed(names)}.`);
      place.names.reporter.report('E223', node.span, {
        kind: 'format',
        name: name === '' ? place.names.reporter.textOf(node.span) : name,
        hint,
      });
    }
    return null;
  }
  for (const value of Object.values(options)) {
    const texts = Array.isArray(value) ? value : [value];
    for (const text of texts) {
      const implied = typeof text === 'string' ? impliedFormat(text, formats) : undefined;
      if (implied !== undefined) return implied;
    }
  }
  return undefined;
}

/** A format by the name written, for topics of records. Null: reported. */
export function recordFormatFor(
  node: ExpressionNode,
  formats: ReadonlyMap<string, FormatDefinition>,
  place: ArgumentPlace,
): FormatDefinition | null | undefined {
  const format = formatFor(node, {}, formats, place, true);
  if (format === null || format === undefined || format.records !== undefined) return format;
  const names = [...formats.values()].filter(one => one.records !== undefined).map(one => one.name);
  place.names.reporter.report('E414', node.span, { format: format.name, hint: `These formats can: ${listed(names)}.` });
  return null;
}

export function impliedFormat(
  path: string,
  formats: ReadonlyMap<string, FormatDefinition>,
): FormatDefinition | undefined {
  const name = path.toLowerCase().replace(/\.(gz|zst)$/, '');
  return [...formats.values()].find(format =>
    format.extensions.some(extension => name.endsWith(extension.startsWith('.') ? extension : `.${extension}`)),
  );
}
