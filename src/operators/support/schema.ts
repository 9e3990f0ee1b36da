import { assert } from '../../engine/base/assert.ts';
import { scalarFunctions } from '../../engine/columnar/functions/all.ts';
import type { Assignment, Expression } from '../../engine/contract/expression.ts';
import { type Field, fieldOf, type Schema } from '../../engine/contract/types.ts';
import type { BindingType, RowsType } from '../../engine/contract/value.ts';

const FUNCTIONS = scalarFunctions();

/** The rows a stage takes; the compiler has already refused anything else, by `takes`. */
export function rowsInput(type: BindingType): RowsType {
  assert(type.kind === 'rows', `a rows stage was checked on a ${type.kind}`);
  return type;
}

/** The same rows (end and role kept) with another schema. */
export function withFields(rows: RowsType, fields: readonly Field[]): RowsType {
  return { ...rows, schema: { fields } };
}

/**
 * The field an assignment makes. A bare column (or a part of a record column) keeps its annotations; anything computed keeps
 * what follows the data: `@label` always, `@phi` unless a function took it off (`hash`, `mask`).
 */
function assignedField(assignment: Assignment, schema: Schema): Field {
  const { name, value } = assignment;
  const source = sourceField(value, schema);
  if (source !== undefined) {
    const { hidden: _shown, ...annotations } = source;
    return { ...annotations, name, type: value.type, nullable: value.nullable };
  }
  return { name, type: value.type, nullable: value.nullable, ...taints([value], schema) };
}

/** Schema after `assignments` in order: a known name is replaced in place, a new one is appended. */
export function assignedSchema(schema: Schema, assignments: readonly Assignment[]): Schema {
  const fields = [...schema.fields];
  for (const assignment of assignments) {
    const made = assignedField(assignment, { fields });
    const at = fields.findIndex(field => field.name === made.name);
    if (at < 0) fields.push(made);
    else fields[at] = made;
  }
  return { fields };
}

/** The annotations a computed value inherits from the columns it was computed from. */
export function taints(expressions: readonly Expression[], schema: Schema): Pick<Field, 'phi' | 'label'> {
  let phi: true | undefined;
  let label: true | undefined;
  const visit = (expression: Expression, shed: boolean): void => {
    const field = sourceField(expression, schema);
    if (field !== undefined) {
      if (field.phi && !shed) phi = true;
      if (field.label) label = true;
      if (field.type.kind !== 'record') return;
      if (!shed && field.type.fields.some(part => part.phi)) phi = true;
      if (field.type.fields.some(part => part.label)) label = true;
      return;
    }
    if (expression.op !== 'call') return;
    const sheds = shed || FUNCTIONS.get(expression.fn)?.sheds?.(expression.args) === true;
    for (const argument of expression.args) visit(argument, sheds);
  };
  for (const expression of expressions) visit(expression, false);
  return { ...(phi ? { phi } : {}), ...(label ? { label } : {}) };
}

/** The field an expression merely names: a column, or a part of a record column. */
function sourceField(expression: Expression, schema: Schema): Field | undefined {
  if (expression.op === 'column') return fieldOf(schema, expression.name);
  if (expression.op !== 'call' || expression.fn !== 'field') return undefined;
  const [of, part] = expression.args;
  const record = sourceField(of, schema);
  if (record?.type.kind !== 'record' || part.op !== 'literal') return undefined;
  const found = record.type.fields.find(field => field.name === part.value);
  if (found === undefined) return undefined;
  return record.phi === true ? { ...found, phi: true } : found;
}

/** Names of the columns an expression reads, each once. */
export function columnsOf(expressions: readonly Expression[]): readonly string[] {
  const names = new Set<string>();
  const visit = (expression: Expression): void => {
    if (expression.op === 'column') names.add(expression.name);
    else if (expression.op === 'call') for (const argument of expression.args) visit(argument);
  };
  for (const expression of expressions) visit(expression);
  return [...names];
}
