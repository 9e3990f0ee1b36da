import { type Cell, MAX_COLUMNS, type OutputLine } from './format-print.ts';

/** A cell that its author may have lined up with others. */
interface Place {
  readonly line: number;
  readonly cell: number;
  /** Line and column in the source. */
  readonly row: number;
  readonly column: number;
  readonly padded: boolean;
}

/**
 * Keeps columns that the author lined up: where spaces were added so that a word stands under or over a word of the same
 * kind in the neighbouring line, the two stay lined up. Returns the spaces to add before each cell, by line and cell.
 */
export function alignments(lines: readonly OutputLine[], source: string): ReadonlyMap<Cell, number> {
  const places = lines.map((line, at) => placesOf(line, at, source));
  const extra = new Map<Cell, number>();
  const groups = linked(lines, places).sort((a, b) => a[0]!.column - b[0]!.column);
  for (const group of groups) {
    if (new Set(group.map(place => place.line)).size < group.length) continue;
    const columns = group.map(place => columnOf(lines[place.line]!, place.cell, extra));
    const target = Math.max(...columns);
    const wide = group.some((place, i) => widthOf(lines[place.line]!, extra) + target - columns[i]! > MAX_COLUMNS);
    if (wide) continue;
    group.forEach((place, i) => {
      const added = target - columns[i]!;
      if (added > 0) extra.set(lines[place.line]!.cells[place.cell]!, added);
    });
  }
  return extra;
}

function placesOf(line: OutputLine, at: number, source: string): Place[] {
  const places: Place[] = [];
  line.cells.forEach(({ token, spaces }, cell) => {
    const before = line.cells[cell - 1]?.token ?? line.cells[cell - 2]?.token;
    // Only where a space belongs may there be more of them.
    if (token === null || spaces === 0 || !before || before.endLine !== token.startLine) return;
    let gap = 0;
    while (source[token.startOffset - gap - 1] === ' ') gap++;
    places.push({ line: at, cell, row: token.startLine ?? 0, column: token.startColumn ?? 0, padded: gap > 1 });
  });
  return places;
}

/** Groups of places that are linked: in neighbouring lines, here and in the source, in one column, alike, one of them padded. */
function linked(lines: readonly OutputLine[], places: readonly Place[][]): Place[][] {
  const groupOf = new Map<Place, Place[]>();
  const join = (a: Place, b: Place): void => {
    const into = groupOf.get(a) ?? [a];
    const from = groupOf.get(b) ?? [b];
    if (into === from) return;
    into.push(...from);
    for (const place of into) groupOf.set(place, into);
  };
  for (let i = 1; i < lines.length; i++) {
    if (lines[i]!.blankAbove) continue;
    for (const place of places[i]!) {
      const other = places[i - 1]!.find(its => its.column === place.column && its.row === place.row - 1);
      if (other && (place.padded || other.padded) && alike(lines, place, other)) join(other, place);
    }
  }
  return [...new Set(groupOf.values())];
}
/** Of one kind, or after signs of one kind: the values of two fields. */
function alike(lines: readonly OutputLine[], a: Place, b: Place): boolean {
  const kind = (place: Place, back: number): unknown => lines[place.line]!.cells[place.cell - back]?.token?.tokenType;
  return kind(a, 0) === kind(b, 0) || (kind(a, 1) !== undefined && kind(a, 1) === kind(b, 1));
}

function columnOf(line: OutputLine, cell: number, extra: ReadonlyMap<Cell, number>): number {
  let column = line.indent;
  for (let i = 0; i <= cell; i++) {
    const { text, spaces } = line.cells[i]!;
    column += spaces + (extra.get(line.cells[i]!) ?? 0) + (i === cell ? 0 : text.length);
  }
  return column;
}
function widthOf(line: OutputLine, extra: ReadonlyMap<Cell, number>): number {
  return columnOf(line, line.cells.length - 1, extra) + (line.cells.at(-1)?.text.length ?? 0);
}
