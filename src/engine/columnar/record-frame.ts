import { LogError, MAX_FRAME_BYTES } from '../contract/log.ts';
import type { RecordColumns } from '../contract/record-topics.ts';
import { NO_HEADERS } from './record-headers.ts';

/**
 * A frame of records: what a commit hands a log for a topic of records, and how logs without records of their own keep them.
 *
 *    0 magic u32 · 4 count u32 · 8 timestamps f64 · starts and ends of keys, values and headers i32, −1 null · bytes
 *
 * All little endian. Places count from the first byte behind the columns.
 */
const MAGIC = 0x43455257;
const HEAD_BYTES = 8;
const COLUMNS = 6;
const RECORD_BYTES = 8 + 4 * COLUMNS;
/** Texts longer than this are copied as a block. */
const LONG_BYTES = 48;

/** Throws LogError `corrupt` for what is no frame of records. The columns are views of the bytes. */
export function decodeRecordFrame(frame: Uint8Array): RecordColumns {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const count = frame.length < HEAD_BYTES || view.getUint32(0, true) !== MAGIC ? -1 : view.getUint32(4, true);
  const start = HEAD_BYTES + count * RECORD_BYTES;
  if (count < 1 || start > frame.length) throw new LogError('corrupt', 'A frame of records is damaged.');
  const whole = frame.byteOffset % 8 === 0 ? frame : frame.slice();
  const at = whole.byteOffset + HEAD_BYTES;
  const column = (index: number) => new Int32Array(whole.buffer, at + count * (8 + 4 * index), count);
  return {
    bytes: whole.subarray(start),
    count,
    timestamp: new Float64Array(whole.buffer, at, count),
    keyStart: column(0),
    keyEnd: column(1),
    valueStart: column(2),
    valueEnd: column(3),
    headersStart: column(4),
    headersEnd: column(5),
  };
}

/** Bytes of a part of a record, `[from, to)`; `from` −1: null. */
export interface Part {
  bytes: Uint8Array;
  from: number;
  to: number;
}
export const NULL_PART: Part = Object.freeze({ bytes: new Uint8Array(0), from: -1, to: -1 });

/** Gathers records into frames, each within the limit; nothing is made per record. */
export class RecordFrames {
  #frames: Uint8Array[] = [];
  #count = 0;
  #bytes = new Uint8Array(4_096);
  #length = 0;
  #times = new Float64Array(64);
  #places = new Int32Array(64 * COLUMNS);

  /** Of what is held, about. */
  get size(): number {
    return this.#frames.reduce((sum, frame) => sum + frame.length, 0) + this.#length + this.#count * RECORD_BYTES;
  }

  /** `timestamp`: whole epoch milliseconds. `headers`: null part: none. */
  add(timestamp: number, key: Part, value: Part, headers: Part): void {
    const length = Math.max(0, key.to - key.from) + Math.max(0, value.to - value.from) + headers.to - headers.from + 1;
    const whole = HEAD_BYTES + (this.#count + 1) * RECORD_BYTES + this.#length + length;
    if (whole > MAX_FRAME_BYTES && this.#count > 0) this.#seal();
    this.#reserve(length);
    const row = this.#count++;
    this.#times[row] = timestamp;
    this.#put(row, 0, key);
    this.#put(row, 2, value);
    if (headers.from >= 0) this.#put(row, 4, headers);
    else {
      this.#places[row * COLUMNS + 4] = this.#length;
      this.#bytes[this.#length++] = NO_HEADERS;
      this.#places[row * COLUMNS + 5] = this.#length;
    }
  }

  #put(row: number, column: number, { bytes, from, to }: Part): void {
    const places = this.#places;
    const at = row * COLUMNS + column;
    if (from < 0) {
      places[at] = -1;
      places[at + 1] = -1;
      return;
    }
    const out = this.#bytes;
    let p = this.#length;
    places[at] = p;
    if (to - from > LONG_BYTES) {
      out.set(bytes.subarray(from, to), p);
      p += to - from;
    } else for (let i = from; i < to; i++) out[p++] = bytes[i];
    places[at + 1] = p;
    this.#length = p;
  }

  #reserve(length: number): void {
    if (this.#length + length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length + length, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = grown;
    }
    if (this.#count < this.#times.length) return;
    const times = new Float64Array(this.#count * 2);
    times.set(this.#times);
    this.#times = times;
    const places = new Int32Array(this.#count * 2 * COLUMNS);
    places.set(this.#places);
    this.#places = places;
  }

  #seal(): void {
    const count = this.#count;
    const start = HEAD_BYTES + count * RECORD_BYTES;
    const frame = new Uint8Array(start + this.#length);
    const view = new DataView(frame.buffer);
    view.setUint32(0, MAGIC, true);
    view.setUint32(4, count, true);
    new Float64Array(frame.buffer, HEAD_BYTES, count).set(this.#times.subarray(0, count));
    for (let column = 0; column < COLUMNS; column++) {
      const places = new Int32Array(frame.buffer, HEAD_BYTES + count * (8 + 4 * column), count);
      for (let row = 0; row < count; row++) places[row] = this.#places[row * COLUMNS + column];
    }
    frame.set(this.#bytes.subarray(0, this.#length), start);
    this.#frames.push(frame);
    this.#count = 0;
    this.#length = 0;
  }

  /** The frames of all records so far, each of a buffer of its own; forgets them. */
  take(): readonly Uint8Array[] {
    if (this.#count > 0) this.#seal();
    const frames = this.#frames;
    this.#frames = [];
    return frames;
  }
}
