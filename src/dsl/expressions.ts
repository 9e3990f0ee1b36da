import type { Expression } from '../engine/contract/expression.ts';
import { fieldOf, type Type } from '../engine/contract/types.ts';
import { checkCall } from './call-expressions.ts';
import { makeCall, widenTogether } from './calls.ts';
import { checkComparison, checkCondition, checkMembership } from './comparisons.ts';
import { checkCoalesce, checkLogic } from './conditionals.ts';
import type { Checked, ExpressionContext } from './expression-context.ts';
import { columnHint, fieldsOf } from './field-hints.ts';
import { narrowed, partOf } from './narrowing.ts';
import { otherValue } from './other-words.ts';
import { didYouMean, listed } from './suggest.ts';
import type { BinaryNode, ExpressionNode, ListNode, LiteralNode, MemberNode, NameNode, UnaryNode } from './syntax.ts';
import { joinTypes, NULL_TYPE, UNKNOWN_TYPE, visibleFields } from './types.ts';

const ARITHMETIC: Readonly<Record<string, string>> = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div', '%': 'mod' };

/** Types one expression node. Null: something is wrong in it, and has been reported. */
export function checkExpression(node: ExpressionNode, context: ExpressionContext): Checked | null {
  switch (node.kind) {
    case 'literal':
      return checkLiteral(node, context);
    case 'name':
      return checkName(node, context);
    case 'parameter':
      return checkParameter(node, context);
    case 'member':
      return checkMember(node, context);
    case 'call':
      return checkCall(node, context);
    case 'unary':
      return checkUnary(node, context);
    case 'binary':
      return checkBinary(node, context);
    case 'list':
      return checkList(node, context);
    case 'range':
      context.reporter.report('E216', node.span, {
        what: 'a range',
        hint: 'A range stands after `in`: `x in 0..120`.',
      });
      return null;
    case 'record':
    case 'records':
      context.reporter.report('E216', node.span, { what: 'a record', hint: 'Name its fields one by one.' });
      return null;
  }
}

/** A column of the rows, by name; hidden ones (`risk.version`) have a dot in theirs. */
function columnExpression(name: string, node: ExpressionNode, context: ExpressionContext): Checked | null {
  const field = fieldOf(context.schema, name);
  if (field === undefined || field.type === UNKNOWN_TYPE) return null;
  context.reads.add(name);
  const column: Expression = { op: 'column', name, type: field.type, nullable: field.nullable };
  return { expression: narrowed(column, context.facts), unit: field.unit ?? null, node };
}

function checkLiteral(node: LiteralNode, context: ExpressionContext): Checked | null {
  if (node.type === 'int' && !Number.isSafeInteger(node.value)) {
    context.reporter.report('E302', node.span, { text: node.raw });
    return null;
  }
  const type: Type = node.type === 'null' ? NULL_TYPE : { kind: node.type === 'size' ? 'int' : node.type };
  const expression: Expression = { op: 'literal', type, nullable: node.type === 'null', value: node.value };
  return { expression, unit: null, node };
}

function checkName(node: NameNode, context: ExpressionContext): Checked | null {
  if (node.name === 'it' && context.item !== null) {
    const { type, nullable } = context.item;
    if (type === UNKNOWN_TYPE) return null;
    return { expression: { op: 'item', type, nullable }, unit: null, node };
  }
  if (context.locals?.has(node.name)) {
    const local = context.locals.get(node.name) ?? null;
    if (local !== null && context.rowLocals && context.aggregates !== null && local.expression.op !== 'literal') {
      context.reporter.report('E315', node.span, { name: node.name });
      return null;
    }
    return local === null ? null : { ...local, expression: narrowed(local.expression, context.facts), node };
  }
  if (context.locals !== null) return unknownInFunction(node, context);
  if (context.aggregates !== null) return checkAggregated(node, context);
  return checkColumn(node, context);
}

function checkColumn(node: NameNode, context: ExpressionContext): Checked | null {
  const field = fieldOf(context.schema, node.name);
  if (field !== undefined || context.open) return columnExpression(node.name, node, context);
  const described = context.names.describe(node.name);
  if (described !== null) {
    context.reporter.report('E213', node.span, {
      name: node.name,
      found: described,
      expected: 'a field of the rows',
      hint: `In an expression a bare name is a field. ${fieldsOf(context.schema)}`,
    });
    return null;
  }
  if (context.part !== undefined) {
    const hint = `Name the report too: \`card.${node.name}\`.`;
    context.reporter.report('E201', node.span, { kind: 'figure', name: node.name, hint });
    return null;
  }
  context.reporter.report('E201', node.span, {
    kind: 'field',
    name: node.name,
    hint: otherValue(node.name) ?? parameterHint(node.name, context) ?? columnHint(node.name, context.schema),
  });
  return null;
}

function parameterHint(name: string, context: ExpressionContext): string | null {
  return context.names.hasParameter(name) ? `A parameter is read with a \`$\`: write \`$${name}\`.` : null;
}

/** A bare name at the top of an aggregating expression: the result of an assignment before it, or a mistake. */
function checkAggregated(node: NameNode, context: ExpressionContext): Checked | null {
  const collector = context.aggregates;
  const earlier = collector?.earlier.get(node.name);
  if (collector !== null && earlier !== undefined) {
    const places = earlier.calls.map(call => {
      const key = JSON.stringify(call);
      const at = collector.calls.findIndex(other => JSON.stringify(other) === key);
      return at >= 0 ? at : collector.calls.push(call) - 1;
    });
    return { ...earlier.value, expression: renumbered(earlier.value.expression, places), node };
  }
  if (fieldOf(context.schema, node.name) === undefined) return checkColumn(node, context);
  context.reporter.report('E315', node.span, { name: node.name });
  return null;
}

function renumbered(expression: Expression, places: readonly number[]): Expression {
  if (expression.op === 'column') return { ...expression, name: `$${places[Number(expression.name.slice(1))]}` };
  if (expression.op !== 'call') return expression;
  return { ...expression, args: expression.args.map(arg => renumbered(arg, places)) };
}

function unknownInFunction(node: NameNode, context: ExpressionContext): null {
  const names = [...(context.locals?.keys() ?? [])];
  context.reporter.report('E201', node.span, {
    kind: 'parameter of this function',
    name: node.name,
    hint: didYouMean(node.name, names, 'A `fn` sees its parameters only: pass the field in.'),
  });
  return null;
}

function checkParameter(
  node: ExpressionNode & { readonly kind: 'parameter' },
  context: ExpressionContext,
): Checked | null {
  const meaning = context.names.parameter(node, visibleFields(context.schema));
  if (meaning === null) return null;
  if (meaning.kind === 'column') {
    if (context.aggregates !== null)
      return checkAggregated({ kind: 'name', name: meaning.name, span: node.span }, context);
    return columnExpression(meaning.name, node, context);
  }
  if (meaning.kind === 'binding') {
    context.reporter.report('E213', node.span, {
      name: `$${node.name}`,
      found: 'a stream',
      expected: 'a value',
      hint: `Join it first: \`join $${node.name}, on: …\`.`,
    });
    return null;
  }
  const { constant } = meaning;
  if (constant.type.kind === 'secret') {
    context.reporter.report('E217', node.span, { name: `$${node.name}` });
    return null;
  }
  const expression: Expression = {
    op: 'literal',
    type: constant.type,
    nullable: constant.value === null,
    value: constant.value,
  };
  return { expression, unit: null, node };
}

function checkMember(node: MemberNode, context: ExpressionContext): Checked | null {
  const part = context.part?.(node);
  if (part !== undefined) return part;
  const path = node.of.kind === 'name' ? `${node.of.name}.${node.member.text}` : null;
  if (path !== null && fieldOf(context.schema, path) !== undefined && context.locals === null) {
    if (context.aggregates !== null) {
      return checkAggregated({ kind: 'name', name: path, span: node.span }, context);
    }
    return columnExpression(path, node, context);
  }
  if (path !== null && node.of.kind === 'name' && fieldOf(context.schema, node.of.name) === undefined) {
    const described = context.locals === null ? context.names.describe(node.of.name) : null;
    if (described !== null) {
      if (!context.open) {
        const field = fieldOf(context.schema, node.member.text);
        const hint = field === undefined ? {} : { hint: `A bare name is a field: write \`${field.name}\`.` };
        context.reporter.report('E218', node.span, { name: path, found: described, of: node.of.name, ...hint });
      }
      return null;
    }
  }
  return checkRecordPart(node, context);
}

function checkRecordPart(node: MemberNode, context: ExpressionContext): Checked | null {
  const record = context.check(node.of, context);
  if (record === null) return null;
  const { type } = record.expression;
  const text = context.reporter.textOf(node.of.span);
  if (type.kind !== 'record') {
    const member = node.member.text;
    const fn = context.catalog.functions.get(member);
    const hint = fn === undefined || fn.sign !== undefined ? {} : { hint: `Write \`${member}(${text})\`.` };
    context.reporter.report('E219', node.span, { text, member, ...hint });
    return null;
  }
  const field = type.fields.find(each => each.name === node.member.text);
  if (field === undefined) {
    const names = type.fields.map(each => each.name);
    context.reporter.report('E201', node.member.span, {
      kind: 'field',
      name: `${text}.${node.member.text}`,
      hint: didYouMean(node.member.text, names, `It has ${listed(names)}.`),
    });
    return null;
  }
  if (field.type === UNKNOWN_TYPE) return null;
  return { expression: narrowed(partOf(record.expression, field), context.facts), unit: field.unit ?? null, node };
}

function checkUnary(node: UnaryNode, context: ExpressionContext): Checked | null {
  if (node.sign === 'not') {
    const condition = checkCondition(node.of, context, '`not`');
    return condition === null ? null : makeCall('not', [condition], node, context, 'not');
  }
  const of = context.check(node.of, context);
  if (of === null) return null;
  const { expression } = of;
  if (expression.op === 'literal' && typeof expression.value === 'number') {
    // 0 − x, so that −0 stays out of int literals.
    const value = expression.type.kind === 'float' ? -expression.value : 0 - expression.value;
    return { ...of, expression: { ...expression, value }, node };
  }
  return makeCall('neg', [of], node, context, '-');
}

function checkBinary(node: BinaryNode, context: ExpressionContext): Checked | null {
  switch (node.sign) {
    case 'and':
    case 'or':
      return checkLogic(node, context);
    case '??':
      return checkCoalesce(node, context);
    case 'in':
    case 'not in':
      return checkMembership(node, context);
    case '*':
    case '/':
    case '%':
    case '+':
    case '-': {
      const left = context.check(node.left, context);
      const right = context.check(node.right, context);
      if (left === null || right === null) return null;
      return makeCall(
        ARITHMETIC[node.sign] ?? node.sign,
        widenTogether([left, right], context),
        node,
        context,
        node.sign,
      );
    }
    default:
      return checkComparison(node, context);
  }
}

/** `["a", "b"]`: a list of literals, as one literal. */
function checkList(node: ListNode, context: ExpressionContext): Checked | null {
  let item: Type = NULL_TYPE;
  const values: (null | boolean | number | string)[] = [];
  let failed = false;
  for (const each of node.items) {
    const checked = context.check(each, context);
    const joined = checked === null ? null : joinTypes(item, checked.expression.type);
    if (checked === null) failed = true;
    else if (checked.expression.op !== 'literal' || Array.isArray(checked.expression.value)) {
      context.reporter.report('E304', each.span, {
        expected: 'a plain value',
        hint: 'A list holds literals and `$parameters`.',
      });
      failed = true;
    } else if (joined === null) {
      context.reporter.report('E301', each.span, {
        found: checked.expression.type.kind,
        expected: item.kind,
        where: 'this list',
        hint: 'All values of a list are of one type.',
      });
      failed = true;
    } else {
      item = joined;
      values.push(checked.expression.value as null | boolean | number | string);
    }
  }
  if (failed) return null;
  return {
    expression: { op: 'literal', type: { kind: 'list', item }, nullable: false, value: values },
    unit: null,
    node,
  };
}
