import type { ArgumentType, FunctionDefinition, RowValue, SignatureResult } from '../../contract/function.ts';
import { BOOL, comparable, NUMBERS, TEXTS } from './define.ts';

/** −1, 0 or 1 by code point, which is also the order of the UTF-8 bytes. JavaScript's `<` goes by UTF-16 units instead. */
export function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates (code points from U+10000) sort after U+E000–U+FFFF.
    const xs = x >= 0xd800 && x <= 0xdfff;
    const ys = y >= 0xd800 && y <= 0xdfff;
    if (xs !== ys) return xs ? 1 : -1;
    return x < y ? -1 : 1;
  }
  return Math.sign(a.length - b.length);
}

/** −1, 0 or 1. Both of one comparable kind, neither null. */
export function compareValues(a: RowValue, b: RowValue): number {
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  const x = Number(a);
  const y = Number(b);
  if (x === y) return 0;
  return x < y ? -1 : 1;
}

/** An enum's order is that of its declaration, as `sort` has it; comparing its letters would answer wrongly without a word. */
const NO_ORDER = 'a value with an order';

function ordered(args: readonly ArgumentType[]): SignatureResult {
  const unordered = args.findIndex(argument => argument.type.kind === 'enum');
  return unordered < 0 ? comparing(args) : { argument: unordered, expected: NO_ORDER };
}

function comparing(args: readonly ArgumentType[]): SignatureResult {
  if (args.length !== 2) return { argument: -1, expected: 'two values' };
  const [a, b] = args;
  if (comparable(a.type, b.type)) return { type: BOOL, nullable: a.nullable || b.nullable };
  if (!comparable(a.type, a.type)) return { argument: 0, expected: 'a value that can be compared' };
  if (NUMBERS.includes(a.type.kind)) return { argument: 1, expected: 'a number' };
  return { argument: 1, expected: TEXTS.includes(a.type.kind) ? 'a text' : `a ${a.type.kind}` };
}

function comparison(
  name: string,
  sign: string,
  js: string,
  holds: (order: number) => boolean,
  gives: boolean,
): FunctionDefinition {
  const isOrder = js !== '===' && js !== '!==';
  return Object.freeze({
    name,
    sign: `a ${sign} b`,
    units: 'compared',
    summary: `Whether a ${sign} b. Texts compare by code point; false is before true.`,
    examples: [{ call: `1 ${sign} 2`, gives }],
    signature: isOrder ? ordered : comparing,
    nulls: 'pass',
    evaluate: ([a, b]) => holds(compareValues(a, b)),
    // Ordering texts takes a loop over code points, which is no expression.
    emit: ([a, b], call) => (isOrder && TEXTS.includes(call.args[0].type.kind) ? null : `${a} ${js} ${b}`),
  } satisfies FunctionDefinition);
}

export const eq = comparison('eq', '==', '===', order => order === 0, false);
export const ne = comparison('ne', '!=', '!==', order => order !== 0, true);
export const lt = comparison('lt', '<', '<', order => order < 0, true);
export const le = comparison('le', '<=', '<=', order => order <= 0, true);
export const gt = comparison('gt', '>', '>', order => order > 0, false);
export const ge = comparison('ge', '>=', '>=', order => order >= 0, false);

export const inRange: FunctionDefinition = Object.freeze({
  name: 'in_range',
  sign: 'a in low..high',
  units: 'compared',
  summary: 'Whether low <= a <= high, both ends included.',
  examples: [{ call: '5 in 1..5', gives: true }],
  signature: (args: readonly ArgumentType[]): SignatureResult => {
    if (args.length !== 3) return { argument: -1, expected: 'a value and two bounds' };
    const [value, ...bounds] = args;
    if (!comparable(value.type, value.type)) return { argument: 0, expected: 'a value that can be compared' };
    if (value.type.kind === 'enum') return { argument: 0, expected: NO_ORDER };
    const wrong = bounds.findIndex(bound => !comparable(value.type, bound.type));
    if (wrong >= 0) return { argument: wrong + 1, expected: `a bound of type ${value.type.kind}` };
    return { type: BOOL, nullable: args.some(argument => argument.nullable) };
  },
  nulls: 'pass',
  evaluate: ([a, low, high]) => compareValues(a, low) >= 0 && compareValues(a, high) <= 0,
  emit: ([a, low, high], call) => (TEXTS.includes(call.args[0].type.kind) ? null : `${a} >= ${low} && ${a} <= ${high}`),
} satisfies FunctionDefinition);

export const inList: FunctionDefinition = Object.freeze({
  name: 'in_list',
  sign: 'a in [b, c]',
  units: 'compared',
  summary: 'Whether a is one of the values of the list.',
  examples: [{ call: '"Up" in ["Up", "Down"]', gives: true }],
  signature: (args: readonly ArgumentType[]): SignatureResult => {
    if (args.length !== 2) return { argument: -1, expected: 'a value and a list' };
    const [value, list] = args;
    if (!comparable(value.type, value.type)) return { argument: 0, expected: 'a value that can be compared' };
    if (list.type.kind !== 'list') return { argument: 1, expected: 'a list' };
    const { item } = list.type;
    const empty = item.kind === 'record' && item.fields.length === 0;
    if (!empty && !comparable(value.type, item))
      return { argument: 1, expected: `a list of ${value.type.kind} values` };
    return { type: BOOL, nullable: value.nullable || list.nullable };
  },
  nulls: 'pass',
  evaluate: ([a, list]) => (list as readonly RowValue[]).some(item => item !== null && compareValues(a, item) === 0),
  emit: ([a], call) => {
    const list = call.args[1];
    const values = list.op === 'literal' && Array.isArray(list.value) ? (list.value as readonly RowValue[]) : [];
    if (values.length < 1 || values.length > 16 || !values.every(Number.isFinite)) return null;
    return values.map(value => `${a} === ${value}`).join(' || ');
  },
} satisfies FunctionDefinition);
