import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFlow } from '../../src/dsl/parse.ts';
import { ruleNames } from '../../src/dsl/parser.ts';
import type { ExpressionNode, Statement } from '../../src/dsl/syntax.ts';
import { HANDLED_RULES } from './grammar-rules.ts';

function expressionOf(text: string): ExpressionNode {
  const { file, diagnostics } = parseFlow('x.flow', `fn f() = ${text}`);
  expect(diagnostics, text).toEqual([]);
  const [statement] = file.statements;
  if (statement?.kind !== 'fn') throw new Error(`no function in ${text}`);
  return statement.body;
}
/** The tree with every operator in parentheses. */
function spelled(node: ExpressionNode): string {
  switch (node.kind) {
    case 'binary':
      return `(${spelled(node.left)} ${node.sign} ${spelled(node.right)})`;
    case 'unary':
      return `(${node.sign}${node.sign === 'not' ? ' ' : ''}${spelled(node.of)})`;
    case 'range':
      return `(${node.low ? spelled(node.low) : ''}..${node.high ? spelled(node.high) : ''})`;
    case 'name':
      return node.name;
    case 'literal':
      return node.raw;
    case 'parameter':
      return `$${node.name}`;
    case 'member':
      return `${spelled(node.of)}.${node.member.text}`;
    case 'call':
      return `${node.callee.text}(${node.args.map(spelled).join(', ')})`;
    default:
      return node.kind;
  }
}

describe('precedence', () => {
  test.each([
    ['a + b * c', '(a + (b * c))'],
    ['a - b - c', '((a - b) - c)'],
    ['-a * b', '((-a) * b)'],
    ['- -a', '(-(-a))'],
    ['a ?? b + c', '(a ?? (b + c))'],
    ['x in a + 1..b ?? c', '(x in ((a + 1)..(b ?? c)))'],
    ['a == b + 1 and c', '((a == (b + 1)) and c)'],
    ['not a in b', '(not (a in b))'],
    ['not a == b and c', '((not (a == b)) and c)'],
    ['a not in b or c', '((a not in b) or c)'],
    ['a or b and not c', '(a or (b and (not c)))'],
    ['a == b in c', '((a == b) in c)'],
    ['x in 1..', '(x in (1..))'],
    ['x in ..5 or y', '((x in (..5)) or y)'],
    ['-a.b.c', '(-a.b.c)'],
    ['f(a, -1).b', 'f(a, (-1)).b'],
  ])('%s', (text, tree) => {
    expect(spelled(expressionOf(text))).toBe(tree);
  });

  test('parentheses where precedence puts them change nothing', () => {
    const signs = fc.constantFrom('+', '-', '*', '/', '%', '??', 'and', 'or');
    const row = fc.array(fc.tuple(signs, fc.constantFrom('a', 'b', '1', '$p')), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(row, parts => {
        const once = spelled(expressionOf(`x ${parts.map(([sign, operand]) => `${sign} ${operand}`).join(' ')}`));
        expect(spelled(expressionOf(once))).toBe(once);
      }),
    );
  });
});

describe('literals', () => {
  test('instants agree with the clock of the platform', () => {
    const instant = fc.record({
      at: fc.date({
        min: new Date('0001-01-02T00:00:00Z'),
        max: new Date('9999-12-30T00:00:00Z'),
        noInvalidDate: true,
      }),
      zone: fc.constantFrom('Z', '+00:00', '+01:00', '-05:30', '+14:00'),
    });
    fc.assert(
      fc.property(instant, ({ at, zone }) => {
        const text = at.toISOString().replace('Z', zone);
        expect(expressionOf(`@${text}`)).toMatchObject({ type: 'timestamp', value: Date.parse(text) });
        const day = at.toISOString().slice(0, 10);
        expect(expressionOf(`@${day}`)).toMatchObject({ type: 'date', value: Date.parse(day) / 86_400_000 });
      }),
    );
  });

  test.each([
    ['5m', 'duration', 300_000],
    ['250ms', 'duration', 250],
    ['7d', 'duration', 604_800_000],
    ['64MB', 'size', 64e6],
    ['2KiB', 'size', 2048],
    ['12B', 'size', 12],
    ['9007199254740991', 'int', Number.MAX_SAFE_INTEGER],
    ['1e-4', 'float', 1e-4],
    ['"a \\"b\\" \\\\d\\n\\u{1F600}"', 'string', 'a "b" \\d\n\u{1F600}'],
    ['@2026-01-01T00:00Z', 'timestamp', Date.UTC(2026, 0, 1)],
  ])('%s', (text, type, value) => {
    expect(expressionOf(text)).toMatchObject({ type, value });
  });
});

const statementsOf = (text: string): readonly Statement[] => parseFlow('x.flow', text).file.statements;

test('documentation is what stands right above', () => {
  const [first, second] = statementsOf(`/// One.
/// Two.
schema A {
  a: int /// not of b
  b: int
  /// Of c.
  c: int
}
/// Of nothing.

schema B { a: int }`);
  expect(first?.doc).toBe('One.\nTwo.');
  expect(second?.doc).toBeNull();
  const members = first?.kind === 'schema' ? first.members : [];
  expect(members?.map(member => (member.kind === 'field' ? member.doc : null))).toEqual([null, null, 'Of c.']);
});

test('records without commas, and lists', () => {
  const [check] = statementsOf('test "t" { expect a [{ x: 1 } { "y": 2 }] expect b [] expect c [1, 2] }');
  const steps = check?.kind === 'test' ? check.steps : [];
  expect(steps.map(step => step.value.kind)).toEqual(['records', 'list', 'list']);
});

test('a statement with a mistake does not take its neighbours along', () => {
  const { file, diagnostics } = parseFlow('x.flow', 'let a = b | where (x\nlet c = d | limit 3\nschema S { a: int }\n');
  expect(diagnostics.map(item => item.code)).toEqual(['E102']);
  expect(file.statements.map(statement => statement.kind)).toEqual(['let', 'let', 'schema']);
});

test('spans are those of the text', () => {
  const text = 'let a = rows\n  | derive { x = f(1) + y }\n';
  const [statement] = statementsOf(text);
  if (statement?.kind !== 'let' || statement.value.kind !== 'pipe') throw new Error('no pipe');
  const [stage] = statement.value.stages;
  const value = stage?.block?.entries[0]?.value;
  const cut = (span: { start: number; end: number } | undefined): string => text.slice(span?.start, span?.end);
  expect(cut(statement.span)).toBe(text.trimEnd());
  expect(cut(stage?.span)).toBe('| derive { x = f(1) + y }');
  expect(cut(value?.span)).toBe('f(1) + y');
  expect(stage?.op.span).toMatchObject({ line: 2, column: 5 });
});

test('every rule of the grammar reaches the tree and the formatter', () => {
  expect([...ruleNames()].sort()).toEqual([...HANDLED_RULES].sort());
});
