import type { Json } from '../engine/base/json.ts';
import type { Span } from '../engine/base/span.ts';
import type { ParameterSpec, ParameterSpecs } from '../engine/contract/parameter.ts';
import type { Type } from '../engine/contract/types.ts';
import { nameFault, type WorldName } from '../engine/contract/world-name.ts';
import { type ArgumentPlace, layOut, reportMissingArgument } from './argument-slots.ts';
import { constantOf, fitConstant, keepsRange } from './constant-values.ts';
import type { Constant } from './constants.ts';
import { otherChoice } from './other-words.ts';
import { didYouMean, listed } from './suggest.ts';
import type { ExpressionNode, NamedArgument } from './syntax.ts';
import { BOOL, describeType, FLOAT, INT, STRING } from './types.ts';

const SCALARS: Readonly<Record<string, Type>> = {
  int: INT,
  float: FLOAT,
  bool: BOOL,
  string: STRING,
  duration: { kind: 'duration' },
  bytes: INT,
};
const LISTS: Readonly<Record<string, Type>> = {
  strings: { kind: 'list', item: STRING },
  ints: { kind: 'list', item: INT },
  floats: { kind: 'list', item: FLOAT },
};

/** Whether a parameter of this kind needs nothing but the text itself. */
export function isConstantKind(kind: ParameterSpec['kind']): boolean {
  return kind in SCALARS || kind in LISTS || ['choice', 'words', 'strings_by_name', 'literal', 'start'].includes(kind);
}

/** The plan's value of an argument of a constant kind. Null: reported. */
export function constantArgument(
  spec: ParameterSpec,
  name: string,
  node: ExpressionNode,
  place: ArgumentPlace,
): { readonly value: Json } | null {
  if (spec.kind === 'choice') return choice(spec, name, node, place);
  if (spec.kind === 'words') return words(spec, name, node, place);
  if (spec.kind === 'strings_by_name') return stringsByName(name, node, place);
  if (spec.kind === 'literal') return plainLiteral(spec, node, place);
  if (spec.kind === 'start') return startOf(spec, name, node, place);
  const type = SCALARS[spec.kind] ?? LISTS[spec.kind] ?? STRING;
  const listNode = spec.kind in LISTS && node.kind !== 'list' && node.kind !== 'parameter' ? asList(node) : node;
  const constant = constantOf(listNode, place.names, describeType(type));
  if (constant === null) return null;
  if (constant.secret !== undefined || constant.type.kind === 'secret') return secret(spec, constant, node, place);
  const where = `\`${name}\` of ${place.of}`;
  const fitted = fitConstant(constant, type, false, { node, where }, place.names.reporter);
  if (fitted === null) return null;
  if (spec.names !== undefined && !isName(spec.names, fitted, node, place)) return null;
  const what = `\`${name}\``;
  const range = bounds(spec);
  const values = Array.isArray(fitted.value) ? fitted.value : [fitted.value];
  if (
    fitted.known &&
    !values.every(value => keepsRange(value, range, { span: node.span, what }, place.names.reporter))
  ) {
    return null;
  }
  return { value: fitted.value };
}

/** A name given from outside is no mistake of the flow's text: the run refuses it (R115, R304, R306). */
function isName(
  kind: WorldName,
  constant: Pick<Constant, 'value' | 'known' | 'given'>,
  node: ExpressionNode,
  place: ArgumentPlace,
): boolean {
  if (!constant.known || constant.given === true || typeof constant.value !== 'string') return true;
  const why = nameFault(kind, constant.value);
  if (why !== null) place.names.reporter.report('E233', node.span, { name: JSON.stringify(constant.value), kind, why });
  return why === null;
}

/** A value of any type: whoever asks for it looks at it. */
function plainLiteral(
  spec: ParameterSpec,
  node: ExpressionNode,
  place: ArgumentPlace,
): { readonly value: Json } | null {
  const constant = constantOf(node, place.names);
  if (constant === null) return null;
  if (constant.type.kind === 'secret') return secret(spec, constant, node, place);
  return { value: constant.value };
}

function asList(node: ExpressionNode): ExpressionNode {
  return { kind: 'list', items: [node], span: node.span };
}

function bounds(spec: ParameterSpec): { readonly low?: number; readonly high?: number } | undefined {
  if (spec.min === undefined && spec.max === undefined) return undefined;
  return {
    ...(spec.min === undefined ? {} : { low: spec.min }),
    ...(spec.max === undefined ? {} : { high: spec.max }),
  };
}

/** A plan holds where a secret comes from, never the secret. */
function secret(
  spec: ParameterSpec,
  constant: Constant,
  node: ExpressionNode,
  place: ArgumentPlace,
): { readonly value: Json } | null {
  if (spec.secret === true && constant.secret !== undefined)
    return { value: { secret: constant.secret.from, name: constant.secret.name } };
  place.names.reporter.report('E217', node.span, { name: place.names.reporter.textOf(node.span) });
  return null;
}

/** A word as written, quoted, or in a parameter. */
function wordOf(
  node: ExpressionNode,
  place: ArgumentPlace,
): { readonly word: string; readonly known: boolean; readonly given?: true } | null {
  if (node.kind === 'name') return { word: node.name, known: true };
  if (node.kind === 'literal' && node.type === 'null') return { word: 'null', known: true };
  const constant = constantOf(node, place.names, 'a word');
  if (constant === null) return null;
  const { known, given } = constant;
  if (typeof constant.value === 'string') return { word: constant.value, known, ...(given && { given }) };
  if (typeof constant.value === 'boolean') return { word: String(constant.value), known };
  place.names.reporter.report('E301', node.span, {
    found: describeType(constant.type),
    expected: 'a word',
    where: place.of,
    hint: '',
  });
  return null;
}

function choice(
  spec: ParameterSpec,
  name: string,
  node: ExpressionNode,
  place: ArgumentPlace,
): { readonly value: Json } | null {
  const found = wordOf(node, place);
  if (found === null || !isChoice(spec, name, found, node, place)) return null;
  if (spec.names !== undefined && !isName(spec.names, { ...found, value: found.word }, node, place)) return null;
  return { value: found.word };
}

const START_WORDS = ['earliest', 'latest'];

/** A word, an instant, or offsets. */
function startOf(
  spec: ParameterSpec,
  name: string,
  node: ExpressionNode,
  place: ArgumentPlace,
): { readonly value: Json } | null {
  if (node.kind === 'name') return choice({ ...spec, choices: START_WORDS }, name, node, place);
  const constant = constantOf(node, place.names, '`earliest`, `latest`, an instant or an offset');
  if (constant === null) return null;
  const { type, value, known } = constant;
  if (type.kind === 'timestamp') return { value: { time: value as number } };
  if (type.kind === 'string') return choice({ ...spec, choices: START_WORDS }, name, node, place);
  const isOffsets = type.kind === 'int' || (type.kind === 'list' && type.item.kind === 'int');
  const offsets = (Array.isArray(value) ? value : [value]) as readonly number[];
  if (isOffsets && (!known || offsets.every(offset => offset >= 0))) {
    return { value: { offsets: value as number | number[] } };
  }
  place.names.reporter.report('E301', node.span, {
    found: describeType(type),
    expected: '`earliest`, `latest`, an instant, an offset or a list of offsets',
    where: `\`${name}\` of ${place.of}`,
    hint: 'As in `from: latest`, `from: @2026-01-31T08:00:00Z`, `from: 1200` or `from: [1200, 900]`, one of each partition.',
  });
  return null;
}

function isChoice(
  spec: ParameterSpec,
  name: string,
  found: { readonly word: string; readonly known: boolean },
  node: ExpressionNode,
  place: ArgumentPlace,
): boolean {
  const { choices } = spec;
  if (choices === undefined || !found.known || choices.includes(found.word)) return true;
  const other = otherChoice(found.word, choices);
  place.names.reporter.report('E305', node.span, {
    word: found.word,
    name,
    of: place.of,
    hint:
      other !== null ? `Here that is \`${other}\`.` : didYouMean(found.word, choices, `It takes ${listed(choices)}.`),
  });
  return false;
}

function words(
  spec: ParameterSpec,
  name: string,
  node: ExpressionNode,
  place: ArgumentPlace,
): { readonly value: Json } | null {
  const items = node.kind === 'list' ? node.items : [node];
  const values: string[] = [];
  let failed = false;
  for (const item of items) {
    const found = wordOf(item, place);
    if (found === null || !isChoice(spec, name, found, item, place)) failed = true;
    else values.push(found.word);
  }
  return failed ? null : { value: values };
}

function stringsByName(name: string, node: ExpressionNode, place: ArgumentPlace): { readonly value: Json } | null {
  if (node.kind !== 'record') {
    place.names.reporter.report('E304', node.span, {
      expected: 'names with texts',
      hint: `Write \`${name}: { field: "NAME" }\`.`,
    });
    return null;
  }
  const value: Record<string, string> = {};
  let failed = false;
  for (const member of node.members) {
    const constant = constantOf(member.value, place.names, 'a text');
    const fitted =
      constant === null
        ? null
        : fitConstant(
            constant,
            STRING,
            false,
            { node: member.value, where: `\`${member.name.text}\`` },
            place.names.reporter,
          );
    if (fitted === null) failed = true;
    else if (Object.hasOwn(value, member.name.text)) {
      place.names.reporter.report('E205', member.name.span, { name: member.name.text, where: `\`${name}\`` });
      failed = true;
    } else value[member.name.text] = String(fitted.value);
  }
  return failed ? null : { value };
}

/** Arguments that need nothing but the text: options of connectors, formats, rules and learners. */
export function bindConstants(
  specs: ParameterSpecs,
  args: readonly ExpressionNode[],
  named: readonly NamedArgument[],
  span: Span,
  place: ArgumentPlace,
): {
  readonly params: Readonly<Record<string, Json>>;
  readonly rest: readonly NamedArgument[];
  readonly failed: boolean;
} {
  const slots = layOut(specs, args, named, place);
  let { failed } = slots;
  const params: Record<string, Json> = {};
  for (const [name, spec] of Object.entries(specs)) {
    const nodes = slots.given.get(name);
    const [node] = nodes ?? [];
    if (node !== undefined) {
      const several = nodes !== undefined && nodes.length > 1;
      const whole: ExpressionNode = several ? { kind: 'list', items: nodes, span: node.span } : node;
      const value = constantArgument(spec, name, whole, place);
      if (value === null) failed = true;
      else params[name] = value.value;
    } else if (spec.default !== undefined) params[name] = spec.default;
    else if (!spec.optional) {
      if (!slots.failed) reportMissingArgument(name, spec, place.of, span, place);
      failed = true;
    }
  }
  return { params, rest: slots.rest, failed };
}
