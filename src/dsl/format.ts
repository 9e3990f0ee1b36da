import type { Diagnostic } from '../engine/contract/diagnostic.ts';
import { alignments } from './format-align.ts';
import { attachComments } from './format-comments.ts';
import { type OutputLine, print } from './format-print.ts';
import { fileDoc } from './format-tree.ts';
import { readFlow } from './parse.ts';
import { Comma } from './tokens.ts';

/**
 * A flow in the one layout: two spaces of indent, a space around operators, at most 120 columns where it can be done. Line
 * ends between stages, entries and arguments stay where the author put them, so do single empty lines, comments and columns
 * that were lined up. A file with errors is returned as it is, with its diagnostics. Formatting twice changes nothing more.
 */
export function formatFlow(text: string, path: string): { text: string; diagnostics: readonly Diagnostic[] } {
  const read = readFlow(path, text);
  if (read.diagnostics.length > 0) return { text, diagnostics: read.diagnostics };
  const trivia = attachComments(read.tokens, read.comments, token => token.tokenType === Comma);
  const lines = print(fileDoc(read.cst, trivia), trivia);
  return { text: written(lines, text), diagnostics: [] };
}

function written(lines: readonly OutputLine[], source: string): string {
  const extra = alignments(lines, source);
  const out: string[] = [];
  for (const line of lines) {
    if (line.blankAbove) out.push('');
    const cells = line.cells.map(cell => ' '.repeat(cell.spaces + (extra.get(cell) ?? 0)) + cell.text);
    out.push(' '.repeat(line.indent) + cells.join(''));
  }
  return `${out.join('\n')}\n`;
}
