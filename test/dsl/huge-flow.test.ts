import { expect, test } from 'vitest';
import { formatFlow } from '../../src/dsl/format.ts';
import { parseFlow } from '../../src/dsl/parse.ts';

/** As large as is read; more items than a call takes arguments, and far more than a walk by recursion could go down. */
const SIZE = 260_000;
const filled = (before: string, piece: string, after = ''): string =>
  before + piece.repeat(SIZE / piece.length) + after;

test.each([
  ['list items', filled('let a = b | where f([', 'a,', '])')],
  ['comments', filled('', '//\n', 'let a = b')],
])('many %s are read and laid out', (_, text) => {
  expect(parseFlow('x.flow', text).diagnostics).toEqual([]);
  // What grows beyond the limit is left as it is.
  const codes = formatFlow(text, 'x.flow').diagnostics.map(item => item.code);
  expect([[], ['E129']]).toContainEqual(codes);
});

test.each([
  ['open brackets', filled('let a = b | where ', '(')],
  ['type arguments', filled('schema X { a: ', 'list<')],
  ['minus signs', filled('let a = b | where ', '-')],
  ['terms', filled('let a = b | where 1', '+1')],
  ['members', filled('let a = b | where a', '.a')],
  ['hyphens', filled('let a = b | where a', '-a')],
  ['texts in texts', filled('let a = b | where ', '"a"b')],
])('many %s give diagnostics, and no more than are read', (_, text) => {
  const { diagnostics } = parseFlow('x.flow', text);
  expect(diagnostics.length).toBeGreaterThan(0);
  expect(diagnostics.length).toBeLessThanOrEqual(100);
});

test('a text beyond the limit is not read', () => {
  expect(parseFlow('x.flow', filled('', 'let a=b\n', '\n'.repeat(200_000))).diagnostics.map(item => item.code)).toEqual(
    ['E129'],
  );
});
