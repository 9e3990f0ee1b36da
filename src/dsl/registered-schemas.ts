import type { Span } from '../engine/base/span.ts';
import { optional, type ParameterSpecs, required } from '../engine/contract/parameter.ts';
import type { RegisteredField, RegisteredSchema, SchemaAsk } from '../engine/contract/registered-schema.ts';
import { type Field, type Type, typeText } from '../engine/contract/types.ts';
import { type ArgumentPlace, reportUnknownArgument } from './argument-slots.ts';
import { bindConstants } from './arguments.ts';
import type { DeclaredSchema, FlowContext } from './flow-context.ts';
import { fieldCount } from './limits.ts';
import type { Reporter } from './reporter.ts';
import { didYouMean, listed } from './suggest.ts';
import type { CallNode, ExpressionNode } from './syntax.ts';
import { RESERVED } from './tokens.ts';
import { STRING, UNKNOWN_TYPE } from './types.ts';

/** What a `schema … from` reads. */
export const SCHEMA_REGISTRY = {
  name: 'registry',
  summary: 'A schema of a schema registry, by subject and version.',
  params: {
    subject: required('string', 'What it is registered under, such as `ehr.visits-value`.', { position: 0 }),
    version: optional('int', 'Which version of the subject: a number, so that the flow stays the same.', { min: 1 }),
    url: optional(
      'string',
      'Address of the schema registry; without it that of the environment variable `WEIR_SCHEMA_REGISTRY`.',
    ),
    user: optional('string', 'Who asks the registry; `env("NAME")`.', { secret: true }),
    password: optional('string', 'Its password: always `env("NAME")`.', { secret: true }),
  } satisfies ParameterSpecs,
} as const;

/** What the call behind `from` asks for. Null: reported. */
export function askOf(from: CallNode, reporter: Reporter): SchemaAsk | null {
  const { name, params } = SCHEMA_REGISTRY;
  if (from.callee.text !== name) {
    const hint = 'Write `schema NAME from registry("subject", version: 1)`.';
    reporter.report('E201', from.callee.span, { kind: 'registry', name: from.callee.text, hint });
    return null;
  }
  const place: ArgumentPlace = {
    names: { reporter, parameter: node => writtenOut(node.span, reporter) },
    of: `\`${name}\``,
  };
  const named = from.named.filter(arg => !(arg.name.text === 'version' && arg.value.kind === 'name'));
  const bound = bindConstants(params, from.args, named, from.span, place);
  for (const arg of bound.rest) reportUnknownArgument(arg, place.of, Object.keys(params), place);
  if (bound.failed || bound.rest.length > 0) return null;
  const { subject, version, ...who } = bound.params;
  return { subject: String(subject), version: version === undefined ? null : Number(version), ...who };
}

function writtenOut(span: Span, reporter: Reporter): null {
  const hint = 'Which schema it is stands in the flow; what differs between places is WEIR_SCHEMA_REGISTRY.';
  reporter.report('E304', span, { expected: 'a plain value', hint });
  return null;
}

/** Fields as written in the braces, each with where it stands. */
export interface WrittenFields {
  readonly fields: readonly { readonly field: Field; readonly name: Span; readonly type: Span }[];
  readonly open: boolean;
  /** Before which of them all others come that the registered schema has, and what says so; null: there are no others. */
  readonly rest: { readonly at: number; readonly span: Span } | null;
}

/** A schema that is read from a registry: the fields written, held against it, and the others where they are wanted. Open after a report. */
export function fromRegistry(from: CallNode, written: WrittenFields, context: FlowContext): DeclaredSchema {
  const { reporter } = context;
  const { rest } = written;
  const fields = written.fields.map(({ field }) => field);
  const ask = askOf(from, reporter);
  const found = ask === null ? null : answerTo(ask, from, context);
  if (ask === null || found === null) return { schema: { fields }, open: true };
  const subject = nameOf(ask);
  const registered = { type: found.type, name: subject };
  for (const each of written.fields) hold(each, found, subject, reporter);
  if (rest === null) return { schema: { fields }, open: written.open, registered };
  const taken = new Set(fields.map(({ name }) => named(found.fields, name)));
  const others = otherFields(
    found.fields.filter(field => !taken.has(field)),
    subject,
    rest.span,
    reporter,
  );
  const all = [...fields.slice(0, rest.at), ...(others ?? []), ...fields.slice(rest.at)];
  return { schema: { fields: all }, open: written.open || others === null, registered };
}

const nameOf = ({ subject, version }: SchemaAsk): string => `\`${subject}\` version ${version}`;

function answerTo(ask: SchemaAsk, from: CallNode, { host, reporter }: FlowContext): RegisteredSchema | null {
  const { subject } = ask;
  const answer = host.registered?.(ask);
  if (ask.version === null) {
    const latest = answer?.kind === 'unpinned' ? answer.latest : null;
    const hint =
      latest === null ? 'Write which one it is: `version: 1`.' : `Write \`version: ${latest}\`, which is the latest.`;
    reporter.report('E713', argument(from, 'version')?.span ?? from.span, { subject, hint });
    return null;
  }
  switch (answer?.kind) {
    case 'schema':
      return answer.schema;
    case 'missing': {
      const { latest } = answer;
      const hint =
        latest === null
          ? 'Of the values of a topic it is mostly the topic’s name with `-value` behind it.'
          : `The latest is \`version: ${latest}\`.`;
      const at = latest === null ? from.args[0] : argument(from, 'version');
      const what = latest === null ? 'the schema registry' : `\`${subject}\``;
      const lacks = latest === null ? `subject \`${subject}\`` : `version ${ask.version}`;
      reporter.report('E711', at?.span ?? from.span, { what, lacks, hint });
      return null;
    }
    case 'unreadable':
      reporter.report('E714', from.span, { subject: nameOf(ask), why: answer.why });
      return null;
    case 'refused':
      reporter.report('E712', from.span, { why: answer.why, hint: answer.hint });
      return null;
    default: {
      const { why, hint } = answer?.kind === 'away' ? answer : { why: 'no schema registry is asked here', hint: '' };
      reporter.report('E710', from.span, { why, hint });
      return null;
    }
  }
}

const argument = (from: CallNode, name: string): ExpressionNode | undefined =>
  from.named.find(arg => arg.name.text === name)?.value;

/** Null: reported. */
function otherFields(
  fields: readonly RegisteredField[],
  subject: string,
  at: Span,
  reporter: Reporter,
): readonly Field[] | null {
  const found = typedFields({ fields });
  const shown = found.filter(({ type }) => isWritable(type)).slice(0, 3);
  const texts = shown.map(({ name, type, nullable }) => `${name}: ${typeText(type, nullable)}`);
  const hint = `Name in braces only those the flow wants: \`{ ${[...texts, '…'].join(', ')} }\`.`;
  for (const { name, holds, told } of fields) {
    if (!isName(name)) {
      const why = 'and no field can have that name';
      reporter.report('E717', at, { field: name, subject, told, why, hint });
    } else if ('why' in holds) {
      const { place, told: inside } = holds.why;
      reporter.report('E717', at, { field: place, subject, told: inside, hint });
    }
  }
  return found.length < fields.length ? null : found;
}

/** The fields that rows can have. */
export function typedFields({ fields }: Pick<RegisteredSchema, 'fields'>): readonly Field[] {
  return fields.flatMap(({ name, holds }) => ('why' in holds || !isName(name) ? [] : [{ name, ...holds }]));
}

/** A type that stands in braces as it is told: a record has a schema's name there. */
function isWritable(type: Type): boolean {
  return type.kind === 'list' ? isWritable(type.item) : type.kind !== 'record';
}

const isName = (name: string): boolean =>
  /^[A-Za-z_]\w*$/.test(name) && ![...RESERVED].some(word => word.PATTERN === name);

/** Reports a field that the registered schema lacks, or has of a type that is not read as this one. */
function hold(
  { field, name, type }: WrittenFields['fields'][number],
  { fields }: RegisteredSchema,
  subject: string,
  reporter: Reporter,
): void {
  if (field.type === UNKNOWN_TYPE) return;
  const found = named(fields, field.name);
  if (found === undefined) {
    const names = fields.map(each => each.name);
    const otherwise = names.length === 0 ? 'It has none.' : `It has ${listed(names)}.`;
    reporter.report('E715', name, { subject, field: field.name, hint: didYouMean(field.name, names, otherwise) });
    return;
  }
  const why = found.unreadable(field.type);
  if (why === null) return;
  reporter.report('E716', type, { subject, why, hint: 'why' in found.holds ? '' : typeHint(found.holds) });
}

/** Values of an enum, and fields, that are still read at a glance; a text holds any number of values. */
const FEW = 12;

function typeHint({ type, nullable }: { readonly type: Type; readonly nullable: boolean }): string {
  if (fieldCount({ fields: [{ name: '', type, nullable }] }) > FEW) return '';
  const isLong = type.kind === 'enum' && type.values.length > FEW;
  const text = typeText(isLong ? STRING : type, nullable);
  return isWritable(type) ? `Write \`${text}\`.` : `Write the name of a schema whose fields are among \`${text}\`.`;
}

function named(fields: readonly RegisteredField[], name: string): RegisteredField | undefined {
  return fields.find(field => field.name === name) ?? fields.find(field => field.aliases.includes(name));
}
