const INTS_PER_SLOT = 4;

/** Text the lookup does not know. */
export const MISS = -0x80000000;

/**
 * Maps byte strings to numbers; open addressing. Each slot is `[first 4 bytes, next 4 bytes, length, code]`, so texts of up to
 * eight bytes, most of what tables repeat, are compared without touching memory elsewhere; the bytes past those are in `arena`.
 */
export class ByteLookup {
  slots = new Int32Array(64 * INTS_PER_SLOT);
  /** Offset in the arena of the entry's bytes from the ninth on. */
  tails = new Int32Array(64);
  arena = new Uint8Array(1024);
  size = 0;
  #arenaUsed = 0;

  constructor() {
    this.clear();
  }

  clear(): void {
    this.slots = new Int32Array(64 * INTS_PER_SLOT);
    this.tails = new Int32Array(64);
    for (let i = 0; i < 64; i++) this.slots[i * INTS_PER_SLOT + 2] = -1;
    this.size = 0;
    this.#arenaUsed = 0;
  }

  /** The code of `bytes[from, to)`, or MISS. `view` covers the same bytes, with slack behind. */
  get(view: DataView, bytes: Uint8Array, from: number, to: number): number {
    const slot = this.#find(view, bytes, from, to);
    return this.slots[slot + 2] < 0 ? MISS : this.slots[slot + 3];
  }

  add(view: DataView, bytes: Uint8Array, from: number, to: number, code: number): void {
    if ((this.size + 1) * 2 * INTS_PER_SLOT > this.slots.length) this.#grow();
    const slot = this.#find(view, bytes, from, to);
    const length = to - from;
    if (this.slots[slot + 2] < 0) {
      this.size++;
      const own = length < 8 ? length : 8;
      this.slots[slot] = view.getInt32(from, true) & FIRST_MASKS[own];
      this.slots[slot + 1] = view.getInt32(from + 4, true) & SECOND_MASKS[own];
      this.slots[slot + 2] = length;
      if (length > 8) this.tails[slot / INTS_PER_SLOT] = this.#keep(bytes, from + 8, to);
    }
    this.slots[slot + 3] = code;
  }

  #find(view: DataView, bytes: Uint8Array, from: number, to: number): number {
    const length = to - from;
    const own = length < 8 ? length : 8;
    const w0 = view.getInt32(from, true) & FIRST_MASKS[own];
    const w1 = view.getInt32(from + 4, true) & SECOND_MASKS[own];
    const last = this.slots.length / INTS_PER_SLOT - 1;
    let index = (hashWords(w0, w1, length) ^ (length > 8 ? tailHash(view, from, to) : 0)) & last;
    for (;;) {
      const slot = index * INTS_PER_SLOT;
      const known = this.slots[slot + 2];
      if (known < 0) return slot;
      if (known === length && this.slots[slot] === w0 && this.slots[slot + 1] === w1) {
        if (length <= 8 || sameTail(bytes, from + 8, to, this.arena, this.tails[index])) return slot;
      }
      index = (index + 1) & last;
    }
  }

  #keep(bytes: Uint8Array, from: number, to: number): number {
    const at = this.#arenaUsed;
    this.#arenaUsed += to - from;
    if (this.#arenaUsed > this.arena.length) {
      const grown = new Uint8Array(Math.max(this.#arenaUsed, this.arena.length * 2));
      grown.set(this.arena.subarray(0, at));
      this.arena = grown;
    }
    this.arena.set(bytes.subarray(from, to), at);
    return at;
  }

  #grow(): void {
    const { slots, tails } = this;
    const capacity = tails.length * 4;
    this.slots = new Int32Array(capacity * INTS_PER_SLOT);
    this.tails = new Int32Array(capacity);
    for (let i = 0; i < capacity; i++) this.slots[i * INTS_PER_SLOT + 2] = -1;
    const arenaView = new DataView(this.arena.buffer);
    for (let i = 0; i < tails.length; i++) {
      const from = i * INTS_PER_SLOT;
      const length = slots[from + 2];
      if (length < 0) continue;
      const tail = length > 8 ? tailHashAt(arenaView, tails[i], length - 8) : 0;
      let index = (hashWords(slots[from], slots[from + 1], length) ^ tail) & (capacity - 1);
      while (this.slots[index * INTS_PER_SLOT + 2] >= 0) index = (index + 1) & (capacity - 1);
      this.slots.set(slots.subarray(from, from + INTS_PER_SLOT), index * INTS_PER_SLOT);
      this.tails[index] = tails[i];
    }
  }
}

/** Of a text of so many bytes, up to eight: which bytes of its first and of its second word are its own. */
export const FIRST_MASKS = Int32Array.of(0, 0xff, 0xffff, 0xffffff, -1, -1, -1, -1, -1);
export const SECOND_MASKS = Int32Array.of(0, 0, 0, 0, 0, 0xff, 0xffff, 0xffffff, -1);

export function hashWords(w0: number, w1: number, length: number): number {
  const h = Math.imul(w0 ^ Math.imul(w1 ^ length, 0x85ebca6b), 0x9e3779b1);
  return h ^ (h >>> 15);
}
/** Hash of the bytes from the ninth on. */
export function tailHash(view: DataView, from: number, to: number): number {
  return tailHashAt(view, from + 8, to - from - 8);
}
function tailHashAt(view: DataView, at: number, length: number): number {
  let h = 0;
  for (; length >= 4; at += 4, length -= 4) h = Math.imul(h ^ view.getInt32(at, true), 0x9e3779b1) ^ (h >>> 13);
  for (; length > 0; at++, length--) h = Math.imul(h ^ view.getUint8(at), 0x9e3779b1) ^ (h >>> 13);
  return h ^ (h >>> 16);
}
export function sameTail(bytes: Uint8Array, from: number, to: number, arena: Uint8Array, at: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== arena[at++]) return false;
  return true;
}
