/**
 * Finds dense ids by key: open addressing with linear probing on the key's hash, at most half full. A key is a row of code
 * columns (numbers that are equal when the key's parts are); the index holds ids only, the codes live with its owner.
 */
export interface KeyIndex {
  /** id + 1 by place; 0 is free. Its length is a power of two. */
  table: Int32Array;
  /** Ids held. */
  count: number;
}

export function createKeyIndex(): KeyIndex {
  return { table: new Int32Array(64), count: 0 };
}

/** A home place for a hash. Fibonacci mixing: within a task the low bits, which say the key group, hardly vary. */
function homeOf(hash: number, mask: number): number {
  return (Math.imul(hash, 0x9e3779b1) >>> 7) & mask;
}

/** The id of a key, or −1. `codes[c][row]` is compared with `keys[c][id]`, NaN being equal to NaN. */
export function findKey(
  table: Int32Array,
  hash: number,
  hashes: Uint32Array,
  codes: readonly Float64Array[],
  row: number,
  keys: readonly Float64Array[],
): number {
  const mask = table.length - 1;
  for (let at = homeOf(hash, mask); ; at = (at + 1) & mask) {
    const id = table[at] - 1;
    if (id < 0) return -1;
    if (hashes[id] !== hash) continue;
    let same = true;
    for (let c = 0; same && c < codes.length; c++) {
      const a = codes[c][row];
      const b = keys[c][id];
      same = a === b || (Number.isNaN(a) && Number.isNaN(b));
    }
    if (same) return id;
  }
}

/** Adds an id that is not held. `hashes[id]` is set. */
export function insertKey(index: KeyIndex, id: number, hashes: Uint32Array): void {
  if (2 * (index.count + 1) > index.table.length) {
    const old = index.table;
    index.table = new Int32Array(old.length * 2);
    for (let at = 0; at < old.length; at++) if (old[at] !== 0) place(index.table, old[at] - 1, hashes);
  }
  place(index.table, id, hashes);
  index.count++;
}

function place(table: Int32Array, id: number, hashes: Uint32Array): void {
  const mask = table.length - 1;
  let at = homeOf(hashes[id], mask);
  while (table[at] !== 0) at = (at + 1) & mask;
  table[at] = id + 1;
}

function placeOf(table: Int32Array, id: number, hashes: Uint32Array): number {
  const mask = table.length - 1;
  let at = homeOf(hashes[id], mask);
  while (table[at] !== id + 1) at = (at + 1) & mask;
  return at;
}

/** Puts another id in the place of a held one that has the same hash (its row was moved). */
export function renameKey(index: KeyIndex, from: number, to: number, hashes: Uint32Array): void {
  index.table[placeOf(index.table, from, hashes)] = to + 1;
}

/** Takes an id out and closes the hole, so that no marks of removed keys pile up. */
export function removeKey(index: KeyIndex, id: number, hashes: Uint32Array): void {
  const { table } = index;
  const mask = table.length - 1;
  let hole = placeOf(table, id, hashes);
  for (let at = (hole + 1) & mask; table[at] !== 0; at = (at + 1) & mask) {
    const home = homeOf(hashes[table[at] - 1], mask);
    // It may move back only if its home is not after the hole.
    if (((at - home) & mask) >= ((at - hole) & mask)) {
      table[hole] = table[at];
      hole = at;
    }
  }
  table[hole] = 0;
  index.count--;
}
