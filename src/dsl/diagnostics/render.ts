import type { Span } from '../../engine/base/span.ts';
import type { Diagnostic } from '../../engine/contract/diagnostic.ts';
import { lineOf, SourceLines } from './source-lines.ts';

const RED = '\x1b[1;31m';
const YELLOW = '\x1b[1;33m';
const BLUE = '\x1b[1;34m';
const CYAN = '\x1b[1;36m';
const BOLD = '\x1b[1m';
const RESET = '\x1b[0m';

type Paint = (style: string, text: string) => string;

/** A place in the excerpt: the diagnostic's own, or one related to it. */
interface Mark {
  readonly span: Span;
  readonly message: string;
  readonly own: boolean;
}

/** Of a place over many lines, the first and the last are shown. */
const GAP = '…';

/**
 * A diagnostic for people: code and sentence, file:line:column, the lines with the place underlined, related places with their
 * notes, and the hint. `sources` holds the texts by path; a file without text shows no excerpt. No line end at the end.
 */
export function renderDiagnostic(
  diagnostic: Diagnostic,
  sources: ReadonlyMap<string, string>,
  options: { readonly color: boolean },
): string {
  const paint: Paint = options.color ? (style, text) => `${style}${text}${RESET}` : (_, text) => text;
  const main = diagnostic.severity === 'error' ? RED : YELLOW;
  const marks: Mark[] = [
    { span: diagnostic.span, message: '', own: true },
    ...diagnostic.related.map(item => ({ ...item, own: false })),
  ];
  const files = [...new Set(marks.map(mark => mark.span.file))];
  const width = String(Math.max(...marks.map(mark => lastLine(mark.span, sources)))).length;
  const out = [`${paint(main, `${diagnostic.severity}[${diagnostic.code}]`)}${paint(BOLD, `: ${diagnostic.message}`)}`];
  for (const file of files) {
    const here = marks
      .filter(mark => mark.span.file === file)
      .sort((a, b) => a.span.start - b.span.start || (a.own ? -1 : 1));
    const first = here.find(mark => mark.own) ?? here[0]!;
    const arrow = file === diagnostic.span.file ? '-->' : ':::';
    out.push(`${' '.repeat(width)}${paint(BLUE, arrow)} ${file}:${first.span.line}:${first.span.column}`);
    const text = sources.get(file);
    if (text !== undefined) out.push(...excerpt(here, new SourceLines(text), width, main, paint));
  }
  if (diagnostic.hint !== null) {
    const [head, ...rest] = diagnostic.hint.split('\n');
    out.push(`${' '.repeat(width)} ${paint(BLUE, '=')} ${paint(CYAN, 'help:')} ${head}`);
    for (const line of rest) out.push(`${' '.repeat(width)}         ${line}`);
  }
  return out.join('\n');
}

function lastLine(span: Span, sources: ReadonlyMap<string, string>): number {
  const text = sources.get(span.file);
  return text === undefined ? span.line : Math.max(span.line, lineOf(text, span.end));
}

/** The lines of the marks, in order; where lines between are left out, a gap is shown. */
function excerpt(marks: readonly Mark[], lines: SourceLines, width: number, main: string, paint: Paint): string[] {
  const gutter = (label: string): string => paint(BLUE, `${label.padStart(width)} |`);
  const out = [gutter('')];
  let shown = 0;
  const show = (line: number): void => {
    if (shown !== 0 && line > shown + 1) out.push(paint(BLUE, GAP.padStart(width)));
    if (line !== shown) out.push(`${gutter(String(line))} ${lines.display(line)}`.trimEnd());
    shown = line;
  };
  for (const mark of marks) {
    const style = mark.own ? main : BLUE;
    const sign = mark.own ? '^' : '-';
    const from = lines.place(mark.span.start);
    const to = lines.place(Math.max(mark.span.start, mark.span.end));
    const note = mark.message === '' ? '' : ` ${mark.message}`;
    show(from.line);
    const single = from.line === to.line;
    const start = lines.width(from.line, from.offset);
    const end = single ? lines.width(to.line, to.offset) : lines.displayWidth(from.line);
    const underline = sign.repeat(Math.max(1, end - start));
    out.push(`${gutter('')} ${' '.repeat(start)}${paint(style, `${underline}${single ? note : ''}`)}`);
    if (single) continue;
    // A place that ends with a line's end belongs to that line, not to the one after it.
    const last = to.offset === 0 ? { line: to.line - 1, offset: lines.length(to.line - 1) } : to;
    if (last.line === from.line) continue;
    show(last.line);
    const indent = lines.indent(last.line);
    const tail = sign.repeat(Math.max(1, lines.width(last.line, last.offset) - indent));
    out.push(`${gutter('')} ${' '.repeat(indent)}${paint(style, `${tail}${note}`)}`);
  }
  return out;
}
