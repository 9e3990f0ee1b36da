import type { CstNode, IToken } from 'chevrotain';

/** The children of a node in the order of the text. Chevrotain groups them by name. */
export function orderedChildren(node: CstNode): (CstNode | IToken)[] {
  const all: (CstNode | IToken)[] = [];
  // No spread: a list may have more items than a call takes arguments.
  for (const group of Object.values(node.children)) for (const child of group) all.push(child);
  return all.sort((a, b) => startOf(a) - startOf(b));
}
/** Offset of a node's first character; a node that recovery left empty comes last. */
function startOf(child: CstNode | IToken): number {
  if (!('name' in child)) return child.startOffset < 0 ? Number.MAX_SAFE_INTEGER : child.startOffset;
  const start = child.location?.startOffset;
  return start === undefined || Number.isNaN(start) ? Number.MAX_SAFE_INTEGER : start;
}

export function nodes(node: CstNode, name: string): CstNode[] {
  return (node.children[name] ?? []).filter((child): child is CstNode => 'name' in child);
}
export function node(parent: CstNode, name: string): CstNode | null {
  return nodes(parent, name)[0] ?? null;
}
/** Tokens of a node itself, in order, without those recovery made up. */
export function cstTokens(parent: CstNode, name?: string): IToken[] {
  const groups = name === undefined ? Object.values(parent.children) : [parent.children[name] ?? []];
  return groups
    .flat()
    .filter((child): child is IToken => !('name' in child))
    .filter(token => token.isInsertedInRecovery !== true)
    .sort((a, b) => a.startOffset - b.startOffset);
}
export function token(parent: CstNode, name: string): IToken | null {
  return cstTokens(parent, name)[0] ?? null;
}
