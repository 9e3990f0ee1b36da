import { assert } from '../base/assert.ts';
import type { Dictionary } from '../contract/batch.ts';
import type { CallExpression, Expression } from '../contract/expression.ts';
import { RowError, type RowValue } from '../contract/function.ts';
import { ExpressionKeys } from './expression-keys.ts';
import { type Functions, interpretExpression } from './interpret.ts';
import { LiftTable } from './lift-table.ts';
import type { LoopRun } from './loop-run.ts';
import { type Holding, holdingOf, liftOf, type Slot, slotsIn } from './program-tree.ts';
import type { Rejections } from './rejections.ts';
import { limitsOf, overflowReason, settle } from './settle.ts';

/** A source that can stand anywhere a name can, and whether it may be null at run time. */
interface Atom {
  readonly code: string;
  readonly holding: Holding;
  readonly maybeNull: boolean;
}

/** What a generated function gets beside its row range: arrays and functions, as elements of one array. */
export type Resource = (run: LoopRun) => unknown;

const NULL_OF: Readonly<Record<Holding, string>> = { number: 'NaN', bool: '2', text: 'null', other: 'null' };
/** Comparisons that are false in JavaScript when a side is NaN, as they must be where a condition asks for true. */
const FALSE_ON_NAN = new Set(['eq', 'lt', 'le', 'gt', 'ge', 'in_range', 'in_list']);

/**
 * Writes the body of a loop over rows, `i` being the row. Sources come from the typed tree alone: names are numbered, literals
 * go through JSON. A row is rejected by `fail[i] = reason; continue`.
 */
export class LoopCode {
  readonly #slots: readonly Slot[];
  readonly #functions: Functions;
  readonly #rejections: Rejections;
  readonly #resources: Resource[];
  readonly #names = new Map<string, string>();
  /** Slots made in this loop, by the name that holds their value. */
  readonly #local = new Map<number, Atom>();
  readonly #note: Int32Array;
  /** Calls already computed, by what they are; the innermost block last. Only names of this or an outer block are in reach. */
  readonly #blocks: Map<number, Atom>[] = [new Map()];
  readonly #keys = new ExpressionKeys();
  lines: string[] = [];
  #next = 0;

  /** `note[0]` is where a function called from a loop leaves the number of a rejection. */
  constructor(
    slots: readonly Slot[],
    functions: Functions,
    rejections: Rejections,
    resources: Resource[],
    note: Int32Array,
  ) {
    this.#slots = slots;
    this.#functions = functions;
    this.#rejections = rejections;
    this.#resources = resources;
    this.#note = note;
  }

  /** `const r0 = r[0];` … for the resources used. */
  get header(): string {
    return [...this.#names.values()].map(name => `const ${name} = r[${name.slice(1)}];`).join('\n');
  }

  /** Rows for which the condition is not true go no further. */
  filter(condition: Expression): void {
    this.lines.push(`if (!(${this.#condition(condition)})) continue;`);
  }

  /** The value of a made slot. */
  assign(slot: number, value: Expression, dictionary: (() => Dictionary) | null): void {
    const target = this.#slotData(slot);
    if (dictionary !== null) {
      this.lines.push(`${target}[i] = ${this.#id(value, slot, dictionary)};`);
      return;
    }
    const atom = this.#value(value);
    this.lines.push(`${target}[i] = ${atom.code};`);
    this.#local.set(slot, atom);
  }

  #fresh(): string {
    return `v${this.#next++}`;
  }

  #use(key: string, resource: Resource): string {
    let name = this.#names.get(key);
    if (name === undefined) this.#names.set(key, (name = `r${this.#resources.push(resource) - 1}`));
    return name;
  }

  #slotData(slot: number): string {
    return this.#use(`slot ${slot}`, run => run.data(slot));
  }

  /** A value in the loop; statements it needs are written first. */
  #value(expression: Expression): Atom {
    switch (expression.op) {
      case 'literal':
        return this.#literal(expression);
      case 'column':
        return this.#column(Number(expression.name));
      case 'item':
        throw new TypeError('`it` outside a list function');
      case 'call': {
        const key = this.#keys.of(expression);
        const known = this.#blocks.findLast(block => block.has(key))?.get(key);
        if (known !== undefined) return known;
        const atom = this.#call(expression);
        this.#blocks[this.#blocks.length - 1].set(key, atom);
        return atom;
      }
    }
  }

  #open(head: string): void {
    this.lines.push(`${head} {`);
    this.#blocks.push(new Map());
  }

  #close(blocks = 1): void {
    this.lines.push('}'.repeat(blocks));
    this.#blocks.length -= blocks;
  }

  #literal(expression: Expression & { op: 'literal' }): Atom {
    const { value } = expression;
    const holding = holdingOf(expression.type);
    if (value === null) return { code: NULL_OF[holding], holding, maybeNull: true };
    if (holding === 'other')
      return { code: this.#use(JSON.stringify(expression), () => value), holding, maybeNull: false };
    let code = JSON.stringify(value);
    if (typeof value === 'boolean') code = value ? '1' : '0';
    if (typeof value === 'number' && (value < 0 || Object.is(value, -0))) code = `(-${JSON.stringify(-value)})`;
    return { code, holding, maybeNull: false };
  }

  #column(slot: number): Atom {
    const local = this.#local.get(slot);
    if (local !== undefined) return local;
    const holding = holdingOf(this.#slots[slot].type);
    const data = this.#slotData(slot);
    if (holding !== 'text') return { code: `${data}[i]`, holding, maybeNull: true };
    const dictionary = this.#use(`dictionary ${slot}`, run => run.dictionary(slot));
    return this.#constant(`${data}[i] < 0 ? null : ${dictionary}.text(${data}[i])`, 'text', true);
  }

  #constant(code: string, holding: Holding, maybeNull: boolean): Atom {
    const name = this.#fresh();
    this.lines.push(`const ${name} = ${code};`);
    return { code: name, holding, maybeNull };
  }

  #call(call: CallExpression): Atom {
    const holding = holdingOf(call.type);
    const lift = liftOf(call, this.#slots);
    if (lift !== null) {
      return { code: this.#lifted(call, lift.slot, lift.definition, holding, null), holding, maybeNull: true };
    }
    switch (call.fn) {
      case 'and':
      case 'or':
        return this.#logic(call);
      case 'if':
      case 'case':
      case 'coalesce': {
        const name = this.#fresh();
        this.lines.push(`let ${name} = ${NULL_OF[holding]};`);
        this.#choose(
          call,
          value => this.lines.push(`${name} = ${this.#value(value).code};`),
          `!(${nullTest(name, holding)})`,
        );
        return { code: name, holding, maybeNull: true };
      }
      case 'is_null':
      case 'is_not_null':
        return this.#nullness(call);
      default:
        return this.#emitted(call) ?? this.#helped(call);
    }
  }

  /** A table lookup by dictionary id; its own rejections are noted in the table. */
  #lifted(
    expression: Expression,
    slot: number,
    definition: Expression,
    holding: Holding | 'id',
    target: { readonly slot: number; readonly dictionary: () => Dictionary } | null,
  ): string {
    const key = `${holding} ${target?.slot} ${JSON.stringify(definition)}`;
    const table = new LiftTable(definition, slot, holding, this.#functions, this.#rejections);
    const values = this.#use(`values ${key}`, run => {
      const ids = run.data(slot) as Int32Array;
      return table.over(run.dictionary(slot), target?.dictionary() ?? null, ids, run.batch.rows).values;
    });
    const at = this.#fresh();
    this.lines.push(`const ${at} = ${this.#slotData(slot)}[i] + 1;`);
    if (expression.op === 'call') {
      const errors = this.#use(`errors ${key}`, run => table.errors(run.dictionary(slot)));
      this.lines.push(`if (${errors}[${at}] !== 0) { fail[i] = ${errors}[${at}]; continue; }`);
    }
    return `${values}[${at}]`;
  }

  /** Writes `if`, `case` and `coalesce` as branches; `take` writes what happens with the value chosen. */
  #choose(call: CallExpression, take: (value: Expression) => void, taken: string): void {
    const { args } = call;
    if (call.fn === 'coalesce') {
      take(args[0]);
      for (const arg of args.slice(1)) {
        this.#open(`if (!(${taken}))`);
        take(arg);
      }
      this.#close(args.length - 1);
      return;
    }
    let depth = 0;
    for (let at = 0; at + 1 < args.length; at += 2) {
      this.#open(`if (${this.#condition(args[at])})`);
      take(args[at + 1]);
      this.#close();
      this.#open('else');
      depth += 1;
    }
    if (args.length % 2 === 1) take(args[args.length - 1]);
    this.#close(depth);
  }

  #logic(call: CallExpression): Atom {
    const name = this.#fresh();
    this.lines.push(`let ${name} = ${this.#value(call.args[0]).code};`);
    for (const arg of call.args.slice(1)) {
      this.#open(`if (${name} ${call.fn === 'and' ? '===' : '!=='} 1)`);
      const { code } = this.#value(arg);
      this.lines.push(
        call.fn === 'and'
          ? `${name} = ${code};`
          : `${name} = ${code} === 1 ? 1 : (${code} === 2 || ${name} === 2) ? 2 : 0;`,
      );
    }
    this.#close(call.args.length - 1);
    return { code: name, holding: 'bool', maybeNull: true };
  }

  #nullness(call: CallExpression): Atom {
    const [arg] = call.args;
    const holding = holdingOf(arg.type);
    const missing = call.fn === 'is_null' ? 1 : 0;
    if (arg.op === 'column' && this.#slots[Number(arg.name)].path !== null && holding === 'other') {
      const slot = Number(arg.name);
      const present = this.#use(`present ${slot}`, run => run.present(slot));
      return this.#constant(`${present}[i] === 1 ? ${1 - missing} : ${missing}`, 'bool', false);
    }
    const value = this.#value(arg);
    return this.#constant(`${nullTest(value.code, holding)} ? ${missing} : ${1 - missing}`, 'bool', false);
  }

  /** The call by its own `emit`, where that and the values allow it. */
  #emitted(call: CallExpression): Atom | null {
    const definition = this.#functions.get(call.fn);
    assert(definition !== undefined, `no function ${call.fn}`);
    const holding = holdingOf(call.type);
    const plain = call.args.every(arg => holdingOf(arg.type) !== 'other' || arg.op === 'literal');
    if (definition.emit === undefined || definition.nulls !== 'pass' || !plain || holding === 'other') return null;
    if (
      definition.emit(
        call.args.map(() => 'x'),
        call,
      ) === null
    )
      return null;
    const args = call.args.map(arg => this.#value(arg));
    const code = `(${definition.emit(args.map(jsSource), call)})`;
    const numbers = holding === 'number' && args.every(arg => arg.holding === 'number');
    const tests = args.filter(arg => arg.maybeNull).map(arg => nullTest(arg.code, arg.holding));
    const test = tests.length === 0 || (numbers && definition.propagatesNaN) ? null : tests.join(' || ');
    const guarded = (source: string, none: string): string =>
      test === null ? source : `(${test}) ? ${none} : ${source}`;
    const maybeNull = tests.length > 0;
    if (holding === 'bool') return this.#constant(guarded(`${code} ? 1 : 0`, '2'), holding, maybeNull);
    if (holding === 'text') return this.#constant(guarded(code, 'null'), holding, maybeNull);
    // + 0 turns −0 into 0.
    const raw = this.#constant(guarded(`${code} + 0`, 'NaN'), holding, true);
    const limits = limitsOf(call.type);
    if (limits === null) return this.#constant(`${raw.code} - ${raw.code} === 0 ? ${raw.code} : NaN`, holding, true);
    const reason = this.#rejections.number({ code: 'R410', reason: overflowReason(call.fn, call.type) });
    this.lines.push(
      `if (${raw.code} > ${limits.high} || ${raw.code} < ${limits.low}) { fail[i] = ${reason}; continue; }`,
    );
    return raw;
  }

  /** The call by `evaluate`, or, where a body needs the row, by the interpreter. */
  #helped(call: CallExpression): Atom {
    const definition = this.#functions.get(call.fn);
    assert(definition !== undefined, `no function ${call.fn}`);
    const holding = holdingOf(call.type);
    const bodies = definition.bodies !== undefined;
    const parts: readonly Expression[] = bodies
      ? slotsIn(call).map(slot => ({ op: 'column', name: String(slot), type: this.#slots[slot].type, nullable: true }))
      : call.args;
    const toValues = parts.map(part => fromHeld(holdingOf(part.type)));
    const compute = (held: readonly unknown[]): RowValue => {
      const values = held.map((value, at) => toValues[at](value));
      if (bodies) {
        const row = Object.fromEntries(
          parts.map((part, at) => [(part as Expression & { op: 'column' }).name, values[at]]),
        );
        return interpretExpression(call, row, this.#functions);
      }
      if (definition.nulls === 'pass' && values.includes(null)) return null;
      const value = definition.evaluate(values, call);
      return call.fn === 'field' ? value : settle(value, call.type, call.fn);
    };
    const note = this.#note;
    const rejections = this.#rejections;
    const helper = (...held: readonly unknown[]): unknown => {
      try {
        return toHeld(compute(held), holding);
      } catch (error) {
        if (!(error instanceof RowError)) throw error;
        note[0] = rejections.number({ code: error.code, reason: error.message });
        return toHeld(null, holding);
      }
    };
    const args = parts.map(part => this.#value(part).code).join(', ');
    const result = this.#constant(`${this.#use(`helper ${this.#fresh()}`, () => helper)}(${args})`, holding, true);
    const noted = this.#use('note', () => note);
    this.lines.push(`if (${noted}[0] !== 0) { fail[i] = ${noted}[0]; ${noted}[0] = 0; continue; }`);
    return result;
  }

  /** JavaScript that is true where the condition is; statements it needs are written first. */
  #condition(expression: Expression): string {
    if (expression.op === 'call' && liftOf(expression, this.#slots) === null) {
      const { fn, args } = expression;
      if (fn === 'and' || fn === 'or') {
        const name = this.#fresh();
        this.lines.push(`let ${name} = ${this.#condition(args[0])};`);
        for (const arg of args.slice(1)) {
          this.#open(`if (${fn === 'and' ? '' : '!'}${name})`);
          this.lines.push(`${name} = ${this.#condition(arg)};`);
        }
        this.#close(args.length - 1);
        return name;
      }
      const emit = this.#functions.get(fn)?.emit;
      if (FALSE_ON_NAN.has(fn) && holdingOf(args[0].type) === 'number' && emit !== undefined) {
        if (
          emit(
            args.map(() => 'x'),
            expression,
          ) !== null
        ) {
          return `(${emit(args.map(arg => this.#value(arg)).map(jsSource), expression)})`;
        }
      }
    }
    return `${this.#value(expression).code} === 1`;
  }

  /** A text as an id of the dictionary its column gets, −1 for null. */
  #id(expression: Expression, slot: number, dictionary: () => Dictionary): string {
    if (expression.op === 'literal') {
      const { value } = expression;
      if (value === null) return '-1';
      const entry = `entry ${slot} ${JSON.stringify(value)}`;
      return `${this.#use(entry, () => Int32Array.of(dictionary().intern(value as string)))}[0]`;
    }
    const whole = { slot, dictionary };
    if (expression.op === 'column') {
      const at = Number(expression.name);
      if (this.#slots[at].path !== null) return this.#lifted(expression, at, expression, 'id', whole);
    }
    if (expression.op === 'call') {
      const lift = liftOf(expression, this.#slots);
      if (lift !== null) return this.#lifted(expression, lift.slot, lift.definition, 'id', whole);
      if (expression.fn === 'if' || expression.fn === 'case' || expression.fn === 'coalesce') {
        const name = this.#fresh();
        this.lines.push(`let ${name} = -1;`);
        this.#choose(
          expression,
          value => this.lines.push(`${name} = ${this.#id(value, slot, dictionary)};`),
          `${name} >= 0`,
        );
        return name;
      }
    }
    const { code } = this.#value(expression);
    const into = this.#use(`dictionary ${slot}`, run => run.dictionary(slot));
    return this.#constant(`${code} === null ? -1 : ${into}.intern(${code})`, 'number', false).code;
  }
}

function nullTest(code: string, holding: Holding): string {
  if (holding === 'number') return `${code} !== ${code}`;
  return holding === 'bool' ? `${code} === 2` : `${code} === null`;
}

/** As `emit` wants it: bools as JavaScript's. */
function jsSource(atom: Atom): string {
  return atom.holding === 'bool' ? `(${atom.code} === 1)` : atom.code;
}

function fromHeld(holding: Holding): (held: unknown) => RowValue {
  switch (holding) {
    case 'number':
      return held => (Number.isNaN(held) ? null : (held as number));
    case 'bool':
      return held => (held === 2 ? null : held === 1);
    default:
      return held => held as RowValue;
  }
}

function toHeld(value: RowValue, holding: Holding): unknown {
  switch (holding) {
    case 'number':
      return value ?? Number.NaN;
    case 'bool':
      return value === null ? 2 : Number(value);
    default:
      return value;
  }
}
