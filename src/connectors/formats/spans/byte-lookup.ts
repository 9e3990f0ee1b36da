const INTS_PER_SLOT = 4;

/** Text the lookup does not know. */
export const MISS = -0x80000000;

/**
 * Maps byte strings to numbers; open addressing. Each slot is `[first 4 bytes, next 4 bytes, length, code]`, so texts of up to
 * eight bytes, most of what tables repeat, are compared without touching memory elsewhere; the bytes past those are in `arena`, in
 * whole words.
 */
export class ByteLookup {
  slots = new Int32Array(64 * INTS_PER_SLOT);
  /** Where in the arena the entry's bytes from the ninth on begin. */
  tails = new Int32Array(64);
  arena = new Int32Array(256);
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

  /** The code of the view's bytes `[from, to)`, or MISS. There is slack behind them. */
  get(view: DataView, from: number, to: number): number {
    const slot = this.#find(view, from, to);
    return this.slots[slot + 2] < 0 ? MISS : this.slots[slot + 3];
  }

  add(view: DataView, from: number, to: number, code: number): void {
    if ((this.size + 1) * 2 * INTS_PER_SLOT > this.slots.length) this.#grow();
    const slot = this.#find(view, from, to);
    const length = to - from;
    if (this.slots[slot + 2] < 0) {
      this.size++;
      const own = length < 8 ? length : 8;
      this.slots[slot] = view.getInt32(from, true) & FIRST_MASKS[own];
      this.slots[slot + 1] = view.getInt32(from + 4, true) & SECOND_MASKS[own];
      this.slots[slot + 2] = length;
      if (length > 8) this.tails[slot / INTS_PER_SLOT] = this.#keep(view, from + 8, to);
    }
    this.slots[slot + 3] = code;
  }

  #find(view: DataView, from: number, to: number): number {
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
        if (length <= 8 || sameTail(view, from, to, this.arena, this.tails[index])) return slot;
      }
      index = (index + 1) & last;
    }
  }

  #keep(view: DataView, from: number, to: number): number {
    const at = this.#arenaUsed;
    this.#arenaUsed += (to - from + 3) >> 2;
    if (this.#arenaUsed > this.arena.length) {
      const grown = new Int32Array(Math.max(this.#arenaUsed, this.arena.length * 2));
      grown.set(this.arena.subarray(0, at));
      this.arena = grown;
    }
    for (let p = from, word = at; p < to; p += 4) {
      this.arena[word++] = view.getInt32(p, true) & FIRST_MASKS[Math.min(to - p, 4)];
    }
    return at;
  }

  #grow(): void {
    const { slots, tails } = this;
    const capacity = tails.length * 4;
    this.slots = new Int32Array(capacity * INTS_PER_SLOT);
    this.tails = new Int32Array(capacity);
    for (let i = 0; i < capacity; i++) this.slots[i * INTS_PER_SLOT + 2] = -1;
    const arenaView = new DataView(this.arena.buffer, this.arena.byteOffset);
    for (let i = 0; i < tails.length; i++) {
      const from = i * INTS_PER_SLOT;
      const length = slots[from + 2];
      if (length < 0) continue;
      const tail = length > 8 ? tailHashAt(arenaView, tails[i] * 4, length - 8) : 0;
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
  let h = length;
  for (; length > 4; at += 4, length -= 4) h = Math.imul(h ^ view.getInt32(at, true), 0x9e3779b1) ^ (h >>> 13);
  h = Math.imul(h ^ (view.getInt32(at, true) & FIRST_MASKS[length]), 0x9e3779b1) ^ (h >>> 13);
  return h ^ (h >>> 16);
}

/** Whether the bytes of `[from, to)` from the ninth on are those kept at `word` of the arena. */
export function sameTail(view: DataView, from: number, to: number, arena: Int32Array, word: number): boolean {
  let p = from + 8;
  for (; p + 4 < to; p += 4) if (view.getInt32(p, true) !== arena[word++]) return false;
  return (view.getInt32(p, true) & FIRST_MASKS[to - p]) === arena[word];
}
