import { OperationalError } from '../engine/base/operational-error.ts';
import { aggregateFunctions } from '../engine/columnar/aggregates/all.ts';
import { columnOf } from '../engine/columnar/take.ts';
import type { Batch } from '../engine/contract/batch.ts';
import type { AggregateAssignment } from '../engine/contract/expression.ts';
import { RowError } from '../engine/contract/function.ts';
import { defineOperator, type Emit } from '../engine/contract/operator.ts';
import { optional } from '../engine/contract/parameter.ts';
import { type Field, fieldOf, PLAIN_KINDS, type Schema } from '../engine/contract/types.ts';
import { runningOf } from './support/aggregate-calls.ts';
import { emitCut } from './support/emit-cut.ts';
import { Finishing } from './support/finish-groups.ts';
import { groupSlots } from './support/group-slots.ts';
import { GROUPS, Grouping, sliceTaken, type Taken } from './support/grouping.ts';
import { columnsOf, rowsInput, taints, withFields } from './support/schema.ts';

export const aggregate = defineOperator({
  name: 'aggregate',
  summary: 'One row per group: its key and what the aggregates say of its rows.',
  details: `Of rows that end, each group gives one row, in the order in which groups were first seen; a null key is a group of its own. Without \`by:\` all rows are one group; no rows give no row.

Of rows that never end, each row in gives one row out: its group as it stands with that row. Aggregates that need all values of a group (\`median\`, \`quantile\`) cannot be had there.

A sum of ints that cannot be held exactly is never rounded. Of rows that end it stops the run (R410), for no one row is at fault; of rows that never end the row that would make it is refused, and its group stays as it was.

With \`ttl:\` a group is forgotten once no row has come for it for that long, by the clock of the machine (processing time). A row that comes later finds its group as it was at first, whether it had been taken away by then or not. Groups are taken away by and by as rows come, a bounded number with each batch; the run's summary counts them.

Aggregates skip nulls; of none, \`count\` and \`sum\` give 0, the others null.`,
  params: {
    by: optional('columns', 'Columns whose values make a group.', { types: PLAIN_KINDS }),
    ttl: optional('duration', 'Of rows that never end: a group that no row touches for so long is forgotten.', {
      min: 1_000,
    }),
  },
  block: { kind: 'aggregates', doc: 'Fields of a group: aggregates, and expressions over them.' },
  examples: [
    {
      title: 'Stays by ward',
      flow: 'aggregate by: ward { stays = count(), days = sum(days), mean_days = mean(days) }',
      schema: 'ward: string, days: int',
      input: [
        { ward: 'B', days: 2 },
        { ward: 'A', days: 5 },
        { ward: 'B', days: 4 },
      ],
      output: [
        { ward: 'B', stays: 2, days: 6, mean_days: 3 },
        { ward: 'A', stays: 1, days: 5, mean_days: 5 },
      ],
    },
    {
      title: 'Counts of patients seen within the last 30 days, of rows that never end',
      flow: 'aggregate by: patient, ttl: 30d { seen = count() }',
      setup: 'schema Visit { patient: string @entity @phi }\nsource visits = topic("visits") { schema: Visit }',
      from: 'visits',
    },
    {
      title: 'A share of all rows',
      flow: 'aggregate { share = sum(if(late, 1, 0)) / count() }',
      schema: 'late: bool',
      input: [{ late: true }, { late: false }, { late: false }, { late: true }],
      output: [{ share: 0.5 }],
    },
  ],
  check({ input, params, report }) {
    const rows = rowsInput(input);
    const by = params.by ?? [];
    const keys = by.flatMap(name => fieldOf(rows.schema, name) ?? []);
    params.block.forEach((assignment, entry) => {
      if (by.includes(assignment.name)) report('E210', `block.${entry}`, { name: assignment.name });
      if (rows.bounded) return;
      for (const call of assignment.calls) {
        if (runningOf(call, aggregateFunctions()) !== null) continue;
        report('E405', `block.${entry}`, {
          stage: 'aggregate',
          reason: `\`${call.fn}\` needs every value of a group`,
          hint: 'Take one that goes along with the rows, such as `mean`, `min`, `max` or `last`; or aggregate rows that end.',
        });
      }
    });
    if (params.ttl !== undefined && rows.bounded) report('E407', 'ttl', { reason: 'these rows end' });
    else if (params.ttl !== undefined && by.length === 0)
      report('E407', 'ttl', { reason: 'without `by:` there is one group' });
    return { out: withFields(rows, [...keys, ...params.block.map(one => madeField(one, rows.schema))]) };
  },
  reads: params => [
    ...(params.by ?? []),
    ...columnsOf(params.block.flatMap(({ calls, value }) => [value, ...calls.flatMap(call => call.args)])),
  ],
  execution: {
    mode: 'rows',
    placement: params => {
      const columns = params.by ?? [];
      return columns.length > 0 ? { kind: 'key', columns } : { kind: 'single' };
    },
    state: (params, input) => [
      { name: GROUPS, key: keyFields(params.by, input), slots: groupSlots(params.block, input, params.ttl) },
    ],
    processingTime: params => params.ttl !== undefined,
    create(context) {
      const { params, input, bounded } = context;
      const keys = keyFields(params.by, input);
      const grouping = new Grouping(context, keys, params.block, params.ttl);
      const finishing = new Finishing(params.block, keys, context.output());
      const each = (taken: Taken, emit: Emit): void => {
        const { rows } = taken;
        if (rows.rows === 0) return;
        const made = orRefusal(() =>
          grouping.addEach(taken, results => finishing.batchOf(keyColumnsOf(rows, keys), results, rows.rows)),
        );
        if (!(made instanceof RowError)) emit(made);
        else if (rows.rows === 1) context.reject(rows, 0, { code: made.code, reason: made.message });
        else {
          each(sliceTaken(taken, 0, rows.rows >> 1), emit);
          each(sliceTaken(taken, rows.rows >> 1, rows.rows), emit);
        }
      };
      return {
        onBatch(batch, emit) {
          if (batch.rows === 0) return;
          const taken = grouping.taken(batch);
          if (bounded) grouping.add(taken);
          else {
            each(taken, emit);
            grouping.sweep(batch.rows);
          }
        },
        onEnd(emit) {
          if (!bounded) return;
          const made = orRefusal(() => {
            const { groups, keyColumns, results } = grouping.all();
            return groups === 0 ? null : finishing.batchOf(keyColumns, results, groups);
          });
          if (made instanceof RowError) throw stop(made, context.id);
          if (made !== null) emitCut(made, emit);
        },
      };
    },
  },
});

function keyFields(by: readonly string[] = [], input: Schema): readonly Field[] {
  return by.flatMap(name => fieldOf(input, name) ?? []);
}

function orRefusal<T>(make: () => T): T | RowError {
  try {
    return make();
  } catch (error) {
    if (error instanceof RowError) return error;
    throw error;
  }
}
/** Of a group of rows that end, no one row is at fault. */
function stop(why: RowError, id: string): OperationalError {
  return new OperationalError(why.code, `${id}: ${why.message}`, {
    operator: id,
    hint: 'compute it of floats, or leave out the rows that are too large by a `where` before',
  });
}

function keyColumnsOf(batch: Batch, keys: readonly Field[]) {
  return keys.map(field => columnOf(batch, field.name));
}

function madeField({ name, calls, value }: AggregateAssignment, schema: Schema): Field {
  const read = calls.filter(call => aggregateFunctions().get(call.fn)?.counts !== true).flatMap(call => call.args);
  return { name, type: value.type, nullable: value.nullable, ...taints(read, schema) };
}
