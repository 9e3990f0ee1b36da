import type { RecordPart } from '../engine/contract/connector.ts';
import { optional, type ParameterSpecs, required } from '../engine/contract/parameter.ts';
import { fieldOf, PLAIN_KINDS } from '../engine/contract/types.ts';
import type { BadDestination } from '../engine/plan/plan.ts';
import { type ArgumentPlace, reportUnknownArgument } from './argument-slots.ts';
import { bindConstants, constantArgument } from './arguments.ts';
import { takesField } from './columns.ts';
import { columnHint } from './field-hints.ts';
import type { DeclaredSchema, FlowContext } from './flow-context.ts';
import { stumbled } from './modules.ts';
import { recordPart } from './record-parts.ts';
import { didYouMean } from './suggest.ts';
import type { ExpressionNode, NamedArgument, SourceStatement } from './syntax.ts';

/** What a source's braces say themselves; all else belongs to its connector or format. */
export const OWN_OPTIONS = {
  schema: required('schema', 'The fields of its rows: the name of a `schema`.'),
  format: optional('choice', 'How its bytes are read, where the file name does not say.'),
  map: optional('strings_by_name', 'The names of fields in the input, where they differ.'),
  nulls: optional('strings', 'Texts that mean null.'),
  on_bad: optional('choice', 'Where rows go that cannot be read.', { choices: ['drop', 'fail'] }),
  on_range: optional('choice', 'Whether a number out of its range makes its row bad, or is read as null.', {
    choices: ['bad', 'null'],
  }),
  zone: optional('string', 'The zone of timestamps that have none.'),
} as const satisfies ParameterSpecs;
/** By which field the rows of a `table` are looked up. */
export const KEY_OPTION = optional('column', 'The field its rows are looked up by.', { types: PLAIN_KINDS });
/** What `on_bad:` may say besides words. */
export const DEAD_LETTER = {
  name: 'dlq',
  summary: 'Bad rows go to a topic, with why they are bad.',
  params: { topic: required('string', 'The topic that takes them.', { position: 0, names: 'topic' }) },
} as const;
export const OWN: readonly string[] = Object.keys(OWN_OPTIONS);

export interface SourceContext {
  readonly statement: SourceStatement;
  readonly context: FlowContext;
  readonly place: ArgumentPlace;
}

/** A table may also say by which field its rows are looked up. */
export function isOwn(name: string, statement: SourceStatement): boolean {
  return OWN.some(own => own === name) || (statement.kind === 'table' && name === 'key');
}

export function checkKey({ place }: SourceContext, options: OwnOptions, declared: DeclaredSchema): void {
  const node = options.get('key');
  if (node === undefined) return;
  if (node.kind !== 'name') {
    const hint = 'Write it without quotes.';
    place.names.reporter.report('E304', node.span, { expected: 'the name of a field', hint });
    return;
  }
  const field = fieldOf(declared.schema, node.name);
  if (field !== undefined) takesField(KEY_OPTION, field, '`key`', node.span, place.names.reporter);
  else if (!declared.open) {
    const hint = columnHint(node.name, declared.schema);
    place.names.reporter.report('E201', node.span, { kind: 'field', name: node.name, hint });
  }
}

export type OwnOptions = ReadonlyMap<string, ExpressionNode>;

export function ownOptions({ statement, place }: SourceContext): OwnOptions {
  const found = new Map<string, ExpressionNode>();
  for (const option of inParentheses(statement)) found.set(option.name.text, option.value);
  const seen = new Set<string>();
  for (const option of statement.options) {
    const name = option.name.text;
    if (seen.has(name)) place.names.reporter.report('E205', option.name.span, { name, where: place.of });
    else if (isOwn(name, statement)) found.set(name, option.value);
    seen.add(name);
  }
  return found;
}

/** Options of the source that stand among the arguments of its connector: told once, and read all the same. */
export function inParentheses(statement: SourceStatement): readonly NamedArgument[] {
  return statement.connector.named.filter(option => isOwn(option.name.text, statement));
}

/** Whether a connector's arguments hold a parameter without a value, as when a flow is only checked. */
export function namesUnknown(connector: ExpressionNode, place: ArgumentPlace): boolean {
  return (
    connector.kind === 'call' &&
    connector.args.some(arg => {
      const meaning = arg.kind === 'parameter' ? place.names.parameter(arg) : null;
      return meaning?.kind === 'constant' && !meaning.constant.known;
    })
  );
}

export function badDestination(
  { statement, context, place }: SourceContext,
  options: OwnOptions,
  decodes: boolean,
): BadDestination | null {
  const { reporter } = place.names;
  const node = options.get('on_bad');
  if (node === undefined) {
    if (!decodes || stumbled(context.main, statement.span)) return { kind: 'fail' };
    reporter.report('E410', statement.name.span, {
      name: statement.name.text,
      what: 'a row that cannot be read',
      option: 'on_bad',
    });
    return null;
  }
  if (node.kind === 'name' && (node.name === 'drop' || node.name === 'fail')) return { kind: node.name };
  if (node.kind === 'call' && node.callee.text === DEAD_LETTER.name) {
    const bound = bindConstants(DEAD_LETTER.params, node.args, node.named, node.span, { ...place, of: '`dlq`' });
    for (const arg of bound.rest) reportUnknownArgument(arg, '`dlq`', ['topic'], place);
    return bound.failed || bound.rest.length > 0 ? null : { kind: 'topic', topic: String(bound.params['topic']) };
  }
  const name = node.kind === 'name' ? node.name : reporter.textOf(node.span);
  const hint = didYouMean(name, ['drop', 'fail'], 'Write `dlq("a-topic")`, `drop` or `fail`.');
  reporter.report('E305', node.span, { word: name, name: 'on_bad', of: place.of, hint });
  return null;
}

/** Where fields are that are not under their own name: `names` in the input, `parts` of its records. */
export interface FieldPlaces {
  readonly names: Readonly<Record<string, string>>;
  readonly parts: Readonly<Record<string, RecordPart>>;
}

/** `readsRecords`: fields may be filled from a record's key, time and headers. Null: reported. */
export function fieldPlaces(
  of: SourceContext,
  options: OwnOptions,
  declared: DeclaredSchema,
  readsRecords: boolean,
): FieldPlaces | null {
  const node = options.get('map');
  if (node === undefined) return { names: {}, parts: {} };
  const { reporter } = of.place.names;
  let failed = false;
  if (node.kind === 'record' && !declared.open) {
    const names = declared.schema.fields.map(field => field.name);
    for (const member of node.members) {
      if (names.includes(member.name.text)) continue;
      reporter.report('E201', member.name.span, {
        kind: 'field',
        name: member.name.text,
        hint: columnHint(member.name.text, declared.schema),
      });
      failed = true;
    }
  }
  const members = node.kind === 'record' ? node.members : [];
  const parts: Record<string, RecordPart> = {};
  for (const { name, value } of members) {
    if (value.kind !== 'call') continue;
    const part = recordPart(value, fieldOf(declared.schema, name.text), readsRecords, of.place);
    if (part === null) failed = true;
    else parts[name.text] = part;
  }
  const rest =
    node.kind === 'record' ? { ...node, members: members.filter(({ value }) => value.kind !== 'call') } : node;
  const value = constantArgument({ kind: 'strings_by_name', doc: '', optional: true }, 'map', rest, of.place);
  return value === null || failed ? null : { names: value.value as Record<string, string>, parts };
}

export function textList(of: SourceContext, options: OwnOptions, name: string): readonly string[] | null {
  const node = options.get(name);
  if (node === undefined) return [];
  const value = constantArgument({ kind: 'strings', doc: '', optional: true }, name, node, of.place);
  return value === null ? null : (value.value as readonly string[]);
}

export function constantWord(
  of: SourceContext,
  name: string,
  node: ExpressionNode,
  choices: readonly string[],
): string | null {
  const value = constantArgument({ kind: 'choice', doc: '', optional: true, choices }, name, node, of.place);
  return value === null ? null : String(value.value);
}
