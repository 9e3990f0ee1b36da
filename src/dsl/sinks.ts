import type { SinkDefinition } from '../engine/contract/connector.ts';
import { optional, type ParameterSpecs, required } from '../engine/contract/parameter.ts';
import { fieldOf, PLAIN_KINDS } from '../engine/contract/types.ts';
import type { BindingType } from '../engine/contract/value.ts';
import type { SinkNode } from '../engine/plan/plan.ts';
import { type ArgumentPlace, reportMissingArgument, reportUnknownArgument } from './argument-slots.ts';
import { bindConstants, constantArgument } from './arguments.ts';
import { type Binding, describeBinding, UNKNOWN_BINDING } from './bindings.ts';
import { takesField } from './columns.ts';
import { connectorNamed, formatFor, recordFormatFor } from './connectors.ts';
import { columnHint } from './field-hints.ts';
import { currentSchema, finishPipe, keepNodes, type Pipe } from './pipe.ts';
import { RECORD_OPTIONS, recordFields } from './record-options.ts';
import { parameterMeaning, type Scope } from './scope.ts';
import { namesUnknown } from './source-options.ts';
import { compileStages } from './stages.ts';
import { listed } from './suggest.ts';
import type { ExpressionNode, NamedArgument, SinkStatement, StageNode } from './syntax.ts';
import { describeType, UNKNOWN_TYPE, visibleFields } from './types.ts';

/** What `write` takes besides the options of its connector and format. */
export const WRITE_OPTIONS = {
  key: optional('column', 'Rows of one value keep their order in the topic.', { types: PLAIN_KINDS }),
  delivery: optional('choice', 'Whether a row may be written twice after a failure.', {
    choices: ['exactly_once', 'at_least_once'],
  }),
  format: optional(
    'choice',
    'How rows are written, where the file name does not say; of a topic: as records that other programs read.',
  ),
  ...RECORD_OPTIONS,
} as const satisfies ParameterSpecs;
export const CONNECTOR_ARGUMENT = required('connector', 'Where the rows go: `topic("name")`, `file("path")` …', {
  position: 0,
});
const OWN = Object.keys(WRITE_OPTIONS);

/** The stages of a `sink` after its head: the last writes, or hands a value on (`publish`). */
export function compileSink(statement: SinkStatement, scope: Scope, pipe: Pipe): Binding {
  const { stages } = statement.value;
  const last = stages.at(-1);
  const { reporter } = pipe.context;
  const name = statement.name.text;
  if (last?.op.text === 'write') {
    compileStages(stages.slice(0, -1), scope, pipe);
    const input = pipe.current;
    // The stages before a `write` keep their own ids: the name is the write's.
    keepNodes(pipe, undefined);
    const node = writeNode(last, name, pipe, scope, statement);
    if (node !== null) pipe.context.nodes.set(name, node);
    const [target] = last.args;
    pipe.context.places.set(name, { op: last.op.span, args: new Map(target ? [['connector', target.span]] : []) });
    return { kind: 'sink', name, input };
  }
  compileStages(stages, scope, pipe);
  const operator = last === undefined ? undefined : pipe.context.catalog.operators.get(last.op.text);
  const ends = operator?.execution.mode === 'control' || pipe.current.type?.kind === 'done';
  if (!ends && !pipe.current.open && (last === undefined || operator !== undefined)) {
    reporter.report('E228', last?.op.span ?? statement.name.span, {
      name,
      stage: last?.op.text ?? statement.value.head.name.text,
    });
    return UNKNOWN_BINDING;
  }
  const input = pipe.current;
  finishPipe(pipe);
  return { kind: 'sink', name, input };
}

function writeNode(
  stage: StageNode,
  name: string,
  pipe: Pipe,
  scope: Scope,
  statement: SinkStatement,
): SinkNode | null {
  const { context } = pipe;
  const { reporter } = context;
  const place: ArgumentPlace = {
    names: { reporter, parameter: node => parameterMeaning(node, context, scope) },
    of: '`write`',
  };
  if (stage.block !== null) {
    reporter.report('E352', stage.block.span, {
      stage: 'write',
      what: 'fields',
      hint: 'Choose the fields in a `select` before it.',
    });
  }
  const [target, more] = stage.args;
  if (target === undefined) {
    if (stage.op.text !== '') reportMissingArgument('connector', CONNECTOR_ARGUMENT, place.of, stage.op.span, place);
    return null;
  }
  if (more !== undefined) {
    reporter.report('E209', more.span, {
      of: place.of,
      hint: `Give the others by name: ${listed(OWN.map(own => `${own}: …`))}.`,
    });
    return null;
  }
  const found = connectorNamed(target, context.catalog.sinks, place, 'sink');
  if (found === null || !takesValue(found.definition, target, pipe)) return null;
  const { definition } = found;
  const options = stage.named.filter(arg => Object.hasOwn(definition.options, arg.name.text));
  const inner = { ...place, of: `\`${found.name}\`` };
  const bound = bindConstants(definition.options, found.args, [...found.named, ...options], target.span, inner);
  for (const arg of bound.rest) reportUnknownArgument(arg, inner.of, Object.keys(definition.options), place);
  const rest = stage.named.filter(arg => !options.includes(arg));
  const format = sinkFormat(definition, rest, bound.params, pipe, place, target);
  const formatOptions =
    format === undefined ? {} : format === null ? null : optionsOf(format, rest, definition, place, stage);
  if (format === undefined) refuseRest(rest, definition, place);
  const key = keyOf(rest, definition, pipe, place);
  const record = recordFields(
    rest,
    definition.nature === 'log' && !!format,
    currentSchema(pipe),
    pipe.current.open,
    place,
  );
  const delivery = deliveryOf(rest, definition, place);
  refusePhi(definition, pipe, target);
  if (refusesMatrix(definition, pipe, target)) return null;
  if (bound.failed || format === null || formatOptions === null || delivery === null || record === null) return null;
  const { ref } = pipe.current;
  if (ref === null) return null;
  return {
    kind: 'sink',
    id: name,
    binding: name,
    ports: { out: { kind: 'done' } },
    span: statement.span,
    connector: { connector: found.name, options: bound.params },
    format: format === undefined ? null : { name: format.name, options: formatOptions },
    key: key ?? null,
    ...(Object.keys(record).length === 0 ? {} : { record }),
    delivery,
    input: ref,
  };
}

/** Rows go to rows' sinks, reports and models to those of values. */
function takesValue(definition: SinkDefinition, target: ExpressionNode, pipe: Pipe): boolean {
  const { type, open } = pipe.current;
  if (type === null || open) return true;
  const wanted: readonly BindingType['kind'][] = definition.nature === 'value' ? ['report', 'model'] : ['rows'];
  if (wanted.includes(type.kind)) return true;
  pipe.context.reporter.report('E402', target.span, {
    stage: `\`write ${definition.name}\``,
    hint: '',
    expected: wanted.map(kind => describeBinding({ kind } as BindingType)).join(' or '),
    found: describeBinding(type),
  });
  return false;
}

function argument(rest: readonly NamedArgument[], name: string): NamedArgument | undefined {
  return rest.find(arg => arg.name.text === name);
}

/** Null: reported. Undefined: none is needed. */
function sinkFormat(
  definition: SinkDefinition,
  rest: readonly NamedArgument[],
  params: Parameters<typeof formatFor>[1],
  pipe: Pipe,
  place: ArgumentPlace,
  target: ExpressionNode,
): ReturnType<typeof formatFor> {
  const node = argument(rest, 'format')?.value;
  if (definition.nature === 'value') return undefined;
  if (definition.nature !== 'file' && node === undefined) return undefined;
  const { formats } = pipe.context.catalog;
  const format =
    definition.nature === 'log' && node !== undefined
      ? recordFormatFor(node, formats, place)
      : formatFor(node, params, formats, place);
  if (format === undefined && namesUnknown(target, place)) return [...formats.values()][0] ?? null;
  if (format === undefined) {
    place.names.reporter.report('E412', target.span, { name: definition.name });
    return null;
  }
  if (format === null || pipe.current.open) return format;
  for (const field of visibleFields(currentSchema(pipe))) {
    if (field.type === UNKNOWN_TYPE || format.accepts(field.type, 'write')) continue;
    place.names.reporter.report('E603', target.span, {
      connector: format.name,
      what: `the field \`${field.name}\`, a ${describeType(field.type, field.nullable)}`,
      hint: `Leave it out by a \`select\` or \`drop ${field.name}\` before the \`write\`.`,
    });
    return null;
  }
  return format;
}

function optionsOf(
  format: NonNullable<ReturnType<typeof formatFor>>,
  rest: readonly NamedArgument[],
  definition: SinkDefinition,
  place: ArgumentPlace,
  stage: StageNode,
): SinkNode['connector']['options'] | null {
  const mine = rest.filter(arg => Object.hasOwn(format.options, arg.name.text) && !OWN.includes(arg.name.text));
  const strange = rest.filter(arg => !mine.includes(arg) && !OWN.includes(arg.name.text));
  const known = [...OWN, ...Object.keys(definition.options), ...Object.keys(format.options)];
  for (const arg of strange) reportUnknownArgument(arg, place.of, known, place);
  const bound = bindConstants(format.options, [], mine, stage.span, { ...place, of: `\`${format.name}\`` });
  return bound.failed || strange.length > 0 ? null : bound.params;
}

function refuseRest(rest: readonly NamedArgument[], definition: SinkDefinition, place: ArgumentPlace): void {
  const known = [...OWN.filter(own => own !== 'format'), ...Object.keys(definition.options)];
  for (const arg of rest) if (!known.includes(arg.name.text)) reportUnknownArgument(arg, place.of, known, place);
}

/** Undefined: none, or reported. */
function keyOf(
  rest: readonly NamedArgument[],
  definition: SinkDefinition,
  pipe: Pipe,
  place: ArgumentPlace,
): string | undefined {
  const arg = argument(rest, 'key');
  if (arg === undefined) return undefined;
  const { reporter } = place.names;
  if (definition.nature !== 'log') {
    reporter.report('E208', arg.name.span, {
      of: `\`${definition.name}\``,
      name: 'key',
      hint: 'Only topics have keys.',
    });
    return undefined;
  }
  const schema = currentSchema(pipe);
  const name = arg.value.kind === 'name' ? arg.value.name : null;
  const field = name === null ? undefined : fieldOf(schema, name);
  if (field !== undefined) takesField(WRITE_OPTIONS.key, field, '`key`', arg.value.span, reporter);
  else if (name === null) {
    const hint = 'Write it without quotes; compute it in a `derive` before, where it is not a field yet.';
    reporter.report('E304', arg.value.span, { expected: 'the name of a field', hint });
  } else if (!pipe.current.open) {
    reporter.report('E201', arg.value.span, { kind: 'field', name, hint: columnHint(name, schema) });
  }
  return name ?? undefined;
}

function deliveryOf(
  rest: readonly NamedArgument[],
  definition: SinkDefinition,
  place: ArgumentPlace,
): SinkNode['delivery'] | null {
  const arg = argument(rest, 'delivery');
  if (arg === undefined) return definition.delivery;
  const word = constantArgument(WRITE_OPTIONS.delivery, 'delivery', arg.value, place);
  if (word === null) return null;
  if (word.value === 'at_least_once') return 'at-least-once';
  if (definition.delivery === 'exactly-once') return 'exactly-once';
  place.names.reporter.report('E601', arg.span, { connector: definition.name });
  return null;
}

/** How wide a matrix of features is, is learned: a topic's rows have a schema that is known before. Files say it themselves. */
function refusesMatrix(definition: SinkDefinition, pipe: Pipe, target: ExpressionNode): boolean {
  if (definition.nature !== 'log' || pipe.current.open) return false;
  const matrix = visibleFields(currentSchema(pipe)).find(field => field.type.kind === 'features');
  if (matrix === undefined) return false;
  pipe.context.reporter.report('E603', target.span, {
    connector: definition.name,
    what: `the field \`${matrix.name}\`, a matrix whose columns are known only when its transform is fitted`,
    hint: `Choose the fields by a \`select\`, or \`drop ${matrix.name}\`; \`write file("….arrow")\` keeps a matrix.`,
  });
  return true;
}

/** What is on a screen or in a log of the system is read by people the patient does not know. */
function refusePhi(definition: SinkDefinition, pipe: Pipe, target: ExpressionNode): void {
  if (definition.nature !== 'console' || pipe.current.open) return;
  const names = visibleFields(currentSchema(pipe))
    .filter(field => field.phi === true || hasPhi(field.type))
    .map(field => field.name);
  const [first] = names;
  if (first === undefined) return;
  pipe.context.reporter.report('E610', target.span, { field: first, target: `\`${definition.name}\`` });
}

function hasPhi(type: import('../engine/contract/types.ts').Type): boolean {
  return type.kind === 'record' && type.fields.some(field => field.phi === true || hasPhi(field.type));
}
