import type { Json } from '../engine/base/json.ts';
import type { Type } from '../engine/contract/types.ts';
import { constantOf, fitConstant, keepsRange, rangeText } from './constant-values.ts';
import type { Constant, ConstantValue } from './constants.ts';
import { datedText } from './dates.ts';
import { type FlowContext, flowSpan } from './flow-context.ts';
import type { Declaration } from './modules.ts';
import { type DeclaredType, resolveType } from './schemas.ts';
import { didYouMean, listed } from './suggest.ts';
import type { ParamStatement } from './syntax.ts';
import { describeType, neutralValue, UNKNOWN_TYPE } from './types.ts';

/** The value of a `param`: from a test, the command line, or its default. Null: reported. */
export function parameterValue(declaration: Declaration, context: FlowContext): Constant | null {
  const { statement } = declaration;
  if (statement.kind !== 'param') return null;
  const known = context.constants.get(statement);
  if (known !== undefined) return known;
  const declared = resolveType(statement.type, context, declaration.module);
  const main = declaration.module === context.main;
  const value = resolve(statement, declared, context, main);
  context.constants.set(statement, value);
  return value;
}

function resolve(
  statement: ParamStatement,
  declared: DeclaredType,
  context: FlowContext,
  main: boolean,
): Constant | null {
  const name = statement.name.text;
  if (declared.type === UNKNOWN_TYPE) return null;
  const fallback = defaultOf(statement, declared, context);
  const override = main ? context.overrides.get(name) : undefined;
  if (override !== undefined) return override;
  const text = main && context.given !== null && Object.hasOwn(context.given, name) ? context.given[name] : undefined;
  if (text !== undefined) return fromText(text, statement, declared, context);
  if (fallback !== undefined) return fallback;
  if (!context.requireParams || !main) {
    if (!main) context.reporter.report('E221', statement.name.span, { name });
    return { type: declared.type, value: neutralValue(declared), known: false };
  }
  context.reporter.report('E230', statement.name.span, {
    name,
    type: describeType(declared.type),
    example: exampleText(declared.type),
  });
  return null;
}

/** Undefined: it has none. */
function defaultOf(
  statement: ParamStatement,
  declared: DeclaredType,
  context: FlowContext,
): Constant | null | undefined {
  const node = statement.value;
  if (node === null) return declared.nullable ? { type: declared.type, value: null, known: true } : undefined;
  const where = `\`$${statement.name.text}\``;
  const names = { reporter: context.reporter, parameter: () => ({ kind: 'binding' }) as const };
  const constant = constantOf(node, names, describeType(declared.type));
  if (constant === null) return null;
  if (constant.secret !== undefined) {
    if (declared.type.kind === 'secret') return constant;
    context.reporter.report('E217', node.span, { name: 'env(…)' });
    return null;
  }
  const fitted = fitConstant(constant, declared.type, declared.nullable, { node, where }, context.reporter);
  if (fitted === null) return null;
  return keepsRange(fitted.value, declared.range, { span: node.span, what: where }, context.reporter) ? fitted : null;
}

function fromText(
  text: string,
  statement: ParamStatement,
  declared: DeclaredType,
  context: FlowContext,
): Constant | null {
  const name = statement.name.text;
  const { type } = declared;
  if (type.kind === 'secret') return { type, value: null, known: true, secret: { from: 'param', name } };
  if (text === 'null' && declared.nullable) return { type, value: null, known: true };
  const value = parsedText(text, type);
  if (value === undefined) {
    const hint =
      type.kind === 'enum'
        ? didYouMean(text, type.values, `It is one of ${listed(type.values)}.`)
        : `For example \`--param ${name}=${exampleText(type)}\`.`;
    context.reporter.report('E232', statement.name.span, { name, type: describeType(type), hint });
    return null;
  }
  const { range } = declared;
  if (typeof value === 'number' && range !== undefined) {
    const { low, high } = range;
    if ((low !== undefined && value < low) || (high !== undefined && value > high)) {
      context.reporter.report('E232', statement.name.span, {
        name,
        type: `${describeType(type)} ${rangeText(range)}`,
        hint: '',
      });
      return null;
    }
  }
  return { type, value, known: true, given: true };
}

const DURATION = /^(\d+)(ms|s|m|h|d)$/;
const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A `--param` text as a value of a type; undefined where it is none. */
function parsedText(text: string, type: Type): ConstantValue | undefined {
  switch (type.kind) {
    case 'string':
      return text;
    case 'bool':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'int':
      return /^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text)) ? Number(text) : undefined;
    case 'float':
      return /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text) && Number.isFinite(Number(text))
        ? Number(text)
        : undefined;
    case 'enum':
      return type.values.includes(text) ? text : undefined;
    case 'duration': {
      const parts = DURATION.exec(text);
      const ms = parts === null ? Number.NaN : Number(parts[1]) * (UNIT_MS[parts[2] ?? 'ms'] ?? 1);
      return Number.isSafeInteger(ms) ? ms : undefined;
    }
    case 'date':
    case 'timestamp': {
      const dated = datedText(text);
      return dated.type === type.kind ? dated.value : undefined;
    }
    case 'list': {
      const values = text === '' ? [] : text.split(',').map(each => parsedText(each.trim(), type.item));
      return values.includes(undefined) ? undefined : (values as (null | boolean | number | string)[]);
    }
    default:
      return undefined;
  }
}

function exampleText(type: Type): string {
  switch (type.kind) {
    case 'bool':
      return 'true';
    case 'int':
      return '1';
    case 'float':
      return '0.5';
    case 'enum':
      return type.values[0] ?? '';
    case 'duration':
      return '5m';
    case 'date':
      return '2026-01-31';
    case 'timestamp':
      return '2026-01-31T08:00:00Z';
    default:
      return '…';
  }
}

/** Names given on the command line that the flow does not have. */
export function refuseUnknownParams(context: FlowContext): void {
  if (context.given === null) return;
  const names = context.main.file.statements.flatMap(each => (each.kind === 'param' ? [each.name.text] : []));
  for (const name of Object.keys(context.given)) {
    if (names.includes(name)) continue;
    const otherwise = names.length === 0 ? 'This flow has no parameters.' : `It has ${listed(names)}.`;
    context.reporter.report('E231', flowSpan(context.main), { name, hint: didYouMean(name, names, otherwise) });
  }
}

/** The parameters a flow has, for `--help` and for the plan. */
export function describeParams(context: FlowContext) {
  return context.main.file.statements.flatMap(statement => {
    if (statement.kind !== 'param') return [];
    const declaration = context.main.declarations.get(`$${statement.name.text}`);
    if (declaration?.statement !== statement) return [];
    const declared = resolveType(statement.type, context, context.main);
    const fallback = declared.type === UNKNOWN_TYPE ? undefined : defaultOf(statement, declared, context);
    const value: Json | undefined = fallback === null || fallback?.secret !== undefined ? undefined : fallback?.value;
    return [{ name: statement.name.text, type: declared.type, default: value, doc: statement.doc }];
  });
}
