import { renderDiagnostic } from '../../src/dsl/diagnostics/render.ts';
import { formatFlow } from '../../src/dsl/format.ts';
import { parseFlow } from '../../src/dsl/parse.ts';
import { shape } from './tree-shape.ts';

/**
 * What must hold for any text: reading it ends without an exception, every diagnostic lies inside the text and can be shown,
 * all words reach the tree of a right flow, and formatting keeps tree and comments and settles. Throws a plain error otherwise.
 */
export function checkAnyText(text: string): void {
  const { file, diagnostics } = parseFlow('fuzz.flow', text);
  const sources = new Map([['fuzz.flow', text]]);
  for (const item of diagnostics) {
    const { start, end, line, column } = item.span;
    must(
      start >= 0 && end >= start && end <= text.length && line >= 1 && column >= 1,
      `place of ${item.code} is outside`,
    );
    must(
      !/\{[a-z_]+\}/.test(item.message.replace(/`[^`]*`/g, '')),
      `${item.code} has an unfilled slot: ${item.message}`,
    );
    must(renderDiagnostic(item, sources, { color: false }).includes(item.code), `${item.code} is not shown`);
  }
  const formatted = formatFlow(text, 'fuzz.flow');
  if (diagnostics.length > 0) {
    must(formatted.text === text && formatted.diagnostics.length > 0, 'a wrong file was changed');
    return;
  }
  const again = parseFlow('fuzz.flow', formatted.text);
  must(again.diagnostics.length === 0, 'formatting made a right flow wrong');
  must(JSON.stringify(shape(again.file)) === JSON.stringify(shape(file)), 'formatting changed the tree');
  must(again.file.comments.length === file.comments.length, 'formatting lost a comment');
  must(formatFlow(formatted.text, 'fuzz.flow').text === formatted.text, 'formatting twice differs');
}
function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}
