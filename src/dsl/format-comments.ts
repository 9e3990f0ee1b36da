import type { IToken } from 'chevrotain';

/** Which comments go with which token, and how many lines lie before each. */
export interface Trivia {
  /** On lines of their own, above the token. */
  leading(token: IToken): readonly IToken[];
  /** On the token's line, after it. */
  trailing(token: IToken): IToken | null;
  /** After the last token. */
  readonly final: readonly IToken[];
  /** True where the source has an empty line right above this token or comment. */
  blankAbove(item: IToken): boolean;
  /** True where a comment lies between two tokens. */
  between(first: IToken, last: IToken): boolean;
}

/** Commas come and go with line ends, so comments never belong to one. */
export function attachComments(
  tokens: readonly IToken[],
  comments: readonly IToken[],
  isComma: (token: IToken) => boolean,
): Trivia {
  const leading = new Map<IToken, IToken[]>();
  const trailing = new Map<IToken, IToken>();
  const final: IToken[] = [];
  const blank = new Set<IToken>();
  const solid = tokens.filter(token => !isComma(token));
  let next = 0;
  let before: IToken | null = null;
  for (const comment of comments) {
    while (next < solid.length && solid[next]!.startOffset < comment.startOffset) next++;
    const previous = next > 0 ? solid[next - 1]! : null;
    const following = solid[next] ?? null;
    if (previous !== null && previous.endLine === comment.startLine) trailing.set(previous, comment);
    else if (following === null) final.push(comment);
    else {
      const above = leading.get(following);
      if (above === undefined) leading.set(following, [comment]);
      else above.push(comment);
    }
  }
  for (const item of [...solid, ...comments].sort((a, b) => a.startOffset - b.startOffset)) {
    if (before !== null && (item.startLine ?? 0) - (before.endLine ?? 0) > 1) blank.add(item);
    before = item;
  }
  return {
    leading: token => leading.get(token) ?? [],
    trailing: token => trailing.get(token) ?? null,
    final,
    blankAbove: item => blank.has(item),
    between: (first, last) => {
      let low = 0;
      let high = comments.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (comments[middle]!.startOffset > first.startOffset) high = middle;
        else low = middle + 1;
      }
      return low < comments.length && comments[low]!.startOffset < last.startOffset;
    },
  };
}
