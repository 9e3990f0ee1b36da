import { type FailureText, operatorError } from '../operator-failure.ts';

/**
 * Finds the row an operator fails on. After a failure the task starts again from its last commit with batches half the size,
 * committing each; where a single row fails twice alike, it is refused. Once the rows in doubt are behind, the task starts once
 * more with whole batches.
 */
export class Narrowing {
  readonly #full: number;
  #rows: number;
  /** Rows after the last commit that were in doubt when the first failure came. */
  #doubtful = 0;
  #last: FailureText | null = null;
  #timesAlike = 0;
  /** Of the row at fault, which is the first after the commit. */
  #refusals: readonly FailureText[] = [];

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

  /** `before`: rows since the last commit that went well. Throws R531 where no stage could refuse the row. */
  failed(failure: FailureText, rows: number, before: number): void {
    const isAlike = this.#last !== null && this.#last.code === failure.code && this.#last.reason === failure.reason;
    if (rows > 1) {
      this.#rows = Math.max(1, Math.floor(Math.min(rows, this.#rows) / 2));
      this.#timesAlike = 0;
    } else {
      this.#timesAlike = isAlike ? this.#timesAlike + 1 : 1;
      // What fails although the row does not come to it is no stage.
      if (this.#timesAlike > 2) throw operatorError(failure);
      if (this.#timesAlike === 2) this.#refusals = [...this.#refusals, failure];
    }
    this.#doubtful = before + rows;
    this.#last = failure;
  }
  /** Where the next batch, the first after the commit, is to be refused: it is the row at fault. */
  verdict(rows: number): readonly FailureText[] {
    return rows === 1 ? this.#refusals : [];
  }
  /** Rows have been committed. */
  passed(rows: number): void {
    this.#doubtful -= rows;
    this.#timesAlike = 0;
    this.#refusals = [];
    if (this.#doubtful > 0) return;
    this.#last = null;
    this.#rows = this.#full;
  }
}
