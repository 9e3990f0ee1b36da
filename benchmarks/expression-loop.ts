import { createRequire } from 'node:module';
import { seededRng } from '../src/engine/base/rng.ts';
import { compileProgram } from '../src/engine/columnar/compile-program.ts';
import { scalarFunctions } from '../src/engine/columnar/functions/all.ts';
import { interpretProgram } from '../src/engine/columnar/interpret-program.ts';
import { batchFromRows, rowsOfBatch } from '../src/engine/columnar/rows.ts';
import type { Expression } from '../src/engine/contract/expression.ts';
import type { Schema } from '../src/engine/contract/types.ts';
import { type BenchmarkResult, median, tell } from './report.ts';

/**
 * Question: how much faster does a filter and three assignments run as one generated loop than row by row through the
 * interpreter that says what they mean?
 *
 * Guards against: a kernel that closes over module state (5× slower), a loop that V8 gives up on, an object per row. The goal
 * is 10×. 8,192 rows, because that is a batch of a bounded flow; three floats, an int and a text of 40 values, a tenth of
 * them null, because that is what encounter records look like. The interpreter gets its rows as ready objects, for free.
 */
const ROWS = 8192;
const ROUNDS = 5;

/** The part of benchmark.js used here, which has no types of its own. */
interface Bench {
  run(): Bench;
  readonly stats: { readonly sample: readonly number[] };
}
type BenchClass = new (options: { name: string; fn: () => void; minSamples: number; maxTime: number }) => Bench;
const Benchmark = createRequire(import.meta.url)('benchmark') as BenchClass;

const schema: Schema = {
  fields: [
    { name: 'kg', type: { kind: 'float' }, nullable: true },
    { name: 'm', type: { kind: 'float' }, nullable: true },
    { name: 'age', type: { kind: 'int' }, nullable: false },
    { name: 'code', type: { kind: 'string' }, nullable: true },
  ],
};

export async function run(): Promise<BenchmarkResult> {
  const functions = scalarFunctions();
  const call = (fn: string, ...args: Expression[]): Expression => {
    const result = functions.get(fn)?.signature(args);
    if (result === undefined || 'argument' in result) throw new Error(`no call ${fn}`);
    return { op: 'call', fn, args, ...result };
  };
  const column = (name: string): Expression => {
    const field = schema.fields.find(each => each.name === name) ?? {
      type: { kind: 'float' } as const,
      nullable: true,
    };
    return { op: 'column', name, type: field.type, nullable: field.nullable };
  };
  const float = (value: number): Expression => ({ op: 'literal', type: { kind: 'float' }, nullable: false, value });
  const text = (value: string): Expression => ({ op: 'literal', type: { kind: 'string' }, nullable: false, value });
  const chain = [
    { filter: call('gt', column('age'), float(17)) },
    {
      assign: [
        { name: 'bmi', value: call('div', column('kg'), call('mul', column('m'), column('m'))) },
        {
          name: 'risk',
          value: call(
            'min',
            call('add', call('mul', column('age'), float(0.01)), call('abs', call('sub', column('bmi'), float(22)))),
            float(9),
          ),
        },
        {
          name: 'heart',
          value: call('or', call('starts_with', column('code'), text('4')), call('eq', column('code'), text('785'))),
        },
      ],
    },
  ];
  const rng = seededRng(1);
  const sometimes = <T>(value: T): T | null => (rng.next() < 0.1 ? null : value);
  const rows = Array.from({ length: ROWS }, () => ({
    kg: sometimes(40 + rng.next() * 80),
    m: sometimes(1.4 + rng.next() * 0.6),
    age: rng.below(95),
    code: sometimes(String(380 + 13 * rng.below(40))),
  }));
  const batch = batchFromRows(schema, rows);
  const program = compileProgram(chain, schema, functions);
  const wanted = rows.flatMap(row => interpretProgram(chain, row, functions) ?? []);
  const actual = rowsOfBatch(program.run(batch, () => {}));
  if (JSON.stringify(actual) !== JSON.stringify(wanted)) throw new Error('the loop and the interpreter disagree');

  let kept = 0;
  const loop = (): void => {
    kept += program.run(batch, () => {}).rows;
  };
  const interpreter = (): void => {
    for (const row of rows) if (interpretProgram(chain, row, functions) !== null) kept += 1;
  };
  const samples: { loop: number[]; interpreter: number[] } = { loop: [], interpreter: [] };
  for (let round = 0; round < ROUNDS; round++) {
    samples.loop.push(...timed('generated loop', loop));
    samples.interpreter.push(...timed('interpreter', interpreter));
  }
  if (kept === 0) throw new Error('nothing ran');
  const loopNs = nsPerRow(samples.loop);
  const interpreterNs = nsPerRow(samples.interpreter);
  return {
    name: 'expression-loop',
    question: 'a filter and three assignments as one generated loop',
    medians: { loop: { value: loopNs, unit: 'ns/row' }, interpreter: { value: interpreterNs, unit: 'ns/row' } },
    ratios: [{ against: 'interpreter', ratio: interpreterNs / loopNs, gate: 10 }],
  };
}

/** Seconds per call, several samples of many calls each. */
function timed(name: string, fn: () => void): readonly number[] {
  return new Benchmark({ name, fn, minSamples: 5, maxTime: 0.5 }).run().stats.sample;
}

function nsPerRow(seconds: readonly number[]): number {
  return (median(seconds) * 1e9) / ROWS;
}

if (import.meta.main) tell(await run());
