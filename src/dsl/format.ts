import { assert } from '../engine/base/assert.ts';
import type { Diagnostic } from '../engine/contract/diagnostic.ts';
import { alignments } from './format-align.ts';
import { attachComments } from './format-comments.ts';
import { type OutputLine, print } from './format-print.ts';
import { fileDoc } from './format-tree.ts';
import { type Read, readFlow } from './parse.ts';
import { Comma } from './tokens.ts';

/**
 * A flow in the one layout: two spaces of indent, a space around operators, at most 120 columns where it can be done. Line
 * ends between stages, entries and arguments stay where the author put them, so do single empty lines, comments and columns
 * that were lined up. A file with errors is returned as it is, with its diagnostics. Formatting twice changes nothing more.
 */
export function formatFlow(text: string, path: string): { text: string; diagnostics: readonly Diagnostic[] } {
  const read = readFlow(path, text);
  if (read.diagnostics.length > 0) return { text, diagnostics: read.diagnostics };
  let before = read;
  let out = laidOut(read);
  for (let round = 1; round < MAX_ROUNDS; round++) {
    const after = readFlow(path, out);
    // Laid out it would be longer than a flow may be.
    if (after.tooLarge) return { text, diagnostics: after.diagnostics };
    assert(says(after) === says(before), `formatting ${path} would change what it says`);
    const again = laidOut(after);
    if (again === out) break;
    before = after;
    out = again;
  }
  return { text: out, diagnostics: [] };
}

/** Comments between the parts of an expression may move a line end, which then moves others; it settles at once or in two. */
const MAX_ROUNDS = 5;

/** All tokens but commas, and all comments: what formatting must keep. */
function says(read: Read): string {
  const words = read.tokens.filter(token => token.tokenType !== Comma).map(token => token.image);
  const comments = read.comments.map(comment => comment.image.trimEnd());
  return JSON.stringify([words, comments, read.diagnostics.length]);
}

function laidOut(read: Read): string {
  const trivia = attachComments(read.tokens, read.comments, token => token.tokenType === Comma);
  return written(print(fileDoc(read.cst, trivia), trivia), read.file.text);
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
