import { isUtf8 } from 'node:buffer';

/** Whether `bytes[from, to)` are well-formed UTF-8. */
export function isWellFormed(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] >= 0x80) return isUtf8(bytes.subarray(i, to));
  return true;
}
