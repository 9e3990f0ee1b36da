import type { FailureText } from '../operator-failure.ts';

/**
 * Finds the row an operator fails on. After a failure the task starts again from its last commit with batches half the size,
 * committing each; a single row that fails twice alike is set aside. Once the rows in doubt are behind, the task starts once
 * more with whole batches.
 */
export class Narrowing {
  readonly #full: number;
  #rows: number;
  /** Rows after the last commit that were in doubt when the first failure came. */
  #doubtful = 0;
  #last: FailureText | null = null;
  #timesAlike = 0;

  constructor(fullBatchRows: number) {
    this.#full = fullBatchRows;
    this.#rows = fullBatchRows;
  }
  get batchRows(): number {
    return this.#rows;
  }
  get isActive(): boolean {
    return this.#last !== null;
  }

  /** `before`: rows since the last commit that went well. */
  failed(failure: FailureText, rows: number, before: number): void {
    const isAlike = this.#last !== null && this.#last.code === failure.code && this.#last.reason === failure.reason;
    if (rows > 1) {
      this.#rows = Math.max(1, Math.floor(Math.min(rows, this.#rows) / 2));
      this.#timesAlike = 0;
    } else {
      this.#timesAlike = isAlike ? this.#timesAlike + 1 : 1;
    }
    this.#doubtful = before + rows;
    this.#last = failure;
  }
  /** Whether the next batch, the first after the commit, is the row at fault; asked once per batch. */
  verdict(rows: number): FailureText | null {
    if (this.#timesAlike < 2 || rows !== 1 || this.#last === null) return null;
    const failure = this.#last;
    this.#timesAlike = 0;
    return failure;
  }
  /** Rows have been committed. */
  passed(rows: number): void {
    this.#doubtful -= rows;
    this.#timesAlike = 0;
    if (this.#doubtful > 0) return;
    this.#last = null;
    this.#rows = this.#full;
  }
}
