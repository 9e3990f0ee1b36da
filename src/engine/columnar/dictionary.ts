import { assert } from '../base/assert.ts';
import { murmur3 } from '../base/murmur3.ts';
import type { Dictionary } from '../contract/batch.ts';

/**
 * Past this many entries a producer starts a new dictionary for its next batch (`dictionary.size >= DICTIONARY_LIMIT`). It
 * bounds the memory a dictionary and the tables cached on it hold. A batch may push one somewhat past it; readers must not
 * rely on it.
 */
export const DICTIONARY_LIMIT = 65_536;

/** So many texts of up to so many letters a dictionary knows again as they are; of others it looks at the bytes. */
const MOST_TEXTS_KEPT = 4_096;
const KEPT_LENGTH = 128;
/** Texts longer than this are copied as a block. */
const LONG_BYTES = 48;

const encoder = new TextEncoder();
// Without ignoreBOM a text that starts with U+FEFF would come back without it.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * An empty dictionary. Entries are UTF-8 bytes; whoever interns raw bytes has checked that they are well formed. A lone
 * surrogate in an interned string becomes U+FFFD.
 */
export function createDictionary(): Dictionary {
  return new BytesDictionary();
}

class BytesDictionary implements Dictionary {
  size = 0;
  #bytes = new Uint8Array(1024);
  #offsets = new Int32Array(65);
  #hashes = new Int32Array(64);
  /** Open addressing, linear probing, at most half full: id + 1, 0 is free. */
  #table = new Int32Array(128);
  readonly #texts: (string | undefined)[] = [];
  /** Of texts interned: what a stage makes row by row repeats itself. */
  readonly #ids = new Map<string, number>();
  #scratch = new Uint8Array(256);

  text(id: number): string {
    assert(id >= 0 && id < this.size, `dictionary id ${id} of ${this.size}`);
    return (this.#texts[id] ??= decoder.decode(this.#bytes.subarray(this.#offsets[id], this.#offsets[id + 1])));
  }

  bytes(id: number): Uint8Array {
    assert(id >= 0 && id < this.size, `dictionary id ${id} of ${this.size}`);
    return this.#bytes.subarray(this.#offsets[id], this.#offsets[id + 1]);
  }

  byteLength(id: number): number {
    assert(id >= 0 && id < this.size, 'a dictionary is asked for its own ids');
    return this.#offsets[id + 1] - this.#offsets[id];
  }

  hash(id: number): number {
    assert(id >= 0 && id < this.size, 'a dictionary is asked for its own ids');
    return this.#hashes[id] >>> 0;
  }

  copyBytes(id: number, target: Uint8Array, at: number): void {
    const bytes = this.#bytes;
    const from = this.#offsets[id];
    const to = this.#offsets[id + 1];
    if (to - from > LONG_BYTES) target.set(bytes.subarray(from, to), at);
    else for (let i = from, j = at; i < to; i++, j++) target[j] = bytes[i];
  }

  intern(text: string): number {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    if (this.#scratch.length < text.length * 3) this.#scratch = new Uint8Array(text.length * 6);
    const { written } = encoder.encodeInto(text, this.#scratch);
    const id = this.internBytes(this.#scratch, 0, written);
    if (text.length <= KEPT_LENGTH && this.#ids.size < MOST_TEXTS_KEPT) this.#ids.set(text, id);
    return id;
  }

  internBytes(bytes: Uint8Array, from: number, to: number): number {
    const hash = murmur3(bytes, from, to) | 0;
    const table = this.#table;
    const mask = table.length - 1;
    let slot = hash & mask;
    for (let entry = table[slot]; entry !== 0; entry = table[slot]) {
      if (this.#hashes[entry - 1] === hash && this.#equals(entry - 1, bytes, from, to)) return entry - 1;
      slot = (slot + 1) & mask;
    }
    return this.#add(bytes, from, to, hash, slot);
  }

  #equals(id: number, bytes: Uint8Array, from: number, to: number): boolean {
    const own = this.#bytes;
    const start = this.#offsets[id];
    if (this.#offsets[id + 1] - start !== to - from) return false;
    for (let i = from, j = start; i < to; i++, j++) if (own[j] !== bytes[i]) return false;
    return true;
  }

  #add(bytes: Uint8Array, from: number, to: number, hash: number, slot: number): number {
    const id = this.size;
    const end = this.#offsets[id];
    const length = to - from;
    // Views handed out keep the old buffer: it is never written below `end` again.
    if (end + length > this.#bytes.length) this.#bytes = grown(this.#bytes, end + length);
    for (let i = 0; i < length; i++) this.#bytes[end + i] = bytes[from + i];
    if (id + 2 > this.#offsets.length) this.#offsets = grownInts(this.#offsets);
    if (id === this.#hashes.length) this.#hashes = grownInts(this.#hashes);
    this.#offsets[id + 1] = end + length;
    this.#hashes[id] = hash;
    this.#table[slot] = id + 1;
    this.size = id + 1;
    if (this.size * 2 > this.#table.length) this.#rehash();
    return id;
  }

  #rehash(): void {
    const table = new Int32Array(this.#table.length * 4);
    const mask = table.length - 1;
    for (let id = 0; id < this.size; id++) {
      let slot = this.#hashes[id] & mask;
      while (table[slot] !== 0) slot = (slot + 1) & mask;
      table[slot] = id + 1;
    }
    this.#table = table;
  }
}

function grown(bytes: Uint8Array<ArrayBuffer>, needed: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(Math.max(needed, bytes.length * 2));
  larger.set(bytes);
  return larger;
}

function grownInts(ints: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(ints.length * 2);
  larger.set(ints);
  return larger;
}
