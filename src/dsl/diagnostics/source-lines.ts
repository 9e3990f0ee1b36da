const TAB = 2;

/** The 1-based line an offset lies on. */
export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** Columns a character takes on a terminal: 2 for East Asian and emoji, 0 for marks put on the letter before. */
function columnsOf(code: number): number {
  if (code === 0x200d || (code >= 0x300 && code <= 0x36f) || (code >= 0xfe00 && code <= 0xfe0f)) return 0;
  const wide =
    (code >= 0x1100 && code <= 0x115f) ||
    (code >= 0x2e80 && code <= 0xa4cf) ||
    (code >= 0xac00 && code <= 0xd7a3) ||
    (code >= 0xf900 && code <= 0xfaff) ||
    (code >= 0xfe30 && code <= 0xfe6f) ||
    (code >= 0xff00 && code <= 0xff60) ||
    (code >= 0xffe0 && code <= 0xffe6) ||
    (code >= 0x1f300 && code <= 0x1faff) ||
    (code >= 0x20000 && code <= 0x3fffd);
  return wide ? 2 : 1;
}
/** A character that would move the cursor or hide is shown as its code's picture or a dot. */
function visible(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (char === '\t') return ' '.repeat(TAB);
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  if (code === 0x7f || (code >= 0x80 && code <= 0x9f) || code === 0x2028 || code === 0x2029) return '\u00b7';
  if (code === 0xfeff || (code >= 0x200b && code <= 0x200f) || (code >= 0x202a && code <= 0x202e)) return '\u00b7';
  return char;
}

/** The lines of a text as a terminal shows them: tabs as two spaces, wide characters counted as two columns. */
export class SourceLines {
  private readonly text: string;
  private readonly starts: readonly number[];

  constructor(text: string) {
    this.text = text;
    const starts = [0];
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    this.starts = starts;
  }

  private line(line: number): string {
    const start = this.starts[line - 1] ?? this.text.length;
    const end = this.starts[line] ?? this.text.length + 1;
    return this.text.slice(start, end - 1).replace(/\r$/, '');
  }
  /** Line (1-based) and offset in it. */
  place(offset: number): { readonly line: number; readonly offset: number } {
    const bounded = Math.min(Math.max(0, offset), this.text.length);
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= bounded) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, offset: Math.min(bounded - this.starts[low]!, this.length(low + 1)) };
  }
  length(line: number): number {
    return this.line(line).length;
  }
  display(line: number): string {
    return [...this.line(line)].map(visible).join('');
  }
  /** Columns before an offset of the line. */
  width(line: number, offset: number): number {
    let width = 0;
    for (const char of this.line(line).slice(0, offset)) {
      width += char === '\t' ? TAB : columnsOf(char.codePointAt(0) ?? 0);
    }
    return width;
  }
  displayWidth(line: number): number {
    return this.width(line, this.length(line));
  }
  /** Columns of the white space a line begins with. */
  indent(line: number): number {
    const text = this.line(line);
    return this.width(line, text.length - text.trimStart().length);
  }
}
