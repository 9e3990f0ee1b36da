import { compileExpression } from '../../engine/columnar/compile-program.ts';
import { scalarFunctions } from '../../engine/columnar/functions/all.ts';
import type { Batch, Column } from '../../engine/contract/batch.ts';
import type { AggregateAssignment } from '../../engine/contract/expression.ts';
import type { Field, Schema } from '../../engine/contract/types.ts';
import { groupError, type Results } from './grouping.ts';

/** What stands around the aggregates of each assignment: `sum(x) / count()` is a division over two results, `$0` and `$1`. */
export class Finishing {
  readonly #steps: readonly ((columns: readonly Column[], rows: number) => Column)[];
  readonly #output: Schema;

  constructor(block: readonly AggregateAssignment[], keys: readonly Field[], output: Schema) {
    this.#output = output;
    this.#steps = block.map(({ name, calls, value }) => {
      if (value.op === 'column' && value.name === '$0') return columns => columns[keys.length];
      const schema: Schema = {
        fields: [...keys, ...calls.map(({ type, nullable }, i): Field => ({ name: `$${i}`, type, nullable }))],
      };
      const compiled = compileExpression(value, schema, scalarFunctions());
      return (columns, rows) =>
        compiled.run({ schema, rows, columns }, (_, why) => {
          throw groupError(name, why.code, why.reason);
        });
    });
  }

  /** Throws RowError where a group has no value. */
  batchOf(keyColumns: readonly Column[], results: Results, rows: number): Batch {
    const made = this.#steps.map((step, a) => step([...keyColumns, ...results[a]], rows));
    return { schema: this.#output, rows, columns: [...keyColumns, ...made] };
  }
}
