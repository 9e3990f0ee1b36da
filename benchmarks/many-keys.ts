import { builtinCatalog } from '../src/cli/catalog.ts';
import { evaluator } from '../src/cli/load-catalog.ts';
import { createDictionary } from '../src/engine/columnar/dictionary.ts';
import type { Batch } from '../src/engine/contract/batch.ts';
import type { AggregateAssignment } from '../src/engine/contract/expression.ts';
import type { OperatorContext } from '../src/engine/contract/operator.ts';
import type { Field, Schema } from '../src/engine/contract/types.ts';
import { operatorCatalog } from '../src/engine/runtime/catalog-module.ts';
import { createStateStore } from '../src/engine/state/state-store.ts';
import { type BenchmarkResult, tell } from './report.ts';

/**
 * Question: what does a keyed aggregate on a stream take for ten million keys of one task, in memory and in time, first when all of them are
 * new and then when they come again? And how long does the state take to be made again from its changelog?
 *
 * Guards against: a JavaScript Map or array that ends at 2^24 entries, a table that is copied more and more often, texts kept twice, a
 * commit that scans all keys. The goals are 200 bytes a key, deltas aside, and 0.3 M rows in a second of CPU, with a delta taken after each batch. Keys are
 * texts of 12 letters, as identifiers of patients are; two figures, so three numbers a key; batches of 8,192 rows with a dictionary of
 * their own, as decoders make them. Each key comes twice, in another order the second time: the caches do not help then.
 * MANY_KEYS sets another number of keys.
 */
const KEYS = Number(process.env['MANY_KEYS'] ?? 10_000_000);
const BATCH_ROWS = 8_192;

const who: Field = { name: 'who', type: { kind: 'string' }, nullable: false };
const days: Field = { name: 'days', type: { kind: 'int' }, nullable: false };
const input: Schema = { fields: [who, days] };
const n: Field = { name: 'n', type: { kind: 'int' }, nullable: false };
const column = { op: 'column', type: days.type, nullable: false, name: 'days' } as const;
const result = (name: string, type: Field['type']) =>
  ({ name, value: { op: 'column', type, nullable: false, name: '$0' } }) as const;
const block: readonly AggregateAssignment[] = [
  { ...result('n', n.type), calls: [{ fn: 'count', args: [], type: n.type, nullable: false }] },
  {
    ...result('mean', { kind: 'float' }),
    calls: [{ fn: 'mean', args: [column], type: { kind: 'float' }, nullable: false }],
  },
];
const output: Schema = { fields: [who, n, { name: 'mean', type: { kind: 'float' }, nullable: false }] };

/** Rows of the keys `place(from)`, `place(from + 1)` …; `into` keeps nothing of them. */
function batchOf(from: number, place: (i: number) => number): Batch {
  const rows = Math.min(BATCH_ROWS, KEYS - from);
  const dictionary = createDictionary();
  const ids = new Int32Array(rows);
  const text = new Uint8Array(12).fill(48);
  for (let row = 0; row < rows; row++) {
    for (let rest = place(from + row), at = 11; at > 1; at--) {
      text[at] = 48 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    ids[row] = dictionary.internBytes(text, 0, text.length);
  }
  const values = new Float64Array(rows).fill(3);
  return {
    schema: input,
    rows,
    columns: [
      { kind: 'string', ids, dictionary, validity: null },
      { kind: 'number', values, validity: null },
    ],
  };
}

export async function run(): Promise<BenchmarkResult> {
  const catalog = builtinCatalog();
  const execution = catalog.operators.get('aggregate')?.execution;
  if (execution?.mode !== 'rows') throw new Error('an operator of rows');
  const state = createStateStore();
  let rowsOut = 0;
  let highest = 0;
  const context: OperatorContext<never> = {
    params: { by: ['who'], block } as never,
    id: 'groups',
    input,
    output: () => output,
    bounded: false,
    state: { keyed: (name, key, slots) => state.keyed(`groups/${name}`, key, slots) },
    table: () => [],
    addedRows: () => [],
    values: () => [],
    prepared: null,
    now: () => 0,
    expired: () => {},
    reject: () => {
      throw new Error('a row was refused');
    },
    catalog: operatorCatalog(catalog, evaluator),
  };
  const operator = execution.create(context);
  const before = held();
  let deltaBytes = 0;
  let deltas: Uint8Array[] = [];
  const pass = (place: (i: number) => number, keep: boolean): number => {
    let spent = 0;
    for (let from = 0; from < KEYS; from += BATCH_ROWS) {
      const batch = batchOf(from, place);
      const started = process.cpuUsage();
      operator.onBatch(batch, made => {
        rowsOut += made.rows;
        const counts = made.columns[1];
        if (counts.kind === 'number') highest = Math.max(highest, counts.values[made.rows - 1]);
      });
      const delta = state.takeDelta();
      spent += secondsSince(started);
      for (const one of delta) deltaBytes += one.length;
      if (keep) deltas.push(...delta);
    }
    return spent;
  };
  const first = pass(i => i, false);
  const perKey = (held() - before) / KEYS;
  // A step that is prime to the number of keys goes to each of them once.
  const step = 7_654_321;
  const second = pass(i => (i * step) % KEYS, true);
  if (rowsOut !== 2 * KEYS || state.keys !== KEYS || highest !== 2) throw new Error('rows or keys were lost');
  const started = process.cpuUsage();
  const again = createStateStore();
  for (const delta of deltas) again.applyDelta(delta);
  const restore = secondsSince(started);
  if (again.keys !== KEYS) throw new Error('keys were lost in the changelog');
  deltas = [];
  return {
    name: 'many-keys',
    question: 'what does a keyed aggregate take for ten million keys of one task?',
    medians: {
      'keys of one task': { value: KEYS / 1e6, unit: 'M' },
      'memory, all in': { value: perKey, unit: 'bytes a key' },
      'table by its own count': { value: (state.tables.get('groups/groups')?.bytes ?? 0) / KEYS, unit: 'bytes a key' },
      changelog: { value: deltaBytes / 2 / KEYS, unit: 'bytes a row' },
      'new keys': { value: KEYS / 1e6 / first, unit: 'M rows a CPU second' },
      'known keys, in no order': { value: KEYS / 1e6 / second, unit: 'M rows a CPU second' },
      'restore from the changelog': { value: KEYS / 1e6 / restore, unit: 'M keys a CPU second' },
    },
    ratios: [
      { against: '200 bytes a key', ratio: 200 / perKey, gate: 1 },
      { against: '0.3 M rows a CPU second', ratio: KEYS / 1e6 / Math.max(first, second) / 0.3, gate: 1 },
    ],
  };
}

function secondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

/** Bytes that live on, on the heap and beside it. */
function held(): number {
  (globalThis as { gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

if (import.meta.main) tell(await run());
