import { assert } from '../base/assert.ts';
import { type Cursor, putVarint, readVarint, varintBytes } from '../base/varint.ts';
import type { RecordColumns } from '../contract/record-topics.ts';
import type { Part } from './record-frame.ts';

/**
 * Headers of a record, as Kafka has them: how many, and for each the length of its name, the name, the length of its value (−1: null), the value.
 * Lengths and the count are zig-zag varints.
 */

/** The whole of a list without any. */
export const NO_HEADERS = 0;

/** Moves on behind the headers of a record that ends there, in bytes nobody has checked; to NaN where they cannot be. */
export function passHeaders(bytes: Uint8Array, cursor: Cursor, recordEnd: number): void {
  const count = readVarint(bytes, cursor);
  for (let left = count; left !== 0; left--) {
    const nameLength = readVarint(bytes, cursor);
    cursor.at += nameLength;
    const valueLength = readVarint(bytes, cursor);
    if (valueLength > 0) cursor.at += valueLength;
    // A negative count ends here too, and so does one that there are no bytes for.
    if (nameLength < 0 || valueLength < -1 || !(cursor.at <= recordEnd)) {
      cursor.at = Number.NaN;
      return;
    }
  }
}

/** Where the value of a record's last header of that name is: `[from, to)` to `found`; `from` −1: there is none, or it is null. */
export function findHeader(records: RecordColumns, row: number, name: Uint8Array, found: Part): void {
  const { bytes } = records;
  const end = records.headersEnd[row];
  const cursor: Cursor = { at: records.headersStart[row] };
  found.bytes = bytes;
  found.from = -1;
  found.to = -1;
  for (let left = readVarint(bytes, cursor); left > 0; left--) {
    const length = readVarint(bytes, cursor);
    let isIt = length === name.length;
    for (let i = 0; isIt && i < length; i++) isIt = bytes[cursor.at + i] === name[i];
    cursor.at += length;
    const valueLength = readVarint(bytes, cursor);
    if (isIt) {
      found.from = valueLength < 0 ? -1 : cursor.at;
      found.to = valueLength < 0 ? -1 : cursor.at + valueLength;
    }
    if (valueLength > 0) cursor.at += valueLength;
    assert(cursor.at <= end, 'headers that were checked when they were read');
  }
}

/** Writes headers one after another into a buffer that grows; nothing is made per record. */
export class HeaderWriter {
  readonly part: Part = { bytes: new Uint8Array(256), from: 0, to: 0 };

  /** Begins a list of so many. */
  begin(count: number): void {
    this.part.to = 0;
    this.#varint(count);
  }
  /** `name`: in UTF-8. */
  add(name: Uint8Array, value: Uint8Array | null): void {
    this.#bytes(name);
    if (value === null) this.#varint(-1);
    else this.#bytes(value);
  }

  #varint(value: number): void {
    this.#reserve(varintBytes(value));
    this.part.to = putVarint(this.part.bytes, this.part.to, value);
  }
  #bytes(bytes: Uint8Array): void {
    this.#varint(bytes.length);
    this.#reserve(bytes.length);
    this.part.bytes.set(bytes, this.part.to);
    this.part.to += bytes.length;
  }
  #reserve(length: number): void {
    const { part } = this;
    if (part.to + length <= part.bytes.length) return;
    const grown = new Uint8Array((part.to + length) * 2);
    grown.set(part.bytes);
    part.bytes = grown;
  }
}
