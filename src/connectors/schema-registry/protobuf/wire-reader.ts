/** What bytes that are no message are found by. */
export class WireDamage extends Error {}

export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
const INEXACT = Number.NaN;
const SINT = new Set([17, 18]);
const UNSIGNED = new Set([4, 13]);

/** Goes through the fields of a message in `bytes[at, end)`. Throws WireDamage where they end too early. */
export class WireReader {
  bytes: Uint8Array = new Uint8Array(0);
  #view = new DataView(this.bytes.buffer);
  at = 0;
  end = 0;
  /** Of the field at hand. */
  number = 0;
  wire = 0;

  begin(bytes: Uint8Array, from: number, to: number): void {
    if (bytes !== this.bytes) this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.bytes = bytes;
    this.at = from;
    this.end = to;
  }
  /** The tag of the next field; false: there is none. */
  next(): boolean {
    if (this.at === this.end) return false;
    const tag = this.varint();
    this.number = Math.floor(tag / 8);
    this.wire = tag % 8;
    if (!(this.number > 0)) throw new WireDamage();
    return true;
  }
  pass(length: number): number {
    const from = this.at;
    if (!(length >= 0 && from + length <= this.end)) throw new WireDamage();
    this.at = from + length;
    return from;
  }

  /** Unsigned; INEXACT beyond 2^53−1. */
  varint(): number {
    const big = this.#varint();
    return typeof big === 'number' ? big : big <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(big) : INEXACT;
  }
  /** A whole number of one of the types that are varints. */
  int(type: number): number {
    const read = this.#varint();
    if (SINT.has(type)) {
      if (typeof read === 'number') return read % 2 === 0 ? read / 2 : -(read + 1) / 2;
      return exact((read >> 1n) ^ -(read & 1n));
    }
    if (typeof read === 'number') return read;
    return exact(UNSIGNED.has(type) ? read : BigInt.asIntN(64, read));
  }
  #varint(): number | bigint {
    const { bytes, end } = this;
    const from = this.at;
    let at = from;
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (at >= end || at - from > 9) throw new WireDamage();
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte <= 127) break;
    }
    this.at = at;
    if (at - from <= 7) return value;
    let big = 0n;
    for (let i = from; i < at; i++) big |= BigInt(bytes[i] & 127) << BigInt(7 * (i - from));
    return BigInt.asUintN(64, big);
  }

  fixed(type: number): number {
    switch (type) {
      case 1:
        return this.#view.getFloat64(this.pass(8), true);
      case 2:
        return this.#view.getFloat32(this.pass(4), true);
      case 6:
        return exact(this.#view.getBigUint64(this.pass(8), true));
      case 16:
        return exact(this.#view.getBigInt64(this.pass(8), true));
      case 7:
        return this.#view.getUint32(this.pass(4), true);
      default:
        return this.#view.getInt32(this.pass(4), true);
    }
  }
  body(): Uint8Array {
    const from = this.pass(this.varint());
    return this.bytes.subarray(from, this.at);
  }
  text(): string {
    return new TextDecoder().decode(this.body());
  }
  skip(): void {
    if (this.wire === WIRE.varint) this.#varint();
    else if (this.wire === WIRE.fixed64) this.pass(8);
    else if (this.wire === WIRE.bytes) this.pass(this.varint());
    else if (this.wire === WIRE.fixed32) this.pass(4);
    else throw new WireDamage();
  }
}

function exact(value: bigint): number {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : INEXACT;
}

/** How a value of a type stands behind its tag. */
export function wireOf(type: number): number {
  if (type === 1 || type === 6 || type === 16) return WIRE.fixed64;
  if (type === 2 || type === 7 || type === 15) return WIRE.fixed32;
  return type === 9 || type === 11 || type === 12 ? WIRE.bytes : WIRE.varint;
}
