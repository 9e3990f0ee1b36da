import { assert } from '../base/assert.ts';
import type { RowRejection } from '../contract/operator.ts';

/** Why rows are rejected, numbered from 1, so that a loop can note a reason as a number. */
export class Rejections {
  readonly #all: RowRejection[] = [];

  number(why: RowRejection): number {
    const at = this.#all.findIndex(each => each.code === why.code && each.reason === why.reason);
    if (at >= 0) return at + 1;
    // Reasons name functions and rules, never values, so there are few.
    assert(this.#all.length < 65_535, 'too many different reasons to reject a row');
    return this.#all.push(why);
  }

  of(number: number): RowRejection {
    return this.#all[number - 1];
  }
}
