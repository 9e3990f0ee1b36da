import type { Span } from '../engine/base/span.ts';
import type { RuleCall } from '../engine/contract/parameter.ts';
import { type Field, fieldOf, type Schema } from '../engine/contract/types.ts';
import type { CheckedBlock } from './block-entries.ts';
import { constantOf } from './constant-values.ts';
import { columnHint } from './field-hints.ts';
import { currentSchema } from './pipe.ts';
import { ruleCall } from './rules.ts';
import { argumentPlace, type StageContext } from './stage-context.ts';
import { listed } from './suggest.ts';
import type { BlockEntry, ExpressionNode, Name } from './syntax.ts';
import { assignable, describeType, UNKNOWN_TYPE, visibleFields } from './types.ts';

export function ruleBlock(of: StageContext): CheckedBlock {
  const { context } = of.pipe;
  const schema = currentSchema(of.pipe);
  const spans = new Map<string, Span>();
  const value: { columns: readonly string[]; rule: RuleCall }[] = [];
  const assigned: Name[] = [];
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
      if (fieldOf(schema, name.text) !== undefined) return [name];
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
    const field = columns[0] === undefined ? undefined : fieldOf(schema, columns[0].text);
    const rule = entry.value === null ? missingRule(of, entry) : blockRule(of, entry.value, field);
    if (rule === null) wrong = true;
    const rest = target.kind !== 'star' || rule === null ? [] : starColumns(of, schema, everyNamed, rule);
    const all = target.kind === 'star' ? rest.map(text => ({ text, span: entry.span })) : columns;
    for (const { text } of all) of.reads.add(text);
    assigned.push(...all);
    spans.set(`block.${value.length}`, entry.span);
    if (rule !== null && all.length > 0) value.push({ columns: all.map(name => name.text), rule });
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
