import { sliceRows } from '../columnar/take.ts';
import type { Batch } from '../contract/batch.ts';
import type { BadRow } from '../contract/connector.ts';
import { StageCounts } from '../observe/stage-counts.ts';
import type { SourceNode } from '../plan/plan.ts';
import type { ChainRunner } from './chain.ts';
import { describeFailure, type FailureText, isNoRowsFault, operatorError } from './operator-failure.ts';
import { type Poisoned, refuseTooMany } from './poison-limit.ts';
import type { BoundedChain } from './run-chain.ts';

/** Rows through a chain, with the rows found that an operator fails on, where the chain keeps nothing between rows. */
export class ChainPass {
  runner: ChainRunner;
  readonly #bounded: BoundedChain;
  readonly #make: (counts: StageCounts) => ChainRunner;
  /** Of the batch under way; they count when it has gone through. */
  readonly #counts = new StageCounts();
  #seen: Poisoned = { poisoned: 0, inARow: 0, rows: 0 };

  constructor(bounded: BoundedChain, make: (counts: StageCounts) => ChainRunner) {
    this.#bounded = bounded;
    this.#make = make;
    this.runner = make(this.#counts);
    this.#counts.moveTo(bounded.counts);
  }

  push(batch: Batch): void {
    const failure = this.#try(batch);
    if (failure === null) return;
    if (batch.rows > 1) {
      const half = batch.rows >> 1;
      this.push(sliceRows(batch, 0, half));
      this.push(sliceRows(batch, half, batch.rows));
      return;
    }
    this.#alone(batch);
  }
  /** A row that has failed once. What fails on it again refuses it; all else takes it. */
  #alone(row: Batch): void {
    const refusals: FailureText[] = [];
    for (;;) {
      const failure = this.#try(row, refusals);
      if (failure === null) return;
      if (refusals.some(one => one.operator === failure.operator)) throw operatorError(failure);
      refusals.push(failure);
      if (refusals.length === 1) this.#setAside(failure.operator);
    }
  }
  #setAside(operator: string): void {
    const { poisoned, inARow, rows } = this.#seen;
    this.#seen = { poisoned: poisoned + 1, inARow: inARow + 1, rows };
    refuseTooMany(operator, { ...this.#seen, rows: rows + 1 });
  }
  /** They come one time: an operator that fails on them ends the run. */
  pushBad(source: SourceNode, rows: readonly BadRow[]): void {
    this.#once(() => this.runner.pushBad(source, rows));
  }
  end(): void {
    this.#once(() => this.runner.end());
  }

  #once(work: () => void): void {
    try {
      work();
    } catch (error) {
      throw isNoRowsFault(error) ? error : operatorError(this.#failureOf(error));
    }
    this.#keep();
  }
  #keep(): void {
    this.#counts.moveTo(this.#bounded.counts);
    this.#bounded.keep();
    this.#bounded.deadLetters.keep();
  }

  /** Null: the rows have gone through. Else nothing of them is left, and the chain is as new. */
  #try(batch: Batch, refusals: readonly FailureText[] = []): FailureText | null {
    try {
      this.runner.push(batch, refusals);
      this.#keep();
      this.#seen = {
        ...this.#seen,
        rows: this.#seen.rows + batch.rows,
        inARow: refusals.length === 0 ? 0 : this.#seen.inARow,
      };
      return null;
    } catch (error) {
      if (isNoRowsFault(error)) throw error;
      const failure = this.#failureOf(error);
      if (!this.#bounded.isStateless) throw operatorError(failure);
      this.#bounded.forget();
      this.#bounded.deadLetters.forget();
      this.runner = this.#make(this.#counts);
      this.#counts.clear();
      return failure;
    }
  }
  #failureOf(error: unknown): FailureText {
    return describeFailure(error, this.runner.at?.id ?? this.#bounded.chain.id);
  }
}
