import type { Avro } from './avro-schema.ts';

/** What bytes that do not fit their schema are found by. */
export class AvroDamage extends Error {}

/** A whole number that a double does not hold exactly. */
const INEXACT = Number.NaN;
/** So many items of nothing (null, an empty record) a list may claim without having the bytes. */
const MOST_EMPTY_ITEMS = 1_000_000;
/** So deep the values of a type that holds itself may lie in one another: each takes its part of the stack. */
const MOST_DEEP = 1_000;

/** Reads values of Avro's binary encoding out of `bytes[at, end)`. Throws AvroDamage where they end too early, or lie. */
export class AvroReader {
  bytes: Uint8Array = new Uint8Array(0);
  view = new DataView(this.bytes.buffer);
  at = 0;
  end = 0;

  begin(bytes: Uint8Array, view: DataView, from: number, to: number): void {
    this.bytes = bytes;
    this.view = view;
    this.at = from;
    this.end = to;
  }
  /** Moves on by a length that was read, and gives where it began. */
  pass(length: number): number {
    const from = this.at;
    if (!(length >= 0 && from + length <= this.end)) throw new AvroDamage();
    this.at = from + length;
    return from;
  }

  /** An int or a long; INEXACT where it is beyond ±(2^53−1). */
  whole(): number {
    const { bytes } = this;
    let at = this.at;
    let byte = bytes[at++];
    let zigzag = byte & 127;
    for (let scale = 128; byte > 127; scale *= 128) {
      if (at - this.at > 9 || at >= this.end) throw new AvroDamage();
      byte = bytes[at++];
      zigzag += (byte & 127) * scale;
    }
    if (at > this.end) throw new AvroDamage();
    const length = at - this.at;
    this.at = at;
    if (length > 7 && zigzag > Number.MAX_SAFE_INTEGER) return this.#long(at - length, at);
    return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2;
  }
  #long(from: number, to: number): number {
    let zigzag = 0n;
    for (let at = from; at < to; at++) zigzag |= BigInt(this.bytes[at] & 127) << BigInt(7 * (at - from));
    const value = Number(BigInt.asIntN(64, (zigzag >> 1n) ^ -(zigzag & 1n)));
    return Number.isSafeInteger(value) ? value : INEXACT;
  }
  /** A length, or the number of an enum's symbol or a union's branch. */
  count(): number {
    const value = this.whole();
    if (!(value >= 0)) throw new AvroDamage();
    return value;
  }
  bool(): boolean {
    return this.bytes[this.pass(1)] !== 0;
  }
  float(): number {
    return this.view.getFloat32(this.pass(4), true);
  }
  double(): number {
    return this.view.getFloat64(this.pass(8), true);
  }

  /** Items of an array or a map, in its blocks; `each` reads one. */
  items(each: () => void): void {
    let empty = 0;
    for (;;) {
      let count = this.whole();
      if (count === 0) return;
      if (count < 0) {
        count = -count;
        this.whole();
      }
      for (; count > 0; count--) {
        const before = this.at;
        each();
        if (this.at === before && ++empty > MOST_EMPTY_ITEMS) throw new AvroDamage();
      }
      if (Number.isNaN(count)) throw new AvroDamage();
    }
  }

  /** Passes over a value; `depth`: how many hold it. */
  skip(type: Avro, depth = 0): void {
    if (depth > MOST_DEEP) throw new AvroDamage();
    switch (type.kind) {
      case 'null':
        return;
      case 'boolean':
        this.pass(1);
        return;
      case 'int':
      case 'long':
      case 'enum':
        this.whole();
        return;
      case 'float':
        this.pass(4);
        return;
      case 'double':
        this.pass(8);
        return;
      case 'bytes':
      case 'string':
        this.pass(this.count());
        return;
      case 'fixed':
        this.pass(type.size);
        return;
      case 'array':
        this.items(() => this.skip(type.items, depth + 1));
        return;
      case 'map':
        this.items(() => {
          this.pass(this.count());
          this.skip(type.items, depth + 1);
        });
        return;
      case 'union':
        this.skip(this.branch(type), depth + 1);
        return;
      case 'record':
        for (const field of type.fields) this.skip(field.type, depth + 1);
    }
  }
  branch({ branches }: Extract<Avro, { kind: 'union' }>): Avro {
    const branch = branches[this.count()];
    if (branch === undefined) throw new AvroDamage();
    return branch;
  }
}
