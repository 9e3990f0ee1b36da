import type { CstNode, IToken, TokenType } from 'chevrotain';
import { cstTokens, orderedChildren } from './cst.ts';
import { meaning } from './token-meaning.ts';
import * as t from './tokens.ts';

/** How tightly operators bind; a higher number binds tighter. "Tightest first: - * / % + - ?? .. == in not and or". */
const BINDING: ReadonlyMap<TokenType, number> = new Map([
  [t.Or, 1],
  [t.And, 2],
  // `not` as a prefix: 3
  [t.In, 4],
  [t.Not, 4], // `not in`
  [t.Equal, 5],
  [t.NotEqual, 5],
  [t.Less, 5],
  [t.AtMost, 5],
  [t.Greater, 5],
  [t.AtLeast, 5],
  [t.Assign, 5], // a slip for `==`
  [t.DotDot, 6],
  [t.Coalesce, 7],
  [t.Plus, 8],
  [t.Minus, 8],
  [t.Star, 9],
  [t.Slash, 9],
  [t.Percent, 9],
]);
const NOT_BINDING = 3;
const RANGE_BINDING = 6;
const MINUS_BINDING = 10;
/** Comparisons and ranges do not chain: `a < b < c` is refused. */
const UNCHAINED: ReadonlySet<number> = new Set([4, 5, 6]);

/** The tree of an expression's operators over the parser's flat row of operands. */
export type Operation =
  | { readonly kind: 'operand'; readonly primary: CstNode; readonly members: readonly IToken[] }
  | { readonly kind: 'prefix'; readonly sign: IToken; readonly of: Operation }
  | {
      readonly kind: 'infix';
      /** `not in` has two tokens. */
      readonly signs: readonly IToken[];
      readonly left: Operation;
      readonly right: Operation;
      /** True where the same level follows without parentheses though it must not. */
      readonly chained: boolean;
    }
  | {
      readonly kind: 'range';
      readonly sign: IToken;
      readonly low: Operation | null;
      readonly high: Operation | null;
      readonly chained: boolean;
    };

type Item =
  | { readonly kind: 'prefix'; readonly token: IToken }
  | { readonly kind: 'operand'; readonly primary: CstNode; readonly members: readonly IToken[] }
  | { readonly kind: 'infix'; readonly tokens: readonly IToken[] };

/** Signs in a row, in an `expression` node; null where recovery left a hole. */
function items(expression: CstNode): Item[] {
  const out: Item[] = [];
  for (const child of orderedChildren(expression)) {
    if (!('name' in child)) out.push({ kind: 'infix', tokens: [child] });
    else if (child.name === 'operator') out.push({ kind: 'infix', tokens: cstTokens(child) });
    else out.push(...operandItems(child));
  }
  return out;
}
function operandItems(operand: CstNode): Item[] {
  const out: Item[] = [];
  const members: IToken[] = [];
  for (const child of orderedChildren(operand)) {
    if ('name' in child) out.push({ kind: 'operand', primary: child, members });
    else if (members.length > 0 || child.tokenType === t.Dot || child.tokenType.name === 'Dot') members.push(child);
    else out.push({ kind: 'prefix', token: child });
  }
  return out;
}

/** Precedence climbing. Returns null for a row with holes (a part that could not be read). */
export function climb(expression: CstNode): Operation | null {
  const row = items(expression);
  let at = 0;

  function operand(): Operation | null {
    const item = row[at];
    if (item === undefined) return null;
    if (item.kind === 'operand') {
      at++;
      return { kind: 'operand', primary: item.primary, members: item.members };
    }
    if (item.kind !== 'prefix') return null;
    at++;
    const type = meaning(item.token);
    const of = level(type === t.Not ? NOT_BINDING : type === t.DotDot ? RANGE_BINDING + 1 : MINUS_BINDING);
    if (of === null) return null;
    if (type === t.DotDot) {
      return { kind: 'range', sign: item.token, low: null, high: of, chained: of.kind === 'range' };
    }
    return { kind: 'prefix', sign: item.token, of };
  }

  function level(minimum: number): Operation | null {
    let left = operand();
    let previous = 0;
    while (left !== null) {
      const item = row[at];
      if (item?.kind !== 'infix' || item.tokens.length === 0) break;
      const type = meaning(item.tokens[0]!);
      const binding = BINDING.get(type) ?? 0;
      if (binding < minimum) break;
      at++;
      const chained: boolean = previous === binding && UNCHAINED.has(binding);
      previous = binding;
      if (type === t.DotDot) {
        const ends = row[at] === undefined || row[at]?.kind === 'infix';
        const high: Operation | null = ends ? null : level(binding + 1);
        if (!ends && high === null) return null;
        const nested = left.kind === 'range' || high?.kind === 'range';
        left = { kind: 'range', sign: item.tokens[0]!, low: left, high, chained: chained || nested };
        continue;
      }
      const right: Operation | null = level(binding + 1);
      left = right === null ? null : { kind: 'infix', signs: item.tokens, left, right, chained };
    }
    return left;
  }

  const tree = level(0);
  return at === row.length ? tree : null;
}
