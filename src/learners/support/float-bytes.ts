import { OperationalError } from '../../engine/base/operational-error.ts';

/** Typed arrays as little-endian bytes and back; the copy on the way back also mends alignment. */
export function bytesOf(array: Float64Array | Int32Array | Uint8Array): Uint8Array {
  return new Uint8Array(array.buffer.slice(array.byteOffset, array.byteOffset + array.byteLength) as ArrayBuffer);
}

/** @throws OperationalError R343 when `name` is missing or is not a whole number of values. */
export function float64sFrom(bytes: Readonly<Record<string, Uint8Array>>, name: string): Float64Array {
  return new Float64Array(copyOf(bytes, name, 8));
}
/** @throws OperationalError R343 */
export function int32sFrom(bytes: Readonly<Record<string, Uint8Array>>, name: string): Int32Array {
  return new Int32Array(copyOf(bytes, name, 4));
}
/** @throws OperationalError R343 */
export function uint8sFrom(bytes: Readonly<Record<string, Uint8Array>>, name: string): Uint8Array {
  return new Uint8Array(copyOf(bytes, name, 1));
}

function copyOf(bytes: Readonly<Record<string, Uint8Array>>, name: string, width: number): ArrayBuffer {
  const part = bytes[name];
  if (part === undefined || part.byteLength % width !== 0) {
    throw new OperationalError('R343', `a model's content is incomplete: part "${name}"`, {
      hint: 'train the model again',
    });
  }
  const copy = new ArrayBuffer(part.byteLength);
  new Uint8Array(copy).set(part);
  return copy;
}
