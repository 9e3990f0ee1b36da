/** One place per worker for heavy bounded tasks, so that memory is bounded by the number of workers. First come, first served. */
export class Slots {
  readonly #free: number[];
  readonly #waiting: ((worker: number) => void)[] = [];

  constructor(workers: number) {
    this.#free = Array.from({ length: workers }, (_, i) => i);
  }

  async use<T>(work: (worker: number) => Promise<T>): Promise<T> {
    const worker = await this.#acquire();
    try {
      return await work(worker);
    } finally {
      this.#release(worker);
    }
  }
  #acquire(): Promise<number> {
    const worker = this.#free.shift();
    if (worker !== undefined) return Promise.resolve(worker);
    return new Promise(resolve => this.#waiting.push(resolve));
  }
  #release(worker: number): void {
    const next = this.#waiting.shift();
    if (next !== undefined) next(worker);
    else this.#free.push(worker);
  }
}
