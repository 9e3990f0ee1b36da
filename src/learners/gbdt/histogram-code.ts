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
  unsigned,
  V128,
  wasmModule,
} from '../support/wasm-bytes.ts';

/**
 * WebAssembly of the histogram loop, one function per set of a word's columns: `add1` … `add15`, bit k for column k. Gradient and
 * hessian are added as one pair, and memory needs no check at each access: a third of the time of the same loop in
 * JavaScript, which adds the same numbers in the same order.
 *
 * (sums, words, rows, end, ordered), byte addresses: for each row number in [rows, end), at least one, adds the next pair of
 * `ordered` to `sums[column][slot]`, the slot being the column's byte of the row's word. A column has 256 slots of 16 bytes.
 */
export function histogramCode(): Uint8Array {
  const sets = Array.from({ length: 15 }, (_, at) => at + 1);
  return wasmModule(
    5,
    sets.map(set => ({ name: `add${set}`, code: addColumns(set) })),
  );
}

const AND = 0x71;
const SHR_U = 0x76;
const NE = 0x47;
const ADD_PAIR = [0xfd, 0xf0, 1];
/** Parameters 0 to 4 and locals. */
const SUMS = 0;
const WORDS = 1;
const ROW = 2;
const END = 3;
const ORDERED = 4;
const WORD = 5;
const PAIR = 6;
const SLOT = 7;

function addColumns(set: number): number[] {
  const columns = [0, 1, 2, 3].filter(column => ((set >> column) & 1) === 1);
  return [
    ...[3, 1, I32, 1, V128, 1, I32],
    ...[0x03, 0x40],
    ...[...get(ROW), ...LOAD, 0, ...constant(2), SHL, ...get(WORDS), ADD, ...LOAD, 0, ...put(WORD)],
    ...[...get(ORDERED), ...LOAD_V128, 0, ...put(PAIR)],
    ...columns.flatMap(addColumn),
    ...[...get(ORDERED), ...constant(16), ADD, ...put(ORDERED)],
    ...[...get(ROW), ...constant(4), ADD, ...tee(ROW), ...get(END), NE, 0x0d, 0],
    ...[0x0b, 0x0b],
  ];
}

/** The column's byte times 16 is its slot's place; 4096 bytes lie between columns. */
function addColumn(column: number): number[] {
  const shifted = column === 0 ? [...constant(4), SHL] : [...constant(8 * column - 4), SHR_U];
  const offset = unsigned(4096 * column);
  return [
    ...[...get(WORD), ...shifted, ...constant(0xff0), AND, ...get(SUMS), ADD, ...tee(SLOT)],
    ...[...get(SLOT), ...LOAD_V128, ...offset, ...get(PAIR), ...ADD_PAIR, ...STORE_V128, ...offset],
  ];
}
