import type { CatalogueEntry } from './entry.ts';

/** E3xx: types, null and units. */
export const TYPES = {
  E301: {
    title: 'A value of another type',
    message: '{where} needs {expected}, and this is {found}',
    hint: '{hint}',
    defaults: { where: 'this place', hint: '', what: '' },
    explanation:
      'Types are not converted by themselves, except `int` to `float`. Convert by `int(…)`, `float(…)`, `string(…)`, `date(…)`; a conversion that may fail gives null, for which `??` names a stand-in.',
    bad: 'let adults = visits | where age >= "18"',
    good: 'let adults = visits | where age >= 18',
  },
  E302: {
    title: 'A whole number that is too large',
    message: '`{text}` is beyond the whole numbers kept exactly',
    hint: 'They reach 9007199254740991 in either direction; a longer identifier is a `string`.',
    explanation: 'An `int` is exact up to 2^53 − 1. What overflows is an error, never rounded.',
    bad: 'let one = visits | where visit_id == 9007199254740993',
    good: 'let one = visits | where visit_id == "9007199254740993"',
  },
  E303: {
    title: 'A value outside its range',
    message: '{what} is {value}, and must be {range}',
    hint: null,
    explanation: 'The declaration gives a range, both ends included.',
    bad: 'param share: float in 0.0..1.0 = 1.5',
    good: 'param share: float in 0.0..1.0 = 0.5',
  },
  E304: {
    title: 'A value that must be written out',
    message: 'this must be {expected}, written out',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation:
      'Options and arguments that shape the plan are known before a row is read: literals and `$parameters`, not fields.',
    bad: 'let few = rows | limit n',
    good: 'let few = rows | limit 10',
  },
  E305: {
    title: 'A word that is no choice',
    message: '`{word}` is no choice for `{name}` of {of}',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation: 'The argument takes one of a few words.',
    bad: 'let both = a | join b, on: id, kind: outer',
    good: 'let both = a | join b, on: id, kind: left',
  },
  E306: {
    title: 'A declared type that differs',
    message: 'the field `{field}` is {found} here, and {expected} is needed',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation:
      'A pipeline declares the rows it takes; the rows it is applied to have at least these fields, with these types.',
    bad: 'let p = pipeline(rows: Visit) { | where age > 1 }\nlet x = labs | apply p',
    good: 'let p = pipeline(rows: Visit) { | where age > 1 }\nlet x = visits | apply p',
  },
  E307: {
    title: 'Rows without a needed field',
    message: '{of} needs the field `{field}`, which these rows lack',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation: 'A pipeline takes rows with more fields than it declares, but not with fewer.',
    bad: 'let x = visits | drop age | apply by_age',
    good: 'let x = visits | apply by_age | drop age',
  },
  E310: {
    title: 'A value that may be null in a condition',
    message: '`{text}` may be null ({type}), and {where} needs a value',
    hint: 'Say what null means: `{grouped} ?? {default}`, or keep rows where it is known: `{text} != null and …`.',
    defaults: { text: 'this', type: 'nullable', where: 'a condition', grouped: 'x', default: '…' },
    explanation:
      'In SQL a comparison with null is neither true nor false, and rows vanish unseen. Here null passes through arithmetic and functions, but a condition or a comparison refuses it, until `??` names a stand-in or `x != null` has ruled it out.',
    bad: 'let fast = vitals | where hr > 100.0',
    good: 'let fast = vitals | where hr != null and hr > 100.0',
  },
  E311: {
    title: 'A bare null',
    message: '{what} has a bare `null`, whose type nothing tells',
    hint: 'Compare a value with it, as in `x == null`, or leave it out.',
    explanation:
      '`null` alone has no type. It may be compared with, be a default, or be one of the values of `if` and `case` beside others.',
    bad: 'let rows2 = rows | derive { a = null }',
    good: 'let rows2 = rows | derive { a = if(x > 1, y, null) }',
  },
  E315: {
    title: 'A field beside an aggregate',
    message: '`{name}` has a value per row, and here many rows become one',
    hint: 'Put it into an aggregate, such as `last({name})` or `mean({name})`, or group by it: `by: {name}`.',
    explanation:
      'In the block of an aggregating stage each field is made from many rows, so a bare field has no single value.',
    bad: 'let wards = visits | aggregate by: ward { age = age }',
    good: 'let wards = visits | aggregate by: ward { age = mean(age) }',
  },
  E316: {
    title: 'An aggregate outside its place',
    message: '`{name}` joins many rows, and here is one row at a time',
    hint: 'Use it in the block of `aggregate`.',
    explanation: 'Aggregates stand in stages that make one row from many. For one row there is nothing to sum.',
    bad: 'let rows2 = rows | derive { total = sum(cost) }',
    good: 'let total = rows | aggregate { total = sum(cost) }',
  },
  E317: {
    title: 'An aggregate inside an aggregate',
    message: '`{name}` stands inside another aggregate',
    hint: 'Aggregate twice, in two stages.',
    explanation: 'The inner one would already give a single value.',
    bad: 'let x = rows | aggregate { a = max(sum(cost)) }',
    good: 'let x = rows | aggregate by: ward { s = sum(cost) } | aggregate { a = max(s) }',
  },
  E320: {
    title: 'Not a value of the enum',
    message: '{value} is none of the values of this enum',
    hint: '{hint}',
    defaults: { hint: '', values: '' },
    explanation:
      'An enum has the values of its declaration. A comparison with another text could never be true, so it is a slip.',
    bad: 'schema V { sex: enum("F", "M") }\nlet women = v | where sex == "W"',
    good: 'schema V { sex: enum("F", "M") }\nlet women = v | where sex == "F"',
  },
  E330: {
    title: 'A wrong tensor type',
    message: '{what}',
    hint: '{hint}',
    defaults: { hint: 'Write `tensor<f32>[h, w, c]`.' },
    explanation:
      'A tensor type names the type of its elements and each of its dimensions, by a number or by a letter that stands for one.',
    bad: 'schema Scan { img: tensor<f32>[] }',
    good: 'schema Scan { img: tensor<f32>[h, w, 1] }',
  },
  E340: {
    title: 'Units that differ',
    message: '`{text}` is in {unit}, and `{other_text}` in {other}',
    hint: 'Convert one of them first.',
    defaults: { text: 'this', other_text: 'the other' },
    explanation:
      'Fields with `@unit` are compared and added only with the same unit (UCUM). Mixing mg/dL and mmol/L is a known way to harm patients.',
    bad: 'schema L { a: float @unit("mg/dL"), b: float @unit("mmol/L") }\nlet x = l | where a > b',
    good: 'schema L { a: float @unit("mg/dL"), b: float @unit("mg/dL") }\nlet x = l | where a > b',
  },
  E341: {
    title: 'Not a unit',
    message: '`{unit}` is not a unit of UCUM',
    hint: '{hint}',
    defaults: { hint: 'Write units as in `mmol/L`, `mg/dL`, `/min`, `Cel`, `mm[Hg]`, `%`.' },
    explanation:
      'Units are written as in UCUM, the unified code for units of measure, which other health systems use too.',
    bad: 'schema L { a: float @unit("mgs per dl") }',
    good: 'schema L { a: float @unit("mg/dL") }',
  },
  E350: {
    title: 'Not a regular expression',
    message: 'the pattern is not a regular expression: {why}',
    hint: 'In a text every backslash is written twice: `"\\\\d+"`.',
    explanation: 'Patterns are checked before the run.',
    bad: 'let x = rows | where match(code, "(\\\\d+", 1) == "7"',
    good: 'let x = rows | where match(code, "(\\\\d+)", 1) == "7"',
  },
} as const satisfies Record<string, CatalogueEntry>;
