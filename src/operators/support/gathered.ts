type Numbers = Float64Array | Int32Array;

/** Numbers of all batches, one array at the end. */
export class Gathered {
  readonly #kind: 'f64' | 'i32';
  #values: Numbers;
  length = 0;

  constructor(kind: 'f64' | 'i32') {
    this.#kind = kind;
    this.#values = this.#array(1024);
  }

  add(values: Numbers): void {
    if (this.length + values.length > this.#values.length) {
      const larger = this.#array(Math.max(this.#values.length * 2, this.length + values.length));
      larger.set(this.#values.subarray(0, this.length));
      this.#values = larger;
    }
    this.#values.set(values, this.length);
    this.length += values.length;
  }

  all(): Numbers {
    return this.#values.subarray(0, this.length);
  }

  #array(length: number): Numbers {
    return this.#kind === 'f64' ? new Float64Array(length) : new Int32Array(length);
  }
}
