import {
  ADD,
  constant,
  get,
  I32,
  LOAD,
  LOAD_V128,
  put,
  SHL,
  STORE_V128,
  tee,
  V128,
  wasmModule,
} from '../support/wasm-bytes.ts';

/**
 * WebAssembly that adds a tree's leaf values to rows' margins, sixteen rows at a time. Each inner node, children before
 * parents, picks between its children's leaf numbers by a comparison of bytes for all sixteen at once, so that no row walks.
 *
 * `addTree(first, end, values, margins, marginsEnd, results)`, byte addresses. A node of [first, end), at least one, is four
 * integers: where its column's codes begin, the largest code that goes left, and where the right and the left child's leaf
 * numbers are. Node i's own go to `results + 16 · i`. `marginsEnd` is a positive multiple of 128 behind `margins`.
 */
export function forestCode(): Uint8Array {
  return wasmModule(6, [{ name: 'addTree', code }]);
}

const NE = 0x47;
const LOAD_F64 = [0x2b, 3];
const STORE_F64 = [0x39, 3];
const ADD_F64 = 0xa0;
const SPLAT_BYTE = [0xfd, 0x0f];
const BYTE = [0xfd, 0x16];
const GREATER_BYTES = [0xfd, 0x28];
const SELECT_BITS = [0xfd, 0x52];
const LOOP = [0x03, 0x40];
const AGAIN_IF = [0x0d, 0];
const END = 0x0b;
const FIRST = 0;
const LAST = 1;
const VALUES = 2;
const MARGINS = 3;
const MARGINS_END = 4;
const RESULTS = 5;
const NODE = 6;
const OUT = 7;
const ROW = 8;
const LEAF = 9;

const code: readonly number[] = [
  ...[2, 3, I32, 1, V128],
  ...LOOP,
  ...[...get(FIRST), ...put(NODE), ...get(RESULTS), ...put(OUT)],
  ...LOOP,
  ...get(OUT),
  ...[...get(NODE), ...LOAD, 8, ...LOAD_V128, 0],
  ...[...get(NODE), ...LOAD, 12, ...LOAD_V128, 0],
  ...[...get(NODE), ...LOAD, 0, ...get(ROW), ADD, ...LOAD_V128, 0],
  ...[...get(NODE), ...LOAD, 4, ...SPLAT_BYTE],
  ...[...GREATER_BYTES, ...SELECT_BITS, ...tee(LEAF), ...STORE_V128, 0],
  ...[...get(OUT), ...constant(16), ADD, ...put(OUT)],
  ...[...get(NODE), ...constant(16), ADD, ...tee(NODE), ...get(LAST), NE, ...AGAIN_IF, END],
  ...Array.from({ length: 16 }, (_, row) => addLeaf(row)).flat(),
  ...[...get(ROW), ...constant(16), ADD, ...put(ROW)],
  ...[...get(MARGINS), ...constant(128), ADD, ...tee(MARGINS), ...get(MARGINS_END), NE, ...AGAIN_IF, END],
  END,
];

function addLeaf(row: number): number[] {
  const offset = row * 8;
  return [
    ...get(MARGINS),
    ...[...get(MARGINS), ...LOAD_F64, offset],
    ...[...get(LEAF), ...BYTE, row, ...constant(3), SHL, ...get(VALUES), ADD, ...LOAD_F64, 0],
    ...[ADD_F64, ...STORE_F64, offset],
  ];
}
