import type { Span } from '../engine/base/span.ts';
import type { AggregateAssignment, AggregateCall, Assignment, Expression } from '../engine/contract/expression.ts';
import type { BlockSpec, BlockValues, RuleCall } from '../engine/contract/parameter.ts';
import { type Field, fieldOf, type Schema } from '../engine/contract/types.ts';
import type { Port } from './bindings.ts';
import { columnHint } from './columns.ts';
import { constantOf } from './constant-values.ts';
import type { Checked, ExpressionContext } from './expression-context.ts';
import { currentSchema } from './pipe.ts';
import { ruleCall } from './rules.ts';
import { argumentPlace, expressionContext, type StageContext } from './stage-context.ts';
import { didYouMean, listed } from './suggest.ts';
import type { BlockEntry, ExpressionNode, Name } from './syntax.ts';
import { assignable, describeType, NULL_TYPE, UNKNOWN_TYPE, visibleFields } from './types.ts';

/** A block, checked: the plan's `params.block`, and what the compiler keeps beside it. */
export interface CheckedBlock {
  readonly value: BlockValues[keyof BlockValues];
  /** Fields it assigns, in the order written: what a fitted pipeline's features are. */
  readonly assigned: readonly string[];
  /** Units of computed fields. */
  readonly units: ReadonlyMap<string, string | null>;
  readonly spans: ReadonlyMap<string, Span>;
  /** Something is missing in it whose absence shows in the rows that come out. */
  readonly lost: boolean;
  /** A mistake that does not show. */
  readonly wrong?: boolean;
}

type Targeted = { readonly name: Name; readonly entry: BlockEntry; readonly at: number };

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
      return rules(of);
    case 'fields':
      return fields(of, side, keys);
    case 'outputs':
      return outputs(of, spec);
  }
}

/** Entries with one name each; a list or `*` on the left is reported, unless `star` is asked for. */
function targets(
  of: StageContext,
  allowed: { readonly star: boolean },
): {
  readonly entries: readonly (Targeted | { readonly star: BlockEntry; readonly at: number })[];
  readonly spans: Map<string, Span>;
  readonly lost: boolean;
} {
  const { reporter } = of.pipe.context;
  const spans = new Map<string, Span>();
  const seen = new Set<string>();
  let lost = false;
  const entries = (of.stage.block?.entries ?? []).flatMap(
    (entry, at): (Targeted | { star: BlockEntry; at: number })[] => {
      spans.set(`block.${at}`, entry.span);
      const { target } = entry;
      if (target.kind === 'star') {
        if (allowed.star && entry.value === null) return [{ star: entry, at }];
        const hint =
          entry.value === null ? 'Name the fields.' : '`*` alone stands for all fields; it takes no value here.';
        reporter.report('E354', entry.span, { what: '`*`', stage: of.stage.op.text, hint });
        lost = true;
        return [];
      }
      if (target.kind === 'names') {
        const hint = `Write one for each: \`${target.names.map(name => `${name.text} = …`).join(', ')}\`.`;
        reporter.report('E354', entry.span, { what: 'list of fields', stage: of.stage.op.text, hint });
        lost = true;
        return [];
      }
      if (target.name.text === '') return [];
      if (seen.has(target.name.text)) {
        reporter.report('E205', target.name.span, { name: target.name.text, where: 'this block' });
        return [];
      }
      seen.add(target.name.text);
      return [{ name: target.name, entry, at }];
    },
  );
  return { entries, spans, lost };
}

function entryValue({ name, entry }: Targeted): ExpressionNode {
  return entry.value ?? { kind: 'name', name: name.text, span: name.span };
}

/** What stands in for an assignment that is wrong: its field exists, and nothing more is said of it. */
const UNKNOWN_VALUE: Expression = { op: 'literal', type: UNKNOWN_TYPE, nullable: false, value: null };

function assignments(of: StageContext, spec: Extract<BlockSpec, { kind: 'assignments' }>): CheckedBlock {
  const { entries, spans, lost } = targets(of, { star: spec.star === true });
  const value: Assignment[] = [];
  const units = new Map<string, string | null>();
  const assigned: string[] = [];
  const made = new Map<string, Field>();
  const named = entries.flatMap(entry => ('star' in entry ? [] : [entry.name.text]));
  for (const entry of entries) {
    if ('star' in entry) {
      for (const field of visibleFields(currentSchema(of.pipe))) {
        if (named.includes(field.name)) continue;
        of.reads.add(field.name);
        value.push({ name: field.name, value: columnOf(field) });
        assigned.push(field.name);
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
    assigned.push(name);
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
  const assigned: string[] = [];
  for (const entry of entries) {
    if ('star' in entry) continue;
    const name = entry.name.text;
    const calls: AggregateCall[] = [];
    const base = expressionContext(of);
    const context = { ...base, aggregates: { calls, earlier } };
    const checked = finished(context.check(entryValue(entry), context), entry, context);
    value.push({ name, calls, value: checked?.expression ?? UNKNOWN_VALUE });
    assigned.push(name);
    if (checked !== null) {
      earlier.set(name, { calls, value: checked });
      units.set(name, checked.unit);
    }
  }
  return { value, assigned, units, spans, lost };
}

function rules(of: StageContext): CheckedBlock {
  const { context } = of.pipe;
  const schema = currentSchema(of.pipe);
  const spans = new Map<string, Span>();
  const value: { columns: readonly string[]; rule: RuleCall }[] = [];
  const assigned: string[] = [];
  const entries = of.stage.block?.entries ?? [];
  const taken = new Set<string>();
  let wrong = false;
  const named = entries.flatMap(({ target }) =>
    target.kind === 'name' ? [target.name] : target.kind === 'names' ? target.names : [],
  );
  const everyNamed = new Set(named.map(name => name.text));
  for (const entry of entries) {
    const { target } = entry;
    const names = target.kind === 'name' ? [target.name] : target.kind === 'names' ? target.names : [];
    const columns = names.flatMap(name => {
      if (name.text === '') return [];
      if (taken.has(name.text)) {
        context.reporter.report('E205', name.span, { name: name.text, where: 'this block' });
        return [];
      }
      taken.add(name.text);
      if (fieldOf(schema, name.text) !== undefined) return [name.text];
      if (!of.pipe.current.open) {
        context.reporter.report('E201', name.span, {
          kind: 'field',
          name: name.text,
          hint: columnHint(name.text, schema),
        });
      }
      wrong = true;
      return [];
    });
    const field = columns[0] === undefined ? undefined : fieldOf(schema, columns[0]);
    const rule = entry.value === null ? missingRule(of, entry) : blockRule(of, entry.value, field);
    if (rule === null) wrong = true;
    const all = target.kind === 'star' ? (rule === null ? [] : starColumns(of, schema, everyNamed, rule)) : columns;
    for (const name of all) of.reads.add(name);
    assigned.push(...all);
    spans.set(`block.${value.length}`, entry.span);
    if (rule !== null && all.length > 0) value.push({ columns: all, rule });
  }
  return { value, assigned, units: new Map(), spans, lost: false, wrong };
}

function missingRule(of: StageContext, entry: BlockEntry): null {
  const { reporter } = of.pipe.context;
  const names = (of.operator.rules ?? []).map(rule => rule.name);
  reporter.report('E207', entry.span, {
    name: 'a rule',
    of: `\`${reporter.textOf(entry.span)}\``,
    shown: '… = rule',
    doc: `The rules of \`${of.operator.name}\` are ${listed(names)}.`,
  });
  return null;
}

/** `median`, `onehot(min_count: 50)`; a plain value is the rule `value`, where the stage has one. */
function blockRule(of: StageContext, node: ExpressionNode, field: Field | undefined): RuleCall | null {
  const { reporter } = of.pipe.context;
  const definitions = of.operator.rules ?? [];
  if (node.kind === 'name' || node.kind === 'call') {
    return ruleCall(node, definitions, argumentPlace(of, of.operator.name), 'rule');
  }
  const plain = definitions.find(rule => rule.name === 'value');
  const place = argumentPlace(of, of.operator.name);
  if (plain === undefined) {
    const names = definitions.map(rule => rule.name);
    reporter.report('E304', node.span, {
      expected: `a rule of \`${of.operator.name}\``,
      hint: `They are ${listed(names)}.`,
    });
    return null;
  }
  const constant = constantOf(node, place.names, 'a value');
  if (constant === null) return null;
  const [name] = Object.keys(plain.params);
  if (name === undefined) return null;
  if (field !== undefined && field.type !== UNKNOWN_TYPE) {
    const text = constant.type.kind === 'string' && field.type.kind === 'enum';
    const fits =
      text || assignable(constant.type, field.type) || (field.type.kind === 'int' && constant.type.kind === 'float');
    if (!fits || constant.value === null) {
      reporter.report('E301', node.span, {
        found: describeType(constant.type),
        expected: describeType(field.type),
        where: `\`${field.name}\``,
        hint: '',
      });
      return null;
    }
  }
  return { rule: plain.name, params: { [name]: constant.value } };
}

/** `*`: every unannotated field left that the rule takes. */
function starColumns(of: StageContext, schema: Schema, named: ReadonlySet<string>, rule: RuleCall): readonly string[] {
  const definition = of.operator.rules?.find(each => each.name === rule.rule);
  return visibleFields(schema)
    .filter(field => !field.entity && !field.phi && !field.label && !field.id && !named.has(field.name))
    .filter(field => definition?.accepts(field.type) === true && !(definition.refusesNull === true && field.nullable))
    .map(field => field.name);
}

/** `{ readmitted, ward = other }`: fields of the stream the stage brings in, or of the rows themselves. */
function fields(of: StageContext, side: Port | null, keys: readonly string[]): CheckedBlock {
  const { reporter } = of.pipe.context;
  const schema =
    side === null ? currentSchema(of.pipe) : side.type?.kind === 'rows' ? side.type.schema : { fields: [] };
  const open = side === null ? of.pipe.current.open : side.open || side.type === null;
  const { entries, spans, lost: wrong } = targets(of, { star: true });
  let lost = wrong || open;
  const value: { name: string; from: string }[] = [];
  const named = entries.flatMap(entry => ('star' in entry ? [] : [entry.name.text]));
  for (const entry of entries) {
    if ('star' in entry) {
      const rest = visibleFields(schema).filter(field => !keys.includes(field.name) && !named.includes(field.name));
      value.push(...rest.map(field => ({ name: field.name, from: field.name })));
      continue;
    }
    const node = entryValue(entry);
    const from = node.kind === 'name' ? node.name : null;
    if (from === null) {
      reporter.report('E304', node.span, {
        expected: 'the name of a field',
        hint: 'Compute it in a `derive` after this stage.',
      });
      lost = true;
    } else if (fieldOf(schema, from) === undefined) {
      if (!open) reporter.report('E201', node.span, { kind: 'field', name: from, hint: columnHint(from, schema) });
      lost = true;
    } else {
      if (side === null) of.reads.add(from);
      value.push({ name: entry.name.text, from });
    }
  }
  return { value, assigned: value.map(each => each.name), units: new Map(), spans, lost };
}

/** `{ p = probability(true), class = predicted }`. */
function outputs(of: StageContext, spec: Extract<BlockSpec, { kind: 'outputs' }>): CheckedBlock {
  const { reporter } = of.pipe.context;
  const { entries, spans, lost: wrong } = targets(of, { star: false });
  const place = argumentPlace(of, of.operator.name);
  const names = Object.keys(spec.outputs);
  let lost = wrong;
  const value: { name: string; output: string; args: (null | boolean | number | string)[] }[] = [];
  for (const entry of entries) {
    if ('star' in entry) continue;
    const node = entryValue(entry);
    const output = node.kind === 'name' ? node.name : node.kind === 'call' ? node.callee.text : null;
    const known = output !== null && Object.hasOwn(spec.outputs, output) ? spec.outputs[output] : undefined;
    if (output === null || known === undefined) {
      const hint = didYouMean(output ?? '', names, `They are ${listed(names)}.`);
      reporter.report('E201', node.span, {
        kind: 'output',
        name: output ?? reporter.textOf(node.span),
        hint,
      });
      lost = true;
      continue;
    }
    const given = node.kind === 'call' ? node.args : [];
    if (given.length !== known.args || (node.kind === 'call' && node.named.length > 0)) {
      const expected = known.args === 0 ? 'no arguments' : known.args === 1 ? '1 argument' : `${known.args} arguments`;
      reporter.report('E215', node.span, { name: output, expected, found: String(given.length) });
      lost = true;
      continue;
    }
    const args = given.map(arg => constantOf(arg, place.names));
    if (args.some(arg => arg === null)) lost = true;
    else {
      const plain = args.map(arg =>
        Array.isArray(arg?.value) ? null : (arg?.value as null | boolean | number | string),
      );
      value.push({ name: entry.name.text, output, args: plain });
    }
  }
  return { value, assigned: value.map(each => each.name), units: new Map(), spans, lost };
}
