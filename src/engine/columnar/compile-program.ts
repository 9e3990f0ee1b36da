import { assert } from '../base/assert.ts';
import type { Batch, Column, Dictionary } from '../contract/batch.ts';
import type { Expression } from '../contract/expression.ts';
import type { RowProgram, RowRejection } from '../contract/operator.ts';
import type { Schema } from '../contract/types.ts';
import { columnWriter } from './column-writer.ts';
import { createDictionary, DICTIONARY_LIMIT } from './dictionary.ts';
import type { Functions } from './interpret.ts';
import { LoopCode, type Resource } from './loop-code.ts';
import { LoopRun, type SlotData } from './loop-run.ts';
import { boolNulls, idNulls, numberNulls } from './null-marks.ts';
import {
  holdingOf,
  learnedWidths,
  nodesIn,
  outputSchema,
  type ProgramTree,
  programTree,
  type Slot,
  type Statement,
} from './program-tree.ts';
import { Rejections } from './rejections.ts';
import { takeBytes, takeColumn, takeFloats, takeInts, takenOrigin } from './take.ts';

export type Reject = (row: number, why: RowRejection) => void;

/** A chain of row programs, ready to run over batches of its input schema. */
export interface CompiledProgram {
  readonly output: Schema;
  /**
   * The rows that pass every filter, in order. `reject` is told of each row (by its place in `batch`) that no value can be
   * computed for; such rows are not in the result. Batches share dictionaries over runs until those pass their limit.
   */
  run(batch: Batch, reject: Reject): Batch;
}

/** One expression over a batch: a column of as many rows, null in rows that are rejected. */
export interface CompiledExpression {
  run(batch: Batch, reject: Reject): Column;
}

/**
 * What turns checked expressions into something that runs over columns. Every back end gives what the row interpreter gives,
 * to the bit; which one runs is no part of a plan.
 */
export interface ExpressionBackend {
  readonly name: string;
  compileProgram(
    programs: readonly RowProgram[],
    input: Schema,
    functions: Functions,
    declared?: Schema,
  ): CompiledProgram;
  compileExpression(expression: Expression, input: Schema, functions: Functions): CompiledExpression;
}

/** Neighbouring `where`, `derive`, `select` as one loop of JavaScript. `declared`: the plan's output schema, for annotations. */
export function compileProgram(
  programs: readonly RowProgram[],
  input: Schema,
  functions: Functions,
  declared?: Schema,
): CompiledProgram {
  const tree = programTree(programs, input);
  const loops = new Loops(tree, functions);
  const output = outputSchema(tree, declared);
  return {
    output,
    run(batch, reject) {
      const done = loops.run(batch);
      if (done.failed) reportFailures(done.fail, loops.rejections, reject);
      const kept = done.count === batch.rows ? null : done.selection;
      // Two names may share a slot.
      const bySlot = new Map<number, Column>();
      for (const { slot } of tree.output) {
        if (!bySlot.has(slot)) bySlot.set(slot, finished(loops, done, slot, kept, done.count));
      }
      const columns = tree.output.map(({ slot }) => bySlot.get(slot) as Column);
      const schema = learnedWidths(tree, output, batch.schema);
      if (kept === null) return { ...batch, schema, columns };
      return { schema, rows: done.count, columns, ...takenOrigin(batch.origin, kept, done.count) };
    },
  };
}

/** One expression as one loop, for operators that compute on columns. */
export function compileExpression(expression: Expression, input: Schema, functions: Functions): CompiledExpression {
  const tree = programTree([{ assign: [{ name: 'value', value: expression }], keep: ['value'] }], input);
  const loops = new Loops(tree, functions);
  const [{ slot }] = tree.output;
  return {
    run(batch, reject) {
      const done = loops.run(batch);
      if (done.failed) {
        reportFailures(done.fail, loops.rejections, reject);
        clearRows(done.run.data(slot), done.fail);
      }
      return finished(loops, done, slot, null, batch.rows);
    },
  };
}

export const generatedLoops: ExpressionBackend = { name: 'generated-js', compileProgram, compileExpression };

interface Done {
  readonly run: LoopRun;
  readonly selection: Int32Array;
  readonly count: number;
  readonly fail: Uint16Array;
  readonly failed: boolean;
}
type Loop = (count: number, sel: Int32Array, fail: Uint16Array, r: readonly unknown[]) => number;

/** Past this many nodes a loop is cut in two: V8 optimises short functions far better than one of 50 fields. */
const MOST_NODES = 48;

class Loops {
  readonly rejections = new Rejections();
  readonly #tree: ProgramTree;
  readonly #loops: Loop[] = [];
  readonly #resources: Resource[] = [];
  /** Arrays used run after run; what leaves a run is a copy. */
  readonly #rooms: (SlotData | undefined)[] = [];
  #selection = new Int32Array(0);
  #fail = new Uint16Array(0);
  /** Of made text slots. */
  readonly #dictionaries: (Dictionary | null)[];

  constructor(tree: ProgramTree, functions: Functions) {
    this.#tree = tree;
    this.#dictionaries = tree.slots.map(() => null);
    const note = new Int32Array(1);
    for (const group of grouped(tree.statements)) {
      const code = new LoopCode(tree.slots, functions, this.rejections, this.#resources, note);
      for (const statement of group) {
        if (statement.kind === 'filter') code.filter(statement.value);
        else code.assign(statement.slot, statement.value, this.#dictionaryOf(statement.slot));
      }
      this.#loops.push(loopOf(code, this.#loops.length === 0));
    }
  }

  run(batch: Batch): Done {
    for (let slot = 0; slot < this.#dictionaries.length; slot++) {
      const held = this.#dictionaries[slot];
      if (held !== null && held.size >= DICTIONARY_LIMIT) this.#dictionaries[slot] = null;
    }
    for (const { slot } of this.#tree.statements.filter(isAssignment)) this.#dictionaryOf(slot)?.();
    const run = new LoopRun(batch, this.#tree.slots, this.#dictionaries, this.#rooms);
    if (this.#selection.length < batch.rows) {
      this.#selection = new Int32Array(batch.rows);
      this.#fail = new Uint16Array(batch.rows);
    }
    const selection = this.#selection;
    const fail = this.#fail.fill(0).subarray(0, batch.rows);
    const resources = this.#resources.map(resource => resource(run));
    let count = batch.rows;
    for (const loop of this.#loops) count = loop(count, selection, fail, resources);
    return { run, selection, count, fail, failed: count < batch.rows && anyFailed(fail) };
  }

  dictionary(slot: number): Dictionary {
    return (this.#dictionaries[slot] ??= createDictionary());
  }

  slot(slot: number): Slot {
    return this.#tree.slots[slot];
  }

  #dictionaryOf(slot: number): (() => Dictionary) | null {
    return holdingOf(this.#tree.slots[slot].type) === 'text' ? () => this.dictionary(slot) : null;
  }
}

function isAssignment(statement: Statement): statement is Statement & { kind: 'assign' } {
  return statement.kind === 'assign';
}

/** Statements in order, in loops of a bounded size. */
function grouped(statements: readonly Statement[]): Statement[][] {
  const groups: Statement[][] = [];
  let nodes = MOST_NODES;
  for (const statement of statements) {
    const own = nodesIn(statement.value);
    if (nodes + own > MOST_NODES) {
      groups.push([]);
      nodes = 0;
    }
    groups[groups.length - 1].push(statement);
    nodes += own;
  }
  return groups;
}

/** Rows in `sel[0, count)` (the first loop: all) in, those that passed out, in place. */
function loopOf(code: LoopCode, first: boolean): Loop {
  const body = `'use strict';
${code.header}
let n = 0;
for (let j = 0; j < count; j++) {
const i = ${first ? 'j' : 'sel[j]'};
${code.lines.join('\n')}
sel[n++] = i;
}
return n;`;
  const known = loopsByBody.get(body);
  if (known !== undefined) return known;
  const [oldest] = loopsByBody.keys();
  if (loopsByBody.size >= MOST_LOOPS_KEPT) loopsByBody.delete(oldest);
  const loop = new Function('count', 'sel', 'fail', 'r', body) as Loop;
  loopsByBody.set(body, loop);
  return loop;
}

/**
 * A loop reads nothing but its arguments, so equal text is an equal loop: tasks of one chain on one thread share it, and V8
 * optimises it once and not for each of them.
 */
const loopsByBody = new Map<string, Loop>();
const MOST_LOOPS_KEPT = 512;

function anyFailed(fail: Uint16Array): boolean {
  for (let row = 0; row < fail.length; row++) if (fail[row] !== 0) return true;
  return false;
}

function reportFailures(fail: Uint16Array, rejections: Rejections, reject: Reject): void {
  for (let row = 0; row < fail.length; row++) if (fail[row] !== 0) reject(row, rejections.of(fail[row]));
}

function clearRows(data: SlotData, fail: Uint16Array): void {
  for (let row = 0; row < fail.length; row++) {
    if (fail[row] === 0) continue;
    if (data instanceof Float64Array) data[row] = Number.NaN;
    else if (data instanceof Uint8Array) data[row] = 2;
    else if (data instanceof Int32Array) data[row] = -1;
    else data[row] = null;
  }
}

/** A slot as a column of the rows kept (null: all). */
function finished(loops: Loops, done: Done, at: number, kept: Int32Array | null, count: number): Column {
  const slot = loops.slot(at);
  if (slot.path !== null) {
    const column = done.run.column(at);
    return kept === null ? column : takeColumn(column, kept, count);
  }
  const data = done.run.data(at);
  if (data instanceof Float64Array) {
    const values = kept === null ? data.slice(0, count) : takeFloats(data, kept, count);
    return { kind: 'number', values, validity: numberNulls(values, count) };
  }
  if (data instanceof Uint8Array) {
    const values = kept === null ? data.slice(0, count) : takeBytes(data, kept, count);
    return { kind: 'bool', values, validity: boolNulls(values, count) };
  }
  if (data instanceof Int32Array) {
    const ids = kept === null ? data.slice(0, count) : takeInts(data, kept, count);
    return { kind: 'string', ids, dictionary: loops.dictionary(at), validity: idNulls(ids, count) };
  }
  assert(Array.isArray(data), 'made values are typed arrays or row values');
  const writer = columnWriter(slot.type);
  for (let i = 0; i < count; i++) writer.appendValue(data[kept === null ? i : kept[i]]);
  return writer.finish();
}
