import type { AggregateAssignment, AggregateCall, Assignment, Expression } from '../engine/contract/expression.ts';
import type { BlockSpec } from '../engine/contract/parameter.ts';
import { type Field, fieldOf } from '../engine/contract/types.ts';
import type { Port } from './bindings.ts';
import { type CheckedBlock, entryValue, type Targeted, targets } from './block-entries.ts';
import type { Checked, ExpressionContext } from './expression-context.ts';
import { fieldBlock, outputBlock } from './field-block.ts';
import { currentSchema } from './pipe.ts';
import { ruleBlock } from './rule-block.ts';
import { expressionContext, type StageContext } from './stage-context.ts';
import type { Name } from './syntax.ts';
import { NULL_TYPE, UNKNOWN_TYPE, visibleFields } from './types.ts';

export function checkBlock(
  of: StageContext,
  spec: BlockSpec,
  side: Port | null,
  keys: readonly string[],
): CheckedBlock | null {
  const { block } = of.stage;
  if (block === null) return null;
  const { reporter } = of.pipe.context;
  if (block.stages.length > 0) {
    reporter.report('E353', block.span, { stage: of.stage.op.text, hint: spec.doc });
    return { value: [], assigned: [], units: new Map(), spans: new Map(), lost: true };
  }
  switch (spec.kind) {
    case 'assignments':
      return assignments(of, spec);
    case 'aggregates':
      return aggregates(of);
    case 'rules':
      return ruleBlock(of);
    case 'fields':
      return fieldBlock(of, side, keys);
    case 'outputs':
      return outputBlock(of, spec);
  }
}

/** What stands in for an assignment that is wrong: its field exists, and nothing more is said of it. */
const UNKNOWN_VALUE: Expression = { op: 'literal', type: UNKNOWN_TYPE, nullable: false, value: null };

function assignments(of: StageContext, spec: Extract<BlockSpec, { kind: 'assignments' }>): CheckedBlock {
  const { entries, spans, lost } = targets(of, { star: spec.star === true });
  const value: Assignment[] = [];
  const units = new Map<string, string | null>();
  const assigned: Name[] = [];
  const made = new Map<string, Field>();
  const named = entries.flatMap(entry => ('star' in entry ? [] : [entry.name.text]));
  for (const entry of entries) {
    if ('star' in entry) {
      for (const field of visibleFields(currentSchema(of.pipe))) {
        if (named.includes(field.name)) continue;
        of.reads.add(field.name);
        value.push({ name: field.name, value: columnOf(field) });
        assigned.push({ text: field.name, span: entry.star.span });
      }
      continue;
    }
    const name = entry.name.text;
    // Model functions may have put a stage in between: the rows' own fields are looked up anew each time.
    const base = currentSchema(of.pipe).fields.filter(field => !made.has(field.name));
    const context = expressionContext(of, { fields: [...base, ...made.values()] });
    const checked = finished(context.check(entryValue(entry), context), entry, context);
    const expression = checked?.expression ?? UNKNOWN_VALUE;
    value.push({ name, value: expression });
    assigned.push(entry.name);
    if (checked !== null) units.set(name, checked.unit);
    const unit = checked?.unit ?? null;
    made.set(name, { name, type: expression.type, nullable: expression.nullable, ...(unit === null ? {} : { unit }) });
  }
  for (const name of named) if (!hadBefore(of, name)) of.reads.delete(name);
  return { value, assigned, units, spans, lost };
}

function hadBefore(of: StageContext, name: string): boolean {
  return fieldOf(currentSchema(of.pipe), name) !== undefined;
}

function columnOf(field: Field): Expression {
  return { op: 'column', name: field.name, type: field.type, nullable: field.nullable };
}

/** A value that can be kept in a field. */
function finished(checked: Checked | null, entry: Targeted, context: ExpressionContext): Checked | null {
  if (checked === null) return null;
  const { type } = checked.expression;
  if (type === NULL_TYPE) {
    context.reporter.report('E311', checked.node.span, { what: `\`${entry.name.text}\`` });
    return null;
  }
  if (type.kind === 'list' && type.item === NULL_TYPE) {
    context.reporter.report('E311', checked.node.span, { what: `\`${entry.name.text}\`` });
    return null;
  }
  return checked;
}

function aggregates(of: StageContext): CheckedBlock {
  const { entries, spans, lost } = targets(of, { star: false });
  const value: AggregateAssignment[] = [];
  const units = new Map<string, string | null>();
  const earlier = new Map<string, { calls: readonly AggregateCall[]; value: Checked }>();
  const assigned: Name[] = [];
  for (const entry of entries) {
    if ('star' in entry) continue;
    const name = entry.name.text;
    const calls: AggregateCall[] = [];
    const base = expressionContext(of);
    const context = { ...base, aggregates: { calls, earlier } };
    const checked = finished(context.check(entryValue(entry), context), entry, context);
    value.push({ name, calls, value: checked?.expression ?? UNKNOWN_VALUE });
    assigned.push(entry.name);
    if (checked !== null) {
      earlier.set(name, { calls, value: checked });
      units.set(name, checked.unit);
    }
  }
  return { value, assigned, units, spans, lost };
}
