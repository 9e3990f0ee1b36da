import { existsSync, writeFileSync } from 'node:fs';
import { builtinFormats, builtinSinks, builtinSources } from '../../../../src/connectors/all.ts';
import { scalarFunctions } from '../../../../src/engine/columnar/functions/all.ts';
import { batchFromRows } from '../../../../src/engine/columnar/rows.ts';
import { sliceRows } from '../../../../src/engine/columnar/take.ts';
import type { Catalog } from '../../../../src/engine/contract/catalog.ts';
import { defineSource, type SourceDefinition } from '../../../../src/engine/contract/connector.ts';
import { defineLearner, type LearnerDefinition } from '../../../../src/engine/contract/learner.ts';
import { defineOperator, type OperatorDefinition } from '../../../../src/engine/contract/operator.ts';
import { optional, required } from '../../../../src/engine/contract/parameter.ts';
import { builtinOperators } from '../../../../src/operators/all.ts';

/** `splits` splits of `rows` rows each: `n` counts up over all, `k` = `n % 10`, `who` a text of 50. */
export const numbersSource = defineSource({
  name: 'numbers',
  summary: 'Numbered rows.',
  options: {
    splits: required('int', 'How many.'),
    rows: required('int', 'Of each.'),
  },
  examples: [],
  nature: 'bounded',
  async splits({ options }) {
    return Array.from({ length: options.splits }, (_, i) => ({
      name: `numbers ${i}`,
      hash: `${i} of ${options.rows}`,
      size: options.rows,
    }));
  },
  open({ options, schema }, split) {
    const index = Number(split.name.split(' ')[1]);
    return {
      kind: 'batches',
      *batches(skip, batchRows) {
        for (let from = skip; from < options.rows; from += batchRows) {
          const count = Math.min(batchRows, options.rows - from);
          yield batchFromRows(
            schema,
            Array.from({ length: count }, (_, i) => {
              const n = index * options.rows + from + i;
              return { n, k: n % 10, who: `p${n % 50}` };
            }),
          );
        }
      },
    };
  },
});

/** Rows so far and their sum by key, as they come. */
export const runningSum = defineOperator({
  name: 'running_sum',
  summary: 'Count and sum by key.',
  params: { by: required('column', 'Key.'), of: required('column', 'Summed.') },
  examples: [],
  check: ({ input }) => ({ out: input }),
  execution: {
    mode: 'rows',
    placement: params => ({ kind: 'key', columns: [params.by] }),
    create({ params, input, output, state }) {
      const field = input.fields.find(one => one.name === params.by);
      if (field === undefined) throw new Error('no key');
      const table = state.keyed(
        'sums',
        [field],
        [
          { name: 'count', kind: 'f64', initial: 0 },
          { name: 'sum', kind: 'f64', initial: 0 },
        ],
      );
      const at = input.fields.findIndex(one => one.name === params.of);
      const key = input.fields.indexOf(field);
      return {
        onBatch(batch, emit) {
          const ids = table.keysOf(batch);
          const counts = table.slot('count');
          const sums = table.slot('sum');
          const column = batch.columns[at];
          if (column.kind !== 'number') throw new Error('a number');
          const outCount = new Float64Array(batch.rows);
          const outSum = new Float64Array(batch.rows);
          for (let row = 0; row < batch.rows; row++) {
            outCount[row] = counts[ids[row]] += 1;
            outSum[row] = sums[ids[row]] += column.values[row];
          }
          emit({
            schema: output(),
            rows: batch.rows,
            columns: [
              batch.columns[key],
              { kind: 'number', values: outCount, validity: null },
              { kind: 'number', values: outSum, validity: null },
            ],
          });
        },
      };
    },
  },
});

/** Passes rows on, and counts them by a column that does not place them; by none, all of a task's. */
export const countApart = defineOperator({
  name: 'count_apart',
  summary: 'Keeps state by another key than rows come by.',
  params: { by: optional('column', 'Key of the state.') },
  examples: [],
  check: ({ input }) => ({ out: input }),
  execution: {
    mode: 'rows',
    placement: () => ({ kind: 'rows' }),
    create({ params, input, state }) {
      const key = input.fields.filter(field => field.name === params.by);
      const table = state.keyed('apart', key, [{ name: 'rows', kind: 'f64', initial: 0 }]);
      return {
        onBatch(batch, emit) {
          const ids = table.keysOf(batch);
          const rows = table.slot('rows');
          for (const id of ids) rows[id] += 1;
          emit(batch);
        },
      };
    },
  },
});

/** Fails on every row whose column has a value, as an operator with a bug does. */
export const failOn = defineOperator({
  name: 'fail_on',
  summary: 'Fails on a value.',
  params: { column: required('column', 'Which.'), value: required('int', 'Fails on it.') },
  examples: [],
  check: ({ input }) => ({ out: input }),
  execution: {
    mode: 'rows',
    placement: () => ({ kind: 'rows' }),
    create({ params, input }) {
      const at = input.fields.findIndex(one => one.name === params.column);
      return {
        onBatch(batch, emit) {
          const column = batch.columns[at];
          if (column.kind !== 'number') throw new Error('a number');
          const bad = column.values.subarray(0, batch.rows).indexOf(params.value);
          if (bad >= 0) {
            // What came out before the failure must not stay.
            if (bad > 0) emit(sliceRows(batch, 0, bad));
            throw new TypeError(`cannot read secret-value-${params.value}`);
          }
          emit(batch);
        },
      };
    },
  },
});

/** Ends its worker on a value, the first time. */
export const crashOnce = defineOperator({
  name: 'crash_once',
  summary: 'Ends its worker.',
  params: {
    column: required('column', 'Which.'),
    value: required('int', 'On it.'),
    marker: required('string', 'A file that says it has happened.'),
  },
  examples: [],
  check: ({ input }) => ({ out: input }),
  execution: {
    mode: 'rows',
    placement: () => ({ kind: 'rows' }),
    create({ params, input }) {
      const at = input.fields.findIndex(one => one.name === params.column);
      return {
        onBatch(batch, emit) {
          const column = batch.columns[at];
          if (column.kind !== 'number') throw new Error('a number');
          const isHere = column.values.subarray(0, batch.rows).includes(params.value);
          if (isHere && !existsSync(params.marker)) {
            writeFileSync(params.marker, '');
            process.exit(9);
          }
          emit(batch);
        },
      };
    },
  },
});

/** Lets no row through, nor its worker go, while there is a file. */
export const blockWhile = defineOperator({
  name: 'block_while',
  summary: 'Blocks its worker.',
  params: { marker: required('string', 'A file; beside it one is made that says it has been reached.') },
  examples: [],
  check: ({ input }) => ({ out: input }),
  execution: {
    mode: 'rows',
    placement: () => ({ kind: 'rows' }),
    create: ({ params }) => ({
      onBatch(batch, emit) {
        if (existsSync(params.marker)) writeFileSync(`${params.marker}.reached`, '');
        while (existsSync(params.marker)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
        emit(batch);
      },
    }),
  },
});

/** Takes memory until there is none left: by small objects, since one of over 16 MiB ends the process, not the worker. */
export const eatMemory = defineOperator({
  name: 'eat_memory',
  summary: 'Takes memory.',
  params: { column: required('column', 'Which.') },
  examples: [],
  check: ({ input }) => ({ out: input }),
  execution: {
    mode: 'rows',
    placement: () => ({ kind: 'rows' }),
    create() {
      let eaten: object | null = null;
      return {
        onBatch() {
          for (;;) eaten = { before: eaten };
        },
      };
    },
  },
});

/** Refuses rows whose column has a value. */
export const refuse = defineOperator({
  name: 'refuse',
  summary: 'Refuses a value.',
  params: { column: required('column', 'Which.'), value: required('int', 'Refused.') },
  examples: [],
  check: ({ input }) => ({ out: input }),
  execution: {
    mode: 'rows',
    placement: () => ({ kind: 'rows' }),
    create({ params, input, reject }) {
      const at = input.fields.findIndex(one => one.name === params.column);
      return {
        onBatch(batch, emit) {
          const column = batch.columns[at];
          if (column.kind !== 'number') throw new Error('a number');
          for (let row = 0; row < batch.rows; row++) {
            if (column.values[row] === params.value) reject(batch, row, { code: 'T001', reason: 'not wanted' });
          }
          emit(batch);
        },
      };
    },
  },
});

/** Sum of a column of all rows, in order. */
export const sumOf = defineOperator({
  name: 'sum_of',
  summary: 'A sum as a value.',
  params: { column: required('column', 'Which.') },
  examples: [],
  check: () => ({ out: { kind: 'report', metrics: ['sum'] } }),
  execution: {
    mode: 'value',
    create({ params, input }) {
      const at = input.fields.findIndex(one => one.name === params.column);
      let sum = 0;
      let rows = 0;
      return {
        onBatch(batch) {
          const column = batch.columns[at];
          if (column.kind !== 'number') throw new Error('a number');
          for (let row = 0; row < batch.rows; row++) sum = sum * 0.5 + column.values[row];
          rows += batch.rows;
        },
        finish: () => ({ json: { metrics: { sum, rows } }, bytes: {} }),
      };
    },
  },
});

/** Adds `features`: the named columns as they are. */
export const asFeatures = defineOperator({
  name: 'as_features',
  summary: 'Columns as features.',
  params: { columns: required('columns', 'Which.') },
  examples: [],
  check: ({ input }) => ({ out: input }),
  execution: {
    mode: 'rows',
    placement: () => ({ kind: 'rows' }),
    create({ params, input }) {
      const at = params.columns.map(name => input.fields.findIndex(one => one.name === name));
      const schema = {
        fields: [
          ...input.fields,
          { name: 'features', type: { kind: 'features', names: params.columns } as const, nullable: false },
        ],
      };
      return {
        onBatch(batch, emit) {
          const columns = at.map(i => {
            const column = batch.columns[i];
            if (column.kind !== 'number') throw new Error('a number');
            return column.values;
          });
          emit({ schema, rows: batch.rows, columns: [...batch.columns, { kind: 'features', columns }] });
        },
      };
    },
  },
});

export const learn = defineOperator({
  name: 'learn',
  summary: 'Learns.',
  params: { learner: required('rule', 'Which.'), label: required('column', 'Label.') },
  examples: [],
  check: ({ input }) => ({ out: input }),
  execution: { mode: 'train', learner: 'learner' },
});

/** Mean of each feature where the label is 1, in `rounds` rounds; every message holds what came before. */
export const means = defineLearner({
  name: 'means',
  summary: 'Class means.',
  params: { rounds: required('int', 'Rounds.') },
  examples: [],
  multiclass: false,
  step(_params, _task, partition) {
    const sums = Float64Array.from(partition.features, values => {
      let sum = 0;
      for (let row = 0; row < partition.rows; row++) if (partition.labels[row] === 1) sum += values[row] / 3;
      return sum;
    });
    return {
      step(broadcast) {
        const before = broadcast as Float64Array | null;
        return sums.map((sum, i) => sum + (before === null ? 0 : before[i] * 0.1));
      },
    };
  },
  merge(params) {
    let round = 0;
    return {
      merge(answers) {
        const total = new Float64Array((answers[0] as Float64Array).length);
        for (const answer of answers as Float64Array[]) for (let i = 0; i < total.length; i++) total[i] += answer[i];
        round += 1;
        if (round < params.rounds) return { broadcast: total };
        const warnings = round === 1 ? [{ code: 'R348', message: 'one round is few' }] : [];
        const bytes = { means: new Uint8Array(total.buffer) };
        return { done: { learned: null, bytes, history: { round: [round] }, warnings } };
      },
      progress: () => ({ round, rounds: params.rounds, metric: null }),
    };
  },
  scorer: () => {
    throw new Error('scores nothing');
  },
});

const operators: readonly OperatorDefinition[] = [
  countApart as OperatorDefinition,
  runningSum,
  failOn,
  crashOnce,
  blockWhile,
  eatMemory,
  refuse,
  sumOf,
  asFeatures,
  learn,
];
const sources: readonly SourceDefinition[] = [numbersSource];
const learners: readonly LearnerDefinition[] = [means];

const byName = <T extends { readonly name: string }>(all: readonly T[]) => all.map(one => [one.name, one] as const);

/** Built-in definitions and those above; imported by path in workers too. */
export async function loadCatalog(): Promise<Catalog> {
  return {
    operators: new Map([...builtinOperators(), ...byName(operators)]),
    sources: new Map([...builtinSources(), ...byName(sources)]),
    sinks: builtinSinks(),
    formats: builtinFormats(),
    learners: new Map(byName(learners)),
    functions: scalarFunctions(),
    aggregates: new Map(),
  };
}
