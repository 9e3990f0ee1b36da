import type { Span } from '../engine/base/span.ts';
import type { Field, Type } from '../engine/contract/types.ts';
import { marksOf } from './annotations.ts';
import type { DeclaredSchema, FlowContext } from './flow-context.ts';
import { lookUp, namesOf } from './flow-context.ts';
import { fieldCount, MAX_FIELDS } from './limits.ts';
import { type Declaration, KIND_TEXT, type Module, stumbled } from './modules.ts';
import { fromRegistry, type WrittenFields } from './registered-schemas.ts';
import { didYouMean } from './suggest.ts';
import type { Name, SchemaMember, SchemaStatement, TypeNode } from './syntax.ts';
import { enumType, refusesForm, resolveRange, SIMPLE, TYPES, tensorType } from './type-forms.ts';
import { UNKNOWN_TYPE } from './types.ts';

const TYPE_NAMES = Object.keys(TYPES);
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
  const { from, members } = statement;
  const fields: Field[] = [];
  const places: { name: Span; type: Span }[] = [];
  let registered: DeclaredSchema['registered'];
  let rest: WrittenFields['rest'] = members === null && from !== null ? { at: 0, span: from.span } : null;
  let open = stumbled(module, statement.span);
  const add = (field: Field, at: SchemaMember): void => {
    if (!fields.some(each => each.name === field.name)) {
      fields.push(field);
      places.push(at.kind === 'field' ? { name: at.name.span, type: at.type.span } : { name: at.span, type: at.span });
    } else {
      const span = at.kind === 'field' ? at.name.span : at.span;
      context.reporter.report('E205', span, { name: field.name, where: `schema \`${statement.name.text}\`` });
    }
  };
  for (const member of members ?? []) {
    if (member.kind === 'field') {
      if (member.name.text !== '') add(resolveField(member, context, module), member);
      continue;
    }
    if (member.kind === 'rest') {
      if (rest === null) rest = { at: fields.length, span: member.span };
      else context.reporter.report('E205', member.span, { name: '..', where: `schema \`${statement.name.text}\`` });
      continue;
    }
    const spread = spreadSchema(member.name, context, module);
    open ||= spread.open;
    registered ??= spread.registered;
    for (const field of spread.schema.fields) add(field, member);
  }
  if (from === null) return { schema: { fields }, open, ...(registered === undefined ? {} : { registered }) };
  return fromRegistry(from, { fields: fields.map((field, i) => ({ field, ...places[i]! })), open, rest }, context);
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
  const annotations = marksOf(member.annotations, type, context);
  return { name: member.name.text, type, nullable, ...annotations, ...(range === undefined ? {} : { range }) };
}

/** A schema by the name a person wrote, or open after a report. */
export function schemaNamed(name: Name, context: FlowContext, module: Module): DeclaredSchema {
  return spreadSchema(name, context, module);
}
