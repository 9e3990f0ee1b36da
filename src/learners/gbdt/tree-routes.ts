/** A growing tree over coded rows: by node, where its column's codes begin, which go left, and where its left child is. */
export interface TreeRoutes {
  readonly first: Int32Array;
  /** 0 while the node is a leaf: node 0 is nobody's child. The right child is the next node. */
  readonly left: Int32Array;
  /** `[node · 256 + code]`, 1 for left. */
  readonly goesLeft: Uint8Array;
}

export function treeRoutes(nodes: number): TreeRoutes {
  return { first: new Int32Array(nodes), left: new Int32Array(nodes), goesLeft: new Uint8Array(nodes * 256) };
}

/** Adds to each listed row's margin the value of the leaf it ends in. A node's codes are `codes[first + (row << shift)]`. */
export function addLeafValues(
  codes: Uint8Array,
  shift: number,
  listed: Int32Array,
  count: number,
  first: Int32Array,
  left: Int32Array,
  goesLeft: Uint8Array,
  values: Float64Array,
  margins: Float64Array,
): void {
  for (let i = 0; i < count; i++) {
    const row = listed[i];
    let node = 0;
    let next = left[0];
    while (next !== 0) {
      node = next + 1 - goesLeft[(node << 8) + codes[first[node] + (row << shift)]];
      next = left[node];
    }
    margins[row] += values[node];
  }
}

export function addByRange(margins: Float64Array, rows: Int32Array, from: number, to: number, value: number): void {
  for (let i = from; i < to; i++) margins[rows[i]] += value;
}
