import type { FormatDefinition, SourceDefinition } from '../engine/contract/connector.ts';
import { deadLetterSchema } from '../engine/contract/dead-letter.ts';
import type { Schema, Type } from '../engine/contract/types.ts';
import type { BindingType } from '../engine/contract/value.ts';
import type { SourceNode } from '../engine/plan/plan.ts';
import { type ArgumentPlace, reportUnknownArgument } from './argument-slots.ts';
import { bindConstants, constantArgument } from './arguments.ts';
import { type Binding, UNKNOWN_BINDING } from './bindings.ts';
import { connectorNamed, formatFor, recordFormatFor } from './connectors.ts';
import type { DeclaredSchema, FlowContext } from './flow-context.ts';
import { laterOption } from './later.ts';
import { type Declaration, stumbled } from './modules.ts';
import { schemaNamed } from './schemas.ts';
import { fileScope, parameterMeaning } from './scope.ts';
import {
  badDestination,
  checkKey,
  constantWord,
  fieldPlaces,
  inParentheses,
  isOwn,
  namesUnknown,
  OWN,
  type OwnOptions,
  ownOptions,
  type SourceContext,
  textList,
} from './source-options.ts';
import { listed } from './suggest.ts';
import type { NamedArgument } from './syntax.ts';
import { describeType, UNKNOWN_TYPE } from './types.ts';

/** A `source` or `table` as a node. Poisoned where anything is wrong, with the schema kept so that its users are still checked. */
export function compileSource(declaration: Declaration, context: FlowContext): Binding {
  const { statement } = declaration;
  if (statement.kind !== 'source' && statement.kind !== 'table') return UNKNOWN_BINDING;
  const place: ArgumentPlace = {
    names: {
      reporter: context.reporter,
      parameter: node => parameterMeaning(node, context, fileScope(declaration.module)),
    },
    of: `\`${statement.name.text}\``,
    owner: 'source',
  };
  const of: SourceContext = { statement, context, place };
  const errors = context.reporter.errors;
  const options = ownOptions(of);
  const declared = sourceSchema(of, options);
  const node = sourceNode(of, options, declared);
  if (node !== null && context.reporter.errors === errors) {
    context.nodes.set(node.id, node);
    const { connector } = statement;
    const letters = options.get('on_bad');
    const args = new Map([['connector', connector.span]]);
    if (letters !== undefined) args.set('on_bad', letters.span);
    context.places.set(node.id, { op: statement.name.span, args });
    return portsOf(node.id, node.ports, declared.open);
  }
  const bounded = node === null ? true : boundedOf(node.ports);
  return portsOf(statement.name.text, portTypes(declared.schema, bounded || statement.kind === 'table'), declared.open);
}

function boundedOf(ports: SourceNode['ports']): boolean {
  const out = ports['out'];
  return out?.kind === 'rows' ? out.bounded : true;
}

function portsOf(id: string, types: Readonly<Record<string, BindingType>>, open: boolean): Binding {
  const ports = Object.entries(types).map(
    ([port, type]) => [port, { ref: { node: id, port }, type, open: open && port === 'out' }] as const,
  );
  return { kind: 'ports', name: id, ports: new Map(ports) };
}

/** Rows that could not be read, with why; the bytes are a patient's where the rows are. */
function portTypes(schema: Schema, bounded: boolean): Readonly<Record<string, BindingType>> {
  const bad = deadLetterSchema(schema.fields.some(field => field.phi === true));
  return {
    out: { kind: 'rows', schema, bounded },
    bad: { kind: 'rows', schema: bad, bounded },
  };
}

function sourceSchema({ statement, context, place }: SourceContext, options: OwnOptions): DeclaredSchema {
  const node = options.get('schema');
  if (node?.kind === 'name') return schemaNamed({ text: node.name, span: node.span }, context, context.main);
  if (node !== undefined) {
    place.names.reporter.report('E304', node.span, {
      expected: 'the name of a schema',
      hint: 'Declare it: `schema Visit { … }`.',
    });
  } else if (!stumbled(context.main, statement.span)) {
    place.names.reporter.report('E411', statement.name.span, { name: statement.name.text });
  }
  return { schema: { fields: [] }, open: true };
}

function sourceNode(of: SourceContext, options: OwnOptions, declared: DeclaredSchema): SourceNode | null {
  const { statement, context, place } = of;
  const found = connectorNamed(statement.connector, context.catalog.sources, place, 'source');
  if (found === null) return null;
  const { name, definition, args } = found;
  const misplaced = inParentheses(statement);
  const named = found.named.filter(option => !misplaced.includes(option));
  const [first] = misplaced;
  if (first !== undefined) {
    const written = misplaced.map(option => context.reporter.textOf(option.span)).join(', ');
    const hint = `Options of a source stand in braces behind it: \`{ ${written} }\`.`;
    place.names.reporter.report('E208', first.name.span, { of: `\`${name}\``, name: first.name.text, hint });
  }
  const extra = statement.options.filter(option => !isOwn(option.name.text, statement));
  checkKey(of, options, declared);
  const mine = extra.filter(option => Object.hasOwn(definition.options, option.name.text));
  const inner = { ...place, of: `\`${name}\`` };
  const bound = bindConstants(definition.options, args, [...named, ...mine], statement.connector.span, inner);
  for (const arg of bound.rest) reportUnknownArgument(arg, inner.of, Object.keys(definition.options), place);
  const format = sourceFormat(of, options, definition, bound.params);
  if (definition.nature === 'log' && format) refuseOtherKind(of, format, declared, options);
  const rest = extra.filter(option => !mine.includes(option));
  const formatOptions = optionsOfFormat(of, format ?? null, definition, rest);
  const bounded = definition.nature === 'bounded';
  refuseEndlessTable(of, bounded);
  if (!refuseTensors(of, declared.schema, options) && format)
    refuseUnreadable(of, format, declared.schema, options, definition.nature === 'log');
  const onBad = badDestination(of, options, format !== undefined && format !== null);
  const readsRecords = definition.nature === 'log' && format !== undefined;
  const places = fieldPlaces(of, options, declared, readsRecords);
  const starts = startFits(definition.nature === 'log' && format === undefined, bound.params, extra, place);
  const nulls = textList(of, options, 'nulls');
  const onRange = options.get('on_range');
  const range = onRange === undefined ? 'bad' : constantWord(of, 'on_range', onRange, ['bad', 'null']);
  const zone = options.get('zone');
  const zoneName =
    zone === undefined ? null : constantArgument({ kind: 'string', doc: '', optional: true }, 'zone', zone, place);
  if (
    bound.failed ||
    format === null ||
    formatOptions === null ||
    onBad === null ||
    places === null ||
    !starts ||
    nulls === null
  )
    return null;
  return {
    kind: 'source',
    id: statement.name.text,
    binding: statement.name.text,
    ports: portTypes(declared.schema, bounded),
    span: statement.span,
    connector: { connector: name, options: bound.params },
    format: format === undefined ? null : { name: format.name, options: formatOptions },
    schema: declared.schema,
    names: places.names,
    ...(Object.keys(places.parts).length === 0 ? {} : { parts: places.parts }),
    nulls,
    onRange: range === 'null' ? 'null' : 'bad',
    zone: zoneName === null ? null : String(zoneName.value),
    onBad,
  };
}

/** Null: reported. Undefined: the connector needs none. */
function sourceFormat(
  { statement, context, place }: SourceContext,
  options: OwnOptions,
  definition: SourceDefinition,
  given: Readonly<Record<string, import('../engine/base/json.ts').Json>>,
): FormatDefinition | null | undefined {
  const node = options.get('format');
  if (definition.makes === 'rows') {
    if (node !== undefined) {
      const why = 'it makes typed rows itself';
      place.names.reporter.report('W808', node.span, { connector: definition.name, why });
    }
    return undefined;
  }
  // Without a format a topic holds the rows of a flow.
  if (definition.nature === 'log') {
    return node === undefined ? undefined : recordFormatFor(node, context.catalog.formats, place);
  }
  const format = formatFor(node, given, context.catalog.formats, place);
  if (format !== undefined) return format;
  // The file's name is a parameter that has no value yet: nothing can be told from it.
  if (namesUnknown(statement.connector, place)) return [...context.catalog.formats.values()][0] ?? null;
  place.names.reporter.report('E412', statement.connector.span, { name: statement.name.text });
  return null;
}

/** The rows of a flow have no times, and their frames no offsets anybody knows. */
function startFits(
  isOfRows: boolean,
  params: Readonly<Record<string, import('../engine/base/json.ts').Json>>,
  given: readonly NamedArgument[],
  place: ArgumentPlace,
): boolean {
  const node = given.find(option => option.name.text === 'from');
  if (!isOfRows || node === undefined || typeof params['from'] !== 'object') return true;
  place.names.reporter.report('E305', node.value.span, {
    word: place.names.reporter.textOf(node.value.span),
    name: 'from',
    of: place.of,
    hint: 'Of the rows of a flow write `earliest` or `latest`; instants and offsets are of records, with `format:`.',
  });
  return false;
}

function optionsOfFormat(
  { statement, place }: SourceContext,
  format: FormatDefinition | null,
  definition: SourceDefinition,
  rest: readonly NamedArgument[],
): Readonly<Record<string, import('../engine/base/json.ts').Json>> | null {
  const known = [...OWN, ...Object.keys(definition.options), ...Object.keys(format?.options ?? {})];
  const mine = rest.filter(option => format !== null && Object.hasOwn(format.options, option.name.text));
  let failed = false;
  let eventTime = false;
  for (const option of rest) {
    if (mine.includes(option)) continue;
    // Without a format its options cannot be told from slips.
    if (format === null && laterOption(option.name.text, 'source') === null) continue;
    // Event time comes whole or not at all: one of its options speaks for all.
    const timed = laterOption(option.name.text, 'source')?.includes('event time') === true;
    if (!timed || !eventTime) reportUnknownArgument(option, place.of, known, place);
    eventTime ||= timed;
    failed = true;
  }
  if (format === null) return failed ? null : {};
  const bound = bindConstants(format.options, [], mine, statement.connector.span, {
    ...place,
    of: `\`${format.name}\``,
  });
  return bound.failed || failed ? null : bound.params;
}

function refuseEndlessTable({ statement, context }: SourceContext, bounded: boolean): void {
  if (statement.kind !== 'table' || bounded) return;
  context.reporter.report('E190', statement.connector.span, {
    what: 'a table that changes while the flow runs (`table` over a topic)',
  });
}

function refuseTensors({ context }: SourceContext, schema: Schema, options: OwnOptions): boolean {
  const tensor = schema.fields.find(field => field.type.kind === 'tensor');
  const node = options.get('schema');
  if (tensor === undefined || node === undefined) return false;
  context.reporter.report('E190', node.span, { what: `reading tensors (the field \`${tensor.name}\`)` });
  return true;
}

/** Records of a topic are not those of a schema of another kind. */
function refuseOtherKind(
  { context, statement }: SourceContext,
  format: FormatDefinition,
  { registered }: DeclaredSchema,
  options: OwnOptions,
): void {
  if (registered === undefined || format.schemaType === undefined || format.schemaType === registered.type) return;
  const { type, name } = registered;
  const others = [...context.catalog.formats.values()].filter(other => other.schemaType === type);
  context.reporter.report('E718', options.get('format')?.span ?? statement.name.span, {
    format: format.name,
    subject: name,
    type,
    hint: others.length === 0 ? '' : `Records of it are in ${listed(others.map(other => other.name))}.`,
  });
}

/** A format cannot hold everything a schema can: a table has no records in its cells. */
function refuseUnreadable(
  { context }: SourceContext,
  format: FormatDefinition,
  schema: Schema,
  options: OwnOptions,
  ofRecords: boolean,
): void {
  const node = options.get('schema');
  const reported = (type: Type): boolean => type === UNKNOWN_TYPE || type.kind === 'secret';
  const field = schema.fields.find(each => !reported(each.type) && !format.accepts(each.type, 'read'));
  if (field === undefined || node === undefined) return;
  const others = [...context.catalog.formats.values()]
    .filter(other => (ofRecords ? other.records : other.files) !== undefined)
    .filter(other => schema.fields.every(each => reported(each.type) || other.accepts(each.type, 'read')))
    .map(other => other.name);
  context.reporter.report('E301', node.span, {
    found: `\`${field.name}: ${describeType(field.type, field.nullable)}\``,
    expected: 'fields it can read',
    where: `\`${format.name}\``,
    hint: others.length === 0 ? '' : `These formats can: ${listed(others)}.`,
  });
}
