import type { ReadFrame } from '../contract/log.ts';
import { LogError } from '../contract/log.ts';

interface Slot {
  /** Null: a gap. */
  readonly body: Uint8Array | null;
  state: 'open' | 'committed' | 'aborted';
}
/** Frames written but not yet decided. */
export interface Written {
  commit(): void;
  abort(): void;
}

/** One partition as a list of slots; readers see committed ones up to the first that is still open. */
export class MemoryPartition {
  readonly name: string;
  #first = 0;
  #slots: Slot[] = [];

  constructor(name: string) {
    this.name = name;
  }
  get first(): bigint {
    return BigInt(this.#first);
  }
  get end(): bigint {
    return BigInt(this.#first + this.#slots.length);
  }
  get stableEnd(): bigint {
    const open = this.#slots.findIndex(slot => slot.state === 'open');
    return open < 0 ? this.end : BigInt(this.#first + open);
  }

  write(frames: readonly Uint8Array[], gap: number): Written {
    for (let i = 0; i < gap; i++) this.#slots.push({ body: null, state: 'committed' });
    const slots = frames.map((body): Slot => ({ body, state: 'open' }));
    this.#slots.push(...slots);
    const decide = (state: 'committed' | 'aborted'): void => {
      for (const slot of slots) slot.state = state;
    };
    return { commit: () => decide('committed'), abort: () => decide('aborted') };
  }

  /** Throws LogError `gap` for a position that is not, or no longer, in the log. */
  checkRange(offset: bigint): void {
    if (offset < this.first || offset > this.end) {
      throw new LogError('gap', `${this.name}: offset ${offset} is not in the log, ${this.first} to ${this.end}.`);
    }
  }

  /** Whether a reader at an offset would get a frame. */
  readable(offset: bigint): boolean {
    return this.read(offset, 1).frames.length > 0;
  }

  read(offset: bigint, bytes: number): { frames: ReadFrame[]; next: bigint } {
    const frames: ReadFrame[] = [];
    let total = 0;
    let at = Number(offset) - this.#first;
    for (; at < this.#slots.length; at++) {
      const { body, state } = this.#slots[at];
      if (state === 'open') break;
      if (body === null || state === 'aborted') continue;
      if (frames.length > 0 && total + body.length > bytes) break;
      frames.push({ offset: BigInt(this.#first + at), body });
      total += body.length;
    }
    return { frames, next: BigInt(this.#first + at) };
  }

  purge(before: bigint): void {
    const to = before < this.stableEnd ? Number(before) : Number(this.stableEnd);
    if (to <= this.#first) return;
    this.#slots = this.#slots.slice(to - this.#first);
    this.#first = to;
  }
}
