/** Pairs of steps and gradient changes kept. */
const MEMORY = 20;

/**
 * Limited-memory BFGS directions (Nocedal & Wright 2006, algorithm 7.4), for more coefficients than a Hessian is worth.
 * `scale` is the inverse of the Hessian's diagonal at the start, so unlike units of the features do not slow it.
 */
export class LbfgsMemory {
  readonly #steps: Float64Array[] = [];
  readonly #changes: Float64Array[] = [];

  remember(step: Float64Array, change: Float64Array): void {
    // Curvature must be positive for the direction to go down.
    if (dot(step, change) <= 1e-14 * Math.sqrt(dot(step, step) * dot(change, change))) return;
    this.#steps.push(step);
    this.#changes.push(change);
    if (this.#steps.length > MEMORY) {
      this.#steps.shift();
      this.#changes.shift();
    }
  }

  forget(): void {
    this.#steps.length = 0;
    this.#changes.length = 0;
  }

  direction(gradient: Float64Array, scale: Float64Array): Float64Array {
    const q = Float64Array.from(gradient);
    const alphas: number[] = [];
    for (let i = this.#steps.length - 1; i >= 0; i--) {
      const alpha = dot(this.#steps[i], q) / dot(this.#steps[i], this.#changes[i]);
      alphas[i] = alpha;
      addTo(q, this.#changes[i], -alpha);
    }
    for (let j = 0; j < q.length; j++) q[j] *= scale[j];
    for (let i = 0; i < this.#steps.length; i++) {
      const beta = dot(this.#changes[i], q) / dot(this.#steps[i], this.#changes[i]);
      addTo(q, this.#steps[i], alphas[i] - beta);
    }
    return q.map(value => -value);
  }
}

export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function addTo(target: Float64Array, other: Float64Array, scale: number): void {
  for (let i = 0; i < target.length; i++) target[i] += other[i] * scale;
}
