/** Code of a missing value at nodes that send it right; above every threshold's. */
export const MISSING_RIGHT = 255;

/** How a feature's values become codes for one direction of the missing ones. */
export interface CodedColumn {
  readonly feature: number;
  /** Thresholds, ascending, and Infinity behind them. */
  readonly cuts: Float64Array;
  readonly missing: number;
  /** Cell of x is ⌊(x − low) · scale⌋, kept within the grid; `firstCut[cell]` is how many cuts lie in cells before. */
  readonly low: number;
  readonly scale: number;
  readonly firstCut: Uint8Array;
}

const CELLS = 512;

export function codedColumn(feature: number, cuts: readonly number[], missingLeft: boolean): CodedColumn {
  const finite = cuts.filter(cut => Number.isFinite(cut));
  const low = finite[0] ?? 0;
  const width = (finite.at(-1) ?? 0) - low;
  const scale = width > 0 && Number.isFinite(width) ? (CELLS - 2) / width : 0;
  const firstCut = new Uint8Array(CELLS);
  // The cell is a function that never falls, so a cut in an earlier cell than x is below x, whatever was rounded.
  const cutsIn = new Int32Array(CELLS);
  for (const cut of cuts) cutsIn[cellOf(cut, low, scale)]++;
  for (let cell = 1; cell < CELLS; cell++) firstCut[cell] = firstCut[cell - 1] + cutsIn[cell - 1];
  const ended = Float64Array.of(...cuts, Infinity);
  return { feature, cuts: ended, missing: missingLeft ? 0 : MISSING_RIGHT, low, scale, firstCut };
}

function cellOf(x: number, low: number, scale: number): number {
  const cell = scale === 0 ? 0 : (x - low) * scale + 1;
  return cell >= CELLS ? CELLS - 1 : cell > 0 ? Math.floor(cell) : 0;
}

export function codeBlock(
  column: CodedColumn,
  values: Float64Array,
  from: number,
  count: number,
  codes: Uint8Array,
  at: number,
): void {
  codeValues(values, from, count, column.cuts, column.missing, column.low, column.scale, column.firstCut, codes, at);
}

/** Code of x: how many cuts are below it. Starts at the first cut of x's cell. */
function codeValues(
  values: Float64Array,
  from: number,
  count: number,
  cuts: Float64Array,
  missing: number,
  low: number,
  scale: number,
  firstCut: Uint8Array,
  codes: Uint8Array,
  at: number,
): void {
  for (let i = 0; i < count; i++) {
    const x = values[from + i];
    if (Number.isNaN(x)) {
      codes[at + i] = missing;
      continue;
    }
    const cell = scale === 0 ? 0 : (x - low) * scale + 1;
    let place = firstCut[cell >= CELLS ? CELLS - 1 : cell > 0 ? cell | 0 : 0];
    while (cuts[place] < x) place++;
    codes[at + i] = place;
  }
}
