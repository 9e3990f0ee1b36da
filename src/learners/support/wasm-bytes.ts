/** Bytes of small WebAssembly modules, for loops that need SIMD or no check at each access. */
export const I32 = 0x7f;
export const V128 = 0x7b;
export const SHL = 0x74;
export const ADD = 0x6a;
/** Followed by the offset. */
export const LOAD: readonly number[] = [0x28, 2];
export const LOAD_V128: readonly number[] = [0xfd, 0, 4];
export const STORE_V128: readonly number[] = [0xfd, 0x0b, 4];

/** Functions of `parameters` integers without a result, over an imported memory `env.memory`. `code`: locals and body. */
export function wasmModule(
  parameters: number,
  functions: readonly { readonly name: string; readonly code: readonly number[] }[],
): Uint8Array {
  const type = [1, 0x60, parameters, ...Array.from({ length: parameters }, () => I32), 0];
  const imports = [1, ...text('env'), ...text('memory'), 2, 0, 0];
  const types = [functions.length, ...functions.map(() => 0)];
  const exports = [functions.length, ...functions.flatMap(({ name }, at) => [...text(name), 0, at])];
  const code = [functions.length, ...functions.flatMap(one => sized(one.code))];
  return Uint8Array.of(
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...[1, ...sized(type)],
    ...[2, ...sized(imports)],
    ...[3, ...sized(types)],
    ...[7, ...sized(exports)],
    ...[10, ...sized(code)],
  );
}

export function get(local: number): number[] {
  return [0x20, local];
}
export function put(local: number): number[] {
  return [0x21, local];
}
export function tee(local: number): number[] {
  return [0x22, local];
}
export function constant(value: number): number[] {
  return [0x41, ...signed(value)];
}

function text(value: string): number[] {
  return [value.length, ...Array.from(value, letter => letter.charCodeAt(0))];
}
function sized(bytes: readonly number[]): number[] {
  return [...unsigned(bytes.length), ...bytes];
}

/** LEB128. */
export function unsigned(value: number): number[] {
  const low = value & 127;
  return value < 128 ? [low] : [low | 128, ...unsigned(value >>> 7)];
}
/** LEB128 of a number ≥ 0: the last byte's bit 6 is the sign. */
function signed(value: number): number[] {
  return value < 64 ? [value] : [(value & 127) | 128, ...signed(value >>> 7)];
}
