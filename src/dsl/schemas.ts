import type { Field, Type } from '../engine/contract/types.ts';
import { constantOf } from './constant-values.ts';
import type { DeclaredSchema, FlowContext } from './flow-context.ts';
import { lookUp, namesOf } from './flow-context.ts';
import { fieldCount, MAX_FIELDS } from './limits.ts';
import { type Declaration, KIND_TEXT, type Module, stumbled } from './modules.ts';
import { didYouMean } from './suggest.ts';
import type { Annotation, ExpressionNode, Name, SchemaMember, SchemaStatement, TypeNode } from './syntax.ts';
import { isNumber, UNKNOWN_TYPE } from './types.ts';

const SIMPLE_TYPES = {
  bool: 'True or false.',
  int: 'A whole number, exact to ±(2^53 − 1).',
  float: 'A number.',
  string: 'A text.',
  timestamp: 'An instant, in UTC milliseconds.',
  date: 'A day of the calendar.',
  duration: 'A span of time, in milliseconds.',
  secret: 'A text that never shows: for options of connectors only.',
};
/** The types by name, with what each holds. */
export const TYPES: Readonly<Record<string, string>> = {
  ...SIMPLE_TYPES,
  enum: 'One of the texts named: `enum("F", "M")`.',
  list: 'Values of one type: `list<string>`.',
  tensor: 'Numbers in a grid: `tensor<f32>[h, w, c]`.',
};
/** What a field may be marked as, with what each mark means. */
export const ANNOTATIONS: Readonly<Record<string, string>> = {
  entity: 'Who the row is about.',
  phi: 'Health information of a person: never to logs, metrics or open sinks.',
  label: 'What is predicted: never a feature.',
  id: 'Names the row itself: never a feature.',
  unit: 'The unit of the number, in UCUM: `@unit("mmol/L")`.',
};
const SIMPLE: ReadonlySet<string> = new Set(Object.keys(SIMPLE_TYPES));
const TYPE_NAMES = Object.keys(TYPES);
const FOREIGN_MARKS: Readonly<Record<string, string>> = {
  key: 'id',
  pk: 'id',
  primary: 'id',
  identifier: 'id',
  target: 'label',
  outcome: 'label',
  pii: 'phi',
  personal: 'phi',
  sensitive: 'phi',
  patient: 'entity',
  person: 'entity',
  subject: 'entity',
  units: 'unit',
};
/** What people write who come from elsewhere; `T` is the type it is of. */
const FOREIGN_TYPES: Readonly<Record<string, string>> = {
  str: 'string',
  text: 'string',
  varchar: 'string',
  integer: 'int',
  long: 'int',
  bigint: 'int',
  number: 'float',
  double: 'float',
  real: 'float',
  boolean: 'bool',
  datetime: 'timestamp',
  instant: 'timestamp',
  array: 'list<T>',
  vector: 'list<T>',
  optional: 'T?',
  option: 'T?',
  nullable: 'T?',
  maybe: 'T?',
  object: 'a schema’s name',
  json: 'a schema’s name',
};

export interface DeclaredType {
  readonly type: Type;
  readonly nullable: boolean;
  readonly range?: { readonly low?: number; readonly high?: number };
}

/** A written type. A name that means nothing gives the unknown type, once reported. */
export function resolveType(
  node: TypeNode,
  context: FlowContext,
  module: Module,
  more: readonly string[] = [],
): DeclaredType {
  const type = bareType(node, context, module, more);
  const range = node.range === null ? undefined : resolveRange(node, type, context);
  return { type, nullable: node.nullable, ...(range === undefined ? {} : { range }) };
}

function bareType(node: TypeNode, context: FlowContext, module: Module, more: readonly string[]): Type {
  const name = node.name.text;
  if (refusesForm(node, context)) return UNKNOWN_TYPE;
  if (SIMPLE.has(name)) return { kind: name } as Type;
  if (name === 'enum') return enumType(node, context);
  if (name === 'list') {
    const item = node.item === null ? UNKNOWN_TYPE : resolveType(node.item, context, module).type;
    return item === UNKNOWN_TYPE ? UNKNOWN_TYPE : { kind: 'list', item };
  }
  if (name === 'tensor') return tensorType(node, context);
  const declared = lookUp(module, name);
  if (declared?.kind === 'schema') {
    const { schema, open } = schemaOf(declared, context);
    return open ? UNKNOWN_TYPE : { kind: 'record', fields: schema.fields };
  }
  if (declared?.kind === 'unknown' || name === '') return UNKNOWN_TYPE;
  if (declared !== undefined) reportNotSchema(node.name, declared, 'a type', context);
  else {
    const foreign = Object.hasOwn(FOREIGN_TYPES, name.toLowerCase()) ? FOREIGN_TYPES[name.toLowerCase()] : undefined;
    const names = [...TYPE_NAMES, ...more, ...namesOf(module, ['schema'])];
    const hint =
      foreign === undefined
        ? didYouMean(name, names, `The types are ${TYPE_NAMES.join(' ')}.`)
        : `Write \`${foreign.replace('T', node.item === null ? 'int' : context.reporter.textOf(node.item.span))}\`.`;
    context.reporter.report('E201', node.name.span, { kind: 'type', name, hint });
  }
  return UNKNOWN_TYPE;
}

/** What stands behind the name of a type and does not belong there, or is missing there. */
function refusesForm(node: TypeNode, context: FlowContext): boolean {
  const name = node.name.text;
  const { item, values, brackets } = node;
  const extra = item !== null || values.length > 0 || brackets;
  const written = context.reporter.textOf(node.name.span);
  let instead: string | null = null;
  if (name === 'enum' && (values.length === 0 || item !== null || brackets)) instead = 'enum("a", "b")';
  else if (name === 'list' && (item === null || values.length > 0 || brackets)) instead = 'list<string>';
  else if (SIMPLE.has(name) && brackets && item === null && values.length === 0) instead = `list<${name}>`;
  else if (SIMPLE.has(name) && extra) instead = name;
  if (instead === null) return false;
  const found = extra ? `${written}${item === null ? (brackets ? '[…]' : '(…)') : '<…>'}` : written;
  context.reporter.report('E331', node.span, { found, hint: `Write \`${instead}\`.` });
  return true;
}

function enumType(node: TypeNode, context: FlowContext): Type {
  const values: string[] = [];
  for (const each of node.values) {
    if (each.kind !== 'literal' || typeof each.value !== 'string') {
      context.reporter.report('E304', each.span, {
        expected: 'a text',
        hint: `Write it in quotes: \`"${context.reporter.textOf(each.span)}"\`.`,
      });
    } else if (values.includes(each.value)) {
      context.reporter.report('E205', each.span, { name: each.value, where: 'this enum' });
    } else values.push(each.value);
  }
  return values.length === 0 ? UNKNOWN_TYPE : { kind: 'enum', values };
}

function tensorType(node: TypeNode, context: FlowContext): Type {
  const element = node.item?.name.text ?? node.values[0]?.kind;
  if (element !== 'f32') {
    context.reporter.report('E330', node.span, {
      what: 'The elements of a tensor are `f32`',
      hint: 'Write `tensor<f32>[h, w, c]`.',
    });
    return UNKNOWN_TYPE;
  }
  const shape = node.shape.map(size => (typeof size === 'number' ? size : size.text));
  const wrong = shape.find(size => typeof size === 'number' && !(Number.isSafeInteger(size) && size > 0));
  if (shape.length === 0 || wrong !== undefined) {
    const what =
      wrong === undefined
        ? 'A tensor has at least one dimension'
        : `A dimension of a tensor is 1 or more, not ${wrong}`;
    context.reporter.report('E330', node.span, { what, hint: 'Write `tensor<f32>[h, w, c]`.' });
    return UNKNOWN_TYPE;
  }
  return { kind: 'tensor', dtype: 'f32', shape };
}

function resolveRange(node: TypeNode, type: Type, context: FlowContext): { low?: number; high?: number } | undefined {
  const { range } = node;
  if (range === null || type === UNKNOWN_TYPE) return undefined;
  if (!isNumber(type)) {
    context.reporter.report('E301', range.span, {
      found: node.name.text,
      expected: 'int or float',
      where: 'A range',
      hint: 'Only numbers have a range.',
    });
    return undefined;
  }
  const low = bound(range.low, type, context);
  const high = bound(range.high, type, context);
  if (low !== undefined && high !== undefined && low > high) {
    context.reporter.report('E303', range.span, {
      what: 'The low end of a range',
      value: String(low),
      range: `at most ${high}`,
    });
    return undefined;
  }
  return { ...(low === undefined ? {} : { low }), ...(high === undefined ? {} : { high }) };
}

function bound(node: ExpressionNode | null, type: Type, context: FlowContext): number | undefined {
  if (node === null) return undefined;
  const constant = constantOf(node, { reporter: context.reporter, parameter: () => ({ kind: 'binding' }) }, 'a number');
  if (constant === null) return undefined;
  if (typeof constant.value === 'number' && (constant.type.kind === 'int' || constant.type.kind === type.kind)) {
    return constant.value;
  }
  context.reporter.report('E301', node.span, {
    found: constant.type.kind,
    expected: type.kind,
    where: 'A range',
    hint: '',
  });
  return undefined;
}

/** The fields of a declared schema, its spreads taken in. */
export function schemaOf(declaration: Declaration, context: FlowContext): DeclaredSchema {
  const { statement } = declaration;
  if (statement.kind !== 'schema') return { schema: { fields: [] }, open: true };
  const known = context.schemas.get(statement);
  if (known !== undefined && known !== 'resolving') return known;
  if (known === 'resolving') {
    context.reporter.report('E204', statement.name.span, {
      name: statement.name.text,
      chain: `${statement.name.text} → … → ${statement.name.text}`,
    });
    return { schema: { fields: [] }, open: true };
  }
  context.schemas.set(statement, 'resolving');
  let resolved = resolveMembers(statement, declaration.module, context);
  if (fieldCount(resolved.schema) > MAX_FIELDS) {
    context.reporter.report('E357', statement.name.span, { what: `the schema \`${statement.name.text}\`` });
    resolved = { schema: { fields: [] }, open: true };
  }
  context.schemas.set(statement, resolved);
  return resolved;
}

function resolveMembers(statement: SchemaStatement, module: Module, context: FlowContext): DeclaredSchema {
  const fields: Field[] = [];
  let open = stumbled(module, statement.span);
  const add = (field: Field, at: SchemaMember): void => {
    if (!fields.some(each => each.name === field.name)) fields.push(field);
    else {
      const span = at.kind === 'field' ? at.name.span : at.span;
      context.reporter.report('E205', span, { name: field.name, where: `schema \`${statement.name.text}\`` });
    }
  };
  for (const member of statement.members) {
    if (member.kind === 'field') {
      if (member.name.text !== '') add(resolveField(member, context, module), member);
      continue;
    }
    const spread = spreadSchema(member.name, context, module);
    open ||= spread.open;
    for (const field of spread.schema.fields) add(field, member);
  }
  return { schema: { fields }, open };
}

function spreadSchema(name: Name, context: FlowContext, module: Module): DeclaredSchema {
  const declared = lookUp(module, name.text);
  if (declared?.kind === 'schema') return schemaOf(declared, context);
  if (declared === undefined) {
    context.reporter.report('E201', name.span, {
      kind: 'schema',
      name: name.text,
      hint: didYouMean(name.text, namesOf(module, ['schema']), `Declare it: \`schema ${name.text} { … }\`.`),
    });
  } else if (declared.kind !== 'unknown') reportNotSchema(name, declared, 'a schema', context);
  return { schema: { fields: [] }, open: true };
}

function reportNotSchema(name: Name, declared: Declaration, expected: string, context: FlowContext): void {
  context.reporter.report('E213', name.span, { name: name.text, found: KIND_TEXT[declared.kind], expected, hint: '' }, [
    { span: declared.imported ?? declared.span, message: 'declared here' },
  ]);
}

function resolveField(member: Extract<SchemaMember, { kind: 'field' }>, context: FlowContext, module: Module): Field {
  const { type, nullable, range } = resolveType(member.type, context, module);
  if (type.kind === 'secret') {
    context.reporter.report('E217', member.type.span, { name: member.name.text });
  }
  const annotations: { -readonly [A in 'entity' | 'phi' | 'label' | 'id']?: true } & { unit?: string } = {};
  for (const each of member.annotations) annotate(each, type, annotations, context);
  return { name: member.name.text, type, nullable, ...annotations, ...(range === undefined ? {} : { range }) };
}

function annotate(
  annotation: Annotation,
  type: Type,
  into: { entity?: true; phi?: true; label?: true; id?: true; unit?: string },
  context: FlowContext,
): void {
  const name = annotation.name.text;
  switch (name) {
    case 'entity':
    case 'phi':
    case 'label':
    case 'id':
      into[name] = true;
      return;
    case 'unit': {
      const [unit] = annotation.args;
      if (unit?.kind !== 'literal' || typeof unit.value !== 'string') {
        context.reporter.report('E304', annotation.span, {
          expected: 'a unit as text',
          hint: 'Write it in UCUM: `@unit("mmol/L")`.',
        });
      } else if (!isNumber(type) && type !== UNKNOWN_TYPE) {
        context.reporter.report('E301', annotation.span, {
          found: type.kind,
          expected: 'int or float',
          where: 'A unit',
          hint: 'Only numbers have a unit.',
        });
      } else into.unit = unit.value;
      return;
    }
    default: {
      const names = Object.keys(ANNOTATIONS);
      context.reporter.report('E201', annotation.span, {
        kind: 'annotation',
        name: `@${name}`,
        hint: markHint(name, names),
      });
    }
  }
}

function markHint(name: string, names: readonly string[]): string {
  const foreign = Object.hasOwn(FOREIGN_MARKS, name.toLowerCase()) ? FOREIGN_MARKS[name.toLowerCase()] : undefined;
  const marked = names.map(each => `@${each}`);
  if (foreign !== undefined) return `Here that is \`@${foreign}\`.`;
  return didYouMean(`@${name}`, marked, `They are ${marked.map(each => `\`${each}\``).join(' ')}.`);
}

/** A schema by the name a person wrote, or open after a report. */
export function schemaNamed(name: Name, context: FlowContext, module: Module): DeclaredSchema {
  return spreadSchema(name, context, module);
}
