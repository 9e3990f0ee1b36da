/** Bytes that grow as values are written behind one another. */
export class ByteSink {
  bytes = new Uint8Array(4_096);
  length = 0;
  #view = new DataView(this.bytes.buffer);

  reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.length + more, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
  byte(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }
  put(bytes: Uint8Array): void {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }
  double(value: number): void {
    this.reserve(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }
  /** Seven bits a byte, the lowest first; whole and not negative, up to 2^54. */
  varint(value: number): void {
    this.reserve(10);
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.bytes[this.length++] = (rest % 128) | 128;
    this.bytes[this.length++] = rest;
  }
  /** Signed, the sign in the lowest bit. */
  zigzag(value: number): void {
    if (Math.abs(value) <= 2 ** 52) this.varint(value >= 0 ? value * 2 : -value * 2 - 1);
    else this.#wide(BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n)));
  }
  /** A negative one as Protobuf's int64: two's complement in ten bytes. */
  int64(value: number): void {
    if (value >= 0) this.varint(value);
    else this.#wide(BigInt.asUintN(64, BigInt(value)));
  }
  #wide(value: bigint): void {
    this.reserve(10);
    let rest = value;
    for (; rest > 127n; rest >>= 7n) this.bytes[this.length++] = Number(rest & 127n) | 128;
    this.bytes[this.length++] = Number(rest);
  }
  /** What was written; the sink begins anew. */
  take(): Uint8Array {
    const taken = this.bytes.slice(0, this.length);
    this.length = 0;
    return taken;
  }
}
