import type { CallExpression, Expression } from '../engine/contract/expression.ts';
import type { Field, Schema } from '../engine/contract/types.ts';

/** Expressions known not to be null at some point, by their key. */
export type Facts = ReadonlySet<string>;
export const NO_FACTS: Facts = new Set();

/** Equal for expressions that compute the same, whatever is known about their nulls. */
function expressionKey(expression: Expression): string {
  switch (expression.op) {
    case 'literal':
      return `literal:${JSON.stringify(expression.value)}`;
    case 'column':
      return `column:${JSON.stringify(expression.name)}`;
    case 'item':
      return 'item';
    case 'call':
      return `${expression.fn}(${expression.args.map(expressionKey).join(',')})`;
  }
}

/** What is known not to be null where `condition` came out as `outcome`. */
export function factsWhen(condition: Expression, outcome: boolean): Facts {
  const facts = new Set<string>();
  collect(condition, outcome, facts);
  return facts;
}

export function withFacts(facts: Facts, more: Facts): Facts {
  return more.size === 0 ? facts : new Set([...facts, ...more]);
}

function collect(condition: Expression, outcome: boolean, into: Set<string>): void {
  if (condition.op !== 'call') return;
  const all = outcome ? 'and' : 'or';
  if (condition.fn === all) for (const part of condition.args) collect(part, outcome, into);
  else if (condition.fn === 'not' && condition.args[0] !== undefined) collect(condition.args[0], !outcome, into);
  else if (condition.fn === (outcome ? 'is_not_null' : 'is_null') && condition.args[0] !== undefined) {
    known(condition.args[0], into);
  }
}

/** A known part of a record makes the record known too. */
function known(expression: Expression, into: Set<string>): void {
  into.add(expressionKey(expression));
  if (expression.op === 'call' && expression.fn === 'field' && expression.args[0] !== undefined) {
    known(expression.args[0], into);
  }
}

/** The expression as not null, where the facts say so. */
export function narrowed(expression: Expression, facts: Facts): Expression {
  if (!expression.nullable || facts.size === 0 || !facts.has(expressionKey(expression))) return expression;
  return { ...expression, nullable: false };
}

/** The schema after a filter that lets only rows with these facts through; `changed` fields were assigned anew since. */
export function narrowedSchema(schema: Schema, facts: Facts, changed: ReadonlySet<string>): Schema {
  if (facts.size === 0) return schema;
  const fields = schema.fields.map(field => {
    if (changed.has(field.name)) return field;
    const column: Expression = { op: 'column', name: field.name, type: field.type, nullable: true };
    return narrowedField(field, column, facts);
  });
  return { fields };
}

function narrowedField(field: Field, path: Expression, facts: Facts): Field {
  const nullable = field.nullable && !facts.has(expressionKey(path));
  if (field.type.kind !== 'record') return nullable === field.nullable ? field : { ...field, nullable };
  const fields = field.type.fields.map(part => narrowedField(part, partOf(path, part), facts));
  const same = fields.every((part, at) => field.type.kind === 'record' && part === field.type.fields[at]);
  if (same && nullable === field.nullable) return field;
  return { ...field, nullable, type: same ? field.type : { kind: 'record', fields } };
}

/** `record.part`, as the expression the checker makes of it. */
export function partOf(record: Expression, part: Field): CallExpression {
  const name: Expression = { op: 'literal', type: { kind: 'string' }, nullable: false, value: part.name };
  return {
    op: 'call',
    fn: 'field',
    args: [record, name],
    type: part.type,
    nullable: record.nullable || part.nullable,
  };
}
