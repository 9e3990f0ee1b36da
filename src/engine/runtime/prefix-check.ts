import { crc32c } from '@node-rs/crc32';
import { OperationalError } from '../base/operational-error.ts';
import type { Prefix } from '../contract/log.ts';

/** What a stream can do whose input is not what it was. */
export const OTHER_INPUT_HINT =
  'bring back what it read and it goes on; or begin anew with --fresh: topics keep the rows they have and get all of them once more';

/** Sums up the bytes of a split as they are read. Of a split that is read on, the beginning must be what was read before. */
export class PrefixCheck {
  readonly #split: string;
  #expected: Prefix | null;
  #sum: Prefix = { bytes: 0, crc32c: 0 };
  /** The bytes added last, and the sum before them. */
  #last: { readonly chunk: Uint8Array; readonly before: Prefix } = { chunk: new Uint8Array(0), before: this.#sum };

  constructor(split: string, expected: Prefix | null) {
    this.#split = split;
    this.#expected = expected;
  }

  /** Throws R540 where the bytes are not those of before. */
  add(chunk: Uint8Array): void {
    const expected = this.#expected;
    const { bytes, crc32c: sum } = this.#sum;
    this.#last = { chunk, before: this.#sum };
    if (expected !== null && bytes + chunk.length >= expected.bytes) {
      if (crc32c(chunk.subarray(0, expected.bytes - bytes), sum) !== expected.crc32c) throw this.#changed();
      this.#expected = null;
    }
    this.#sum = { bytes: bytes + chunk.length, crc32c: crc32c(chunk, sum) };
  }
  /** The split has ended. Throws R540 where it is shorter than what was read of it. */
  end(): void {
    if (this.#expected !== null) throw this.#changed();
  }
  /** Whether all that was read before has been seen again: until then no row may be handed out. */
  get isPast(): boolean {
    return this.#expected === null;
  }
  /** The sum up to a byte of those added last; of earlier ones, up to where they end. */
  upTo(byte: number): Prefix {
    const { chunk, before } = this.#last;
    const length = byte - before.bytes;
    if (length < 0 || length > chunk.length) return this.#sum;
    return { bytes: byte, crc32c: crc32c(chunk.subarray(0, length), before.crc32c) };
  }
  get sum(): Prefix {
    return this.#sum;
  }

  #changed(): OperationalError {
    return new OperationalError('R540', `${this.#split} has changed in the part this stream has read`, {
      hint: OTHER_INPUT_HINT,
    });
  }
}
