import { assert } from '../base/assert.ts';
import type { Expression } from '../contract/expression.ts';
import type { RowProgram } from '../contract/operator.ts';
import { type Field, fieldOf, type Schema, type Type } from '../contract/types.ts';

/** How a value is held in a generated loop, and what stands for null there. */
export type Holding =
  /** f64, NaN is null. */
  | 'number'
  /** 0, 1, and 2 for null. */
  | 'bool'
  /** A JavaScript string or null; in a column, ids of a dictionary, −1 for null. */
  | 'text'
  /** Lists and records: a RowValue. */
  | 'other';

export function holdingOf(type: Type): Holding {
  switch (type.kind) {
    case 'int':
    case 'float':
    case 'timestamp':
    case 'date':
    case 'duration':
      return 'number';
    case 'bool':
      return 'bool';
    case 'string':
    case 'enum':
    case 'secret':
      return 'text';
    default:
      return 'other';
  }
}

/** A column the loops read or write: one of the input's (or a part of a record of it), or one an assignment makes. */
export interface Slot {
  readonly type: Type;
  /** The input column, then the places of record parts inside it; null for one that is made. */
  readonly path: readonly number[] | null;
  /** For a made one that depends on one text column of the input alone: its definition over that slot. */
  readonly lifted: Expression | null;
}

/** Statements of a chain of row programs, in order. Columns in expressions are slot numbers. */
export type Statement =
  | { readonly kind: 'filter'; readonly value: Expression }
  | { readonly kind: 'assign'; readonly slot: number; readonly value: Expression };

export interface ProgramTree {
  readonly slots: readonly Slot[];
  readonly statements: readonly Statement[];
  readonly output: readonly { readonly field: Field; readonly slot: number }[];
}

/** Neighbouring row programs as one: names resolved to slots, renamings gone, record parts of the input made columns. */
export function programTree(programs: readonly RowProgram[], input: Schema): ProgramTree {
  const slots: Slot[] = [];
  const statements: Statement[] = [];
  const byPath = new Map<string, number>();
  const inputSlot = (path: readonly number[], type: Type): number => {
    const key = path.join('.');
    let slot = byPath.get(key);
    if (slot === undefined) byPath.set(key, (slot = slots.push({ path, type, lifted: null }) - 1));
    return slot;
  };
  let scope = new Map(input.fields.map((field, i) => [field.name, { field, slot: inputSlot([i], field.type) }]));

  const resolve = (expression: Expression): Expression => {
    switch (expression.op) {
      case 'literal':
      case 'item':
        return expression;
      case 'column': {
        const found = scope.get(expression.name);
        assert(found !== undefined, `an expression names the column ${expression.name}, which is not there`);
        return { ...expression, name: String(found.slot) };
      }
      case 'call': {
        const args = expression.args.map(resolve);
        return recordPart({ ...expression, args }) ?? { ...expression, args };
      }
    }
  };
  const recordPart = (call: Expression & { op: 'call' }): Expression | null => {
    const [of, name] = call.args;
    if (call.fn !== 'field' || of.op !== 'column' || name.op !== 'literal') return null;
    const { path, type } = slots[Number(of.name)];
    if (path === null || type.kind !== 'record') return null;
    const at = type.fields.findIndex(field => field.name === name.value);
    assert(at >= 0, `a record has no field ${name.value}`);
    const slot = inputSlot([...path, at], type.fields[at].type);
    return { op: 'column', type: call.type, nullable: call.nullable, name: String(slot) };
  };
  const assign = (name: string, value: Expression): void => {
    const resolved = resolve(value);
    const renamed = resolved.op === 'column';
    const lifted = renamed ? null : liftOf(resolved, slots);
    const slot = renamed
      ? Number(resolved.name)
      : slots.push({ path: null, type: value.type, lifted: lifted?.definition ?? null }) - 1;
    const source = value.op === 'column' ? scope.get(value.name)?.field : undefined;
    scope.set(name, { field: { ...source, name, type: value.type, nullable: value.nullable }, slot });
    if (!renamed) statements.push({ kind: 'assign', slot, value: resolved });
  };
  for (const program of programs) {
    if (program.filter !== undefined) statements.push({ kind: 'filter', value: resolve(program.filter) });
    for (const { name, value } of program.assign ?? []) assign(name, value);
    if (program.keep !== undefined) {
      scope = new Map(
        program.keep.map(name => {
          const found = scope.get(name);
          assert(found !== undefined, `no column ${name} to keep`);
          return [name, found];
        }),
      );
    }
  }
  return { slots, statements, output: [...scope.values()] };
}

/** An expression that depends on one text column of the input alone, as an expression over that slot. */
export interface Lift {
  readonly slot: number;
  readonly definition: Expression;
}

export function liftOf(expression: Expression, slots: readonly Slot[]): Lift | null {
  if (expression.op !== 'call') return null;
  const roots = new Set<number>();
  const expand = (each: Expression): Expression => {
    if (each.op === 'column') {
      const at = Number(each.name);
      const { lifted, path, type } = slots[at];
      if (lifted !== null) return expand(lifted);
      roots.add(path !== null && holdingOf(type) === 'text' ? at : -1);
      return each;
    }
    return each.op === 'call' ? { ...each, args: each.args.map(expand) } : each;
  };
  const definition = expand(expression);
  const [slot] = roots;
  return roots.size === 1 && slot >= 0 && nodesIn(definition) <= 10_000 ? { slot, definition } : null;
}

export function nodesIn(expression: Expression): number {
  return expression.op === 'call' ? expression.args.reduce((sum, each) => sum + nodesIn(each), 1) : 1;
}

/** Slots an expression reads, each once, in order of first mention. */
export function slotsIn(expression: Expression): readonly number[] {
  const found = new Set<number>();
  const visit = (each: Expression): void => {
    if (each.op === 'column') found.add(Number(each.name));
    else if (each.op === 'call') each.args.forEach(visit);
  };
  visit(expression);
  return [...found];
}

/** The schema a chain of row programs gives; `declared` fields of the same name and type keep their annotations. */
export function outputSchema(tree: ProgramTree, declared?: Schema): Schema {
  return { fields: tree.output.map(({ field }) => (declared && fieldOf(declared, field.name)) ?? field) };
}

/**
 * The output schema with the types of passed-on feature matrices as the batch has them: how wide one is is learned, so a
 * plan made before the training does not know its names.
 */
export function learnedWidths(tree: ProgramTree, output: Schema, batch: Schema): Schema {
  if (output.fields.every(field => field.type.kind !== 'features')) return output;
  const fields = tree.output.map(({ slot }, index) => {
    const declared = output.fields[index];
    const { path } = tree.slots[slot];
    const passed = declared.type.kind === 'features' && path?.length === 1 ? batch.fields[path[0]] : undefined;
    return passed === undefined ? declared : { ...declared, type: passed.type };
  });
  return { fields };
}
