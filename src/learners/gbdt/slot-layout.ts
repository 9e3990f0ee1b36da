/**
 * Where each feature's bins lie in the columns that histograms are built over. Features that are never both away from
 * their usual bin (the one-hot columns of one field) share a column: slot 0 is "all at their usual bin", and each
 * feature's other bins have slots of their own. A usual bin's sums are the node's total less the feature's other bins,
 * which is exact because gradient sums are (see `quantum.ts`), so sharing never changes a model. A feature that has no use
 * for sharing has a slot for each of its bins, in order.
 * Exclusive feature bundling: Ke et al. 2017, "LightGBM", section 4, with no conflict allowed.
 */
export interface SlotLayout {
  readonly columns: number;
  readonly columnOf: Int32Array;
  /** First slot of a feature's bins other than the usual one: 0 for a feature without a usual bin, else at least 1. */
  readonly offsetOf: Int32Array;
  /** -1 for a feature that shares no column, whose bins all have slots. */
  readonly usualBin: Int32Array;
  /** Bins of a feature including the missing bin, which is the last. */
  readonly binsOf: Int32Array;
  /** First slot of a column in a node's histogram; `columns + 1` entries. */
  readonly slotStart: Int32Array;
}

/** Slots of a column; a byte names one. */
const SLOTS_LIMIT = 256;
/** Features with less of their weight in one bin than this are not worth the test for sharing. */
const SPARSE_SHARE = 0.7;
/** The conflict matrix is this many squared bytes at most. */
const CANDIDATES_LIMIT = 2048;

export function sharingCandidates(shares: readonly number[]): Int32Array {
  const found: number[] = [];
  shares.forEach((share, feature) => {
    if (share >= SPARSE_SHARE && found.length < CANDIDATES_LIMIT) found.push(feature);
  });
  return Int32Array.from(found);
}

/** `matrix[i·n + j]` is 1 where some row has both candidate i and candidate j away from their usual bins. */
export function sharingConflicts(
  bins: readonly Uint8Array[],
  usualBin: Int32Array,
  candidates: Int32Array,
  rows: number,
): Uint8Array {
  const n = candidates.length;
  const words = (rows + 31) >>> 5;
  const away = new Int32Array(n * words);
  for (let i = 0; i < n; i++) markAway(bins[candidates[i]], usualBin[candidates[i]], rows, away, i * words);
  const matrix = new Uint8Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) matrix[i * n + j] = overlaps(away, i * words, j * words, words) ? 1 : 0;
  }
  return matrix;
}

function markAway(bins: Uint8Array, usual: number, rows: number, away: Int32Array, at: number): void {
  for (let row = 0; row < rows; row++) if (bins[row] !== usual) away[at + (row >>> 5)] |= 1 << (row & 31);
}

function overlaps(away: Int32Array, a: number, b: number, words: number): boolean {
  for (let w = 0; w < words; w++) if ((away[a + w] & away[b + w]) !== 0) return true;
  return false;
}

/** Features share a column greedily, in feature order. `conflicts` is the OR of the partitions' matrices. */
export function planLayout(
  binsOf: Int32Array,
  usualBin: Int32Array,
  candidates: Int32Array,
  conflicts: Uint8Array,
): SlotLayout {
  const features = binsOf.length;
  const columnOf = new Int32Array(features).fill(-1);
  const offsetOf = new Int32Array(features);
  const slots: number[] = [];
  const shared: { column: number; members: number[] }[] = [];
  const candidateIndex = new Map(Array.from(candidates, (feature, index) => [feature, index]));
  for (let feature = 0; feature < features; feature++) {
    const index = candidateIndex.get(feature);
    if (index === undefined) {
      columnOf[feature] = slots.push(binsOf[feature]) - 1;
      continue;
    }
    const own = binsOf[feature] - 1;
    const home = shared.find(
      one =>
        slots[one.column] + own <= SLOTS_LIMIT &&
        one.members.every(member => conflicts[member * candidates.length + index] === 0),
    );
    const column = home?.column ?? slots.push(1) - 1;
    if (home === undefined) shared.push({ column, members: [index] });
    else home.members.push(index);
    columnOf[feature] = column;
    offsetOf[feature] = slots[column];
    slots[column] += own;
  }
  const slotStart = new Int32Array(slots.length + 1);
  for (let column = 0; column < slots.length; column++) slotStart[column + 1] = slotStart[column] + slots[column];
  const ownUsual = usualBin.map((bin, feature) => (candidateIndex.has(feature) ? bin : -1));
  return { columns: slots.length, columnOf, offsetOf, usualBin: ownUsual, binsOf, slotStart };
}

export function slotOf(layout: SlotLayout, feature: number, bin: number): number {
  const usual = layout.usualBin[feature];
  if (usual < 0) return bin;
  return bin === usual ? 0 : layout.offsetOf[feature] + (bin > usual ? bin - 1 : bin);
}
