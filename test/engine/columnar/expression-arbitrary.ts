import fc from 'fast-check';
import { scalarFunctions } from '../../../src/engine/columnar/functions/all.ts';
import type { Expression } from '../../../src/engine/contract/expression.ts';
import type { ArgumentType } from '../../../src/engine/contract/function.ts';
import { type Field, fieldOf, type Schema, type Type } from '../../../src/engine/contract/types.ts';
import { dateValue, floatValue, intValue, textValue, timestampValue } from './arbitraries.ts';

export const functions = scalarFunctions();
type Kind = 'int' | 'float' | 'bool' | 'string' | 'timestamp' | 'date' | 'duration' | 'ints' | 'strings';

/** Columns of every holding, nullable and not, and a record with parts. */
export const wideSchema: Schema = {
  fields: [
    ...(['int', 'float', 'bool', 'string', 'timestamp', 'date', 'duration'] as const).flatMap((kind): Field[] => [
      { name: kind, type: { kind }, nullable: true },
      { name: `${kind}_sure`, type: { kind }, nullable: false },
    ]),
    { name: 'grade', type: { kind: 'enum', values: ['No', 'Up', 'Σ'] }, nullable: true },
    { name: 'ints', type: { kind: 'list', item: { kind: 'int' } }, nullable: true },
    { name: 'strings', type: { kind: 'list', item: { kind: 'string' } }, nullable: false },
    {
      name: 'lab',
      nullable: true,
      type: {
        kind: 'record',
        fields: [
          { name: 'value', type: { kind: 'float' }, nullable: true },
          { name: 'count', type: { kind: 'int' }, nullable: false },
          { name: 'code', type: { kind: 'string' }, nullable: false },
        ],
      },
    },
  ],
};

const columnOf = (name: string): Expression => {
  const { type, nullable } = fieldOf(wideSchema, name) as Field;
  return { op: 'column', name, type, nullable };
};
const typeOf = (kind: Kind): Type => {
  if (kind === 'ints') return { kind: 'list', item: { kind: 'int' } };
  return kind === 'strings' ? { kind: 'list', item: { kind: 'string' } } : { kind };
};
const literal = (kind: Kind, value: null | boolean | number | string): Expression => ({
  op: 'literal',
  type: typeOf(kind),
  nullable: value === null,
  value,
});

const ORDERED = new Set(['lt', 'le', 'gt', 'ge', 'in_range']);

/** A call typed by its own signature, as the checker types it. */
export function callOf(fn: string, given: readonly Expression[]): Expression {
  const definition = functions.get(fn);
  if (definition === undefined) throw new Error(`no function ${fn}`);
  // The order of an enum is not that of its texts.
  const isText = (arg: Expression) => ORDERED.has(fn) && arg.type.kind === 'enum';
  const args = given.map(arg => (isText(arg) ? callOf('string', [arg]) : arg));
  const result = definition.signature(args.map(argumentOf));
  if ('argument' in result)
    throw new Error(`${fn} refuses argument ${result.argument}: ${JSON.stringify(args.map(a => a.type))}`);
  return { op: 'call', fn, args, ...result };
}
function argumentOf(expression: Expression): ArgumentType {
  const { type, nullable } = expression;
  const plain = expression.op === 'literal' && !Array.isArray(expression.value);
  return plain ? { type, nullable, literal: expression.value as string } : { type, nullable };
}

const zone = fc.constantFrom('Europe/Berlin', 'UTC', 'Asia/Kolkata').map(name => literal('string', name));
const pattern = fc.constantFrom('\\d+', '(a)|b', '^.', '([^-]*)-').map(source => literal('string', source));

type Make = (depth: number) => fc.Arbitrary<Expression>;
const calls =
  (fn: string, ...args: Make[]): Make =>
  depth =>
    fc.tuple(...args.map(arg => arg(depth))).map(values => callOf(fn, values));
const of =
  (kind: Kind): Make =>
  depth =>
    expressionOf(kind, depth);
const only =
  (arbitrary: fc.Arbitrary<Expression>): Make =>
  () =>
    arbitrary;
const number: Make = depth => fc.oneof(expressionOf('int', depth), expressionOf('float', depth));
const scalar: Make = depth =>
  fc
    .constantFrom<Kind>('int', 'float', 'bool', 'string', 'timestamp', 'date', 'duration')
    .chain(kind => expressionOf(kind, depth));
const same =
  (fn: string, count: number): Make =>
  depth =>
    fc
      .constantFrom<Kind>('int', 'float', 'bool', 'string', 'timestamp', 'date', 'duration')
      .chain(kind => fc.tuple(...Array.from({ length: count }, () => expressionOf(kind, depth))))
      .map(args => callOf(fn, args));
const choices = (kind: Kind): Make[] => [
  calls('if', of('bool'), of(kind), of(kind)),
  calls('case', of('bool'), of(kind), of('bool'), of(kind), of(kind)),
  calls('case', of('bool'), of(kind)),
  calls('coalesce', of(kind), of(kind)),
];
const item = (kind: Kind): Expression => ({ op: 'item', type: typeOf(kind), nullable: false });
/** A condition on `it`, which may also read the row. */
const onItem =
  (kind: 'int' | 'string'): Make =>
  depth =>
    fc
      .tuple(fc.constantFrom('gt', 'eq', 'le'), expressionOf(kind, depth))
      .map(([fn, other]) => callOf(fn, [item(kind), other]));
const intOnItem: Make = depth => expressionOf('int', depth).map(other => callOf('mul', [item('int'), other]));
const members = (...values: number[]): Make =>
  only(
    fc.constant<Expression>({
      op: 'literal',
      type: { kind: 'list', item: { kind: 'int' } },
      nullable: false,
      value: values,
    }),
  );
const words: Make = only(
  fc.constant<Expression>({
    op: 'literal',
    type: { kind: 'list', item: { kind: 'string' } },
    nullable: false,
    value: ['a', 'ß', ''],
  }),
);

/** What inlining does: one expression in several places, in and out of branches. */
const repeated: Make = () =>
  fc.tuple(expressionOf('int', 0), expressionOf('bool', 0)).map(([x, when]) => {
    const square = callOf('mul', [x, x]);
    const chosen = callOf('if', [when, callOf('sub', [square, x]), callOf('coalesce', [x, square])]);
    return callOf('add', [callOf('if', [callOf('not', [when]), square, chosen]), chosen]);
  });
const repeatedTest: Make = () =>
  fc
    .tuple(expressionOf('bool', 0), expressionOf('bool', 0))
    .map(([a, b]) =>
      callOf('or', [callOf('and', [a, b]), callOf('not', [a]), callOf('and', [b, callOf('or', [b, a])])]),
    );

const makers: Readonly<Record<Kind, readonly Make[]>> = {
  int: [
    ...['add', 'sub', 'mul', 'mod', 'min', 'max'].map(fn => calls(fn, of('int'), of('int'))),
    ...['neg', 'abs'].map(fn => calls(fn, of('int'))),
    ...['floor', 'ceil', 'round', 'int'].map(fn => calls(fn, number)),
    ...['int', 'length'].map(fn => calls(fn, of('string'))),
    ...['year', 'month', 'day', 'weekday'].map(fn => calls(fn, of('date'))),
    ...['year', 'day', 'hour', 'minute', 'weekday'].map(fn => calls(fn, of('timestamp'), only(zone))),
    calls('hour', of('timestamp')),
    calls('size', of('ints')),
    calls('get', of('ints'), of('int')),
    repeated,
    ...choices('int'),
  ],
  float: [
    ...['add', 'sub', 'mul', 'mod', 'min', 'max'].map(fn => calls(fn, of('float'), number)),
    ...['div', 'pow'].map(fn => calls(fn, number, number)),
    ...['neg', 'abs', 'sqrt', 'exp', 'log', 'float'].map(fn => calls(fn, of('float'))),
    calls('float', of('int')),
    calls('float', of('string')),
    calls('round', of('float'), only(fc.integer({ min: 0, max: 15 }).map(digits => literal('int', digits)))),
    calls('days', of('duration')),
    ...choices('float'),
  ],
  bool: [
    ...['and', 'or'].flatMap(fn => [calls(fn, of('bool'), of('bool')), calls(fn, of('bool'), of('bool'), of('bool'))]),
    calls('not', of('bool')),
    ...['eq', 'ne', 'lt', 'le', 'gt', 'ge'].flatMap(fn => [
      same(fn, 2),
      calls(fn, of('string'), of('string')),
      calls(fn, number, number),
    ]),
    same('in_range', 3),
    calls('in_list', number, members(0, 1, -3, 2 ** 53 - 1)),
    calls('in_list', of('string'), words),
    ...['is_null', 'is_not_null'].flatMap(fn => [calls(fn, scalar), calls(fn, of('strings'))]),
    calls('is_null', only(fc.constant(columnOf('lab')))),
    ...['starts_with', 'ends_with', 'contains'].map(fn => calls(fn, of('string'), of('string'))),
    calls('bool', of('string')),
    calls('bool', number),
    ...['any', 'all'].flatMap(fn => [calls(fn, of('ints'), onItem('int')), calls(fn, of('strings'), onItem('string'))]),
    repeatedTest,
    ...choices('bool'),
  ],
  string: [
    calls('concat', of('string'), of('string')),
    ...['lower', 'upper', 'trim', 'mask'].map(fn => calls(fn, of('string'))),
    calls('substring', of('string'), of('int'), of('int')),
    calls('replace', of('string'), of('string'), of('string')),
    calls('match', of('string'), only(pattern), only(fc.constantFrom(literal('int', 0), literal('int', 1)))),
    calls('string', scalar),
    calls('hash', of('string'), of('string')),
    calls('get', of('strings'), of('int')),
    ...choices('string'),
  ],
  timestamp: [
    calls('add', of('timestamp'), of('duration')),
    calls('sub', of('timestamp'), of('duration')),
    calls('timestamp', of('string')),
    calls('timestamp', of('date'), only(zone)),
    calls(
      'trunc',
      of('timestamp'),
      only(fc.constantFrom(literal('duration', 3_600_000), literal('duration', 86_400_000))),
      only(zone),
    ),
    ...choices('timestamp'),
  ],
  date: [calls('date', of('string')), calls('date', of('timestamp'), only(zone)), ...choices('date')],
  duration: [
    calls('sub', of('timestamp'), of('timestamp')),
    calls('sub', of('date'), of('date')),
    calls('mul', of('duration'), of('int')),
    calls('mod', of('duration'), of('duration')),
    calls('abs', of('duration')),
    ...choices('duration'),
  ],
  ints: [
    calls('filter', of('ints'), onItem('int')),
    calls('map', of('ints'), intOnItem),
    ...choices('ints').slice(0, 1),
  ],
  strings: [calls('filter', of('strings'), onItem('string'))],
};

const columnsOfKind = (kind: Kind): Expression[] => {
  const fields = wideSchema.fields.filter(field => field.name === kind || field.name === `${kind}_sure`);
  const columns = fields.map(({ name, type, nullable }): Expression => ({ op: 'column', name, type, nullable }));
  const lab = columnOf('lab');
  const part = { float: 'value', int: 'count', string: 'code' }[kind as string];
  if (part !== undefined) columns.push(callOf('field', [lab, literal('string', part)]));
  if (kind === 'string') columns.push(columnOf('grade'));
  return columns;
};
const literals: Readonly<Record<Exclude<Kind, 'ints' | 'strings'>, fc.Arbitrary<null | boolean | number | string>>> = {
  int: intValue,
  float: floatValue,
  bool: fc.boolean(),
  string: textValue,
  timestamp: timestampValue,
  date: dateValue,
  duration: intValue,
};

/** A typed expression over `wideSchema`, of at most that many calls in one another. */
export function expressionOf(kind: Kind, depth: number): fc.Arbitrary<Expression> {
  const columns = fc.constantFrom(...columnsOfKind(kind));
  if (kind === 'ints' || kind === 'strings') {
    return depth === 0 ? columns : fc.oneof(columns, ...makers[kind].map(make => make(depth - 1)));
  }
  const constants = literals[kind].map(value => literal(kind, value));
  if (depth === 0) return fc.oneof({ weight: 3, arbitrary: columns }, { weight: 1, arbitrary: constants });
  const deeper = fc.nat(makers[kind].length - 1).chain(at => makers[kind][at](depth - 1));
  return fc.oneof(
    { weight: 2, arbitrary: columns },
    { weight: 1, arbitrary: constants },
    { weight: 8, arbitrary: deeper },
  );
}

export const anyExpression: fc.Arbitrary<Expression> = fc
  .tuple(
    fc.constantFrom<Kind>('int', 'float', 'bool', 'string', 'timestamp', 'date', 'duration', 'ints', 'strings'),
    fc.integer({ min: 1, max: 4 }),
  )
  .chain(([kind, depth]) => expressionOf(kind, depth));
