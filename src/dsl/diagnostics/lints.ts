import type { CatalogueEntry } from './entry.ts';

/** W8xx: what runs, and is probably not meant. */
export const LINTS = {
  W801: {
    title: 'A binding that nothing uses',
    message: '`{name}` is never used',
    hint: 'Use it in a sink, or remove it.',
    explanation: 'Only what a sink needs is run.',
    bad: 'let unused = visits | where age > 80',
    good: 'sink old = visits | where age > 80 | write stdout()',
  },
  W802: {
    title: 'A condition that is always the same',
    message: 'this condition is always {value}',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation: 'Types and ranges already decide it.',
    bad: 'let x = rows | where age >= 0 or true',
    good: 'let x = rows | where age >= 18',
  },
  W803: {
    title: 'A unit that is not compared',
    message: '`{text}` has the unit {unit}, and the other side has none',
    hint: 'Mark it by `@unit("{unit}")`, if it is one.',
    explanation: 'A value without a unit is taken as it is.',
    bad: 'schema L { a: float @unit("mg/dL"), b: float }\nlet x = l | where a > b',
    good: 'schema L { a: float @unit("mg/dL"), b: float @unit("mg/dL") }\nlet x = l | where a > b',
  },
  W804: {
    title: 'No test',
    message: 'the flow `{name}` has no test',
    hint: 'Add one: `test "…" { given … expect … }`; `weir test` runs it.',
    explanation: 'A test states what a flow does with a few rows, and keeps doing so.',
    bad: 'flow train v1',
    good: 'flow train v1\ntest "one row" { given visits [{ age: 20 }] expect adults [{ age: 20 }] }',
  },
  W805: {
    title: 'An entity that is not said',
    message: 'the schema `{name}` marks no field `@entity`',
    hint: 'Mark the field that says whom a row is about, so that a split can keep their rows together.',
    explanation: 'Rows of one patient in training and in test make figures look better than they are.',
    bad: 'schema Visit { patient: string, age: int }',
    good: 'schema Visit { patient: string @entity @phi, age: int }',
  },
  W806: {
    title: 'A probability compared with a class',
    message: '{what}',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation: 'Scores are probabilities between 0 and 1.',
    bad: 'let x = scored | where p > 50.0',
    good: 'let x = scored | where p > 0.5',
  },
  W807: {
    title: 'Enum values that look like numbers',
    message: 'the values of `{name}` sort as text: {example}',
    hint: 'If they are ordered, list them in their order; if they are numbers, declare `int`.',
    explanation: 'The order of an enum is the order of its declaration.',
    bad: 'schema V { grade: enum("10", "2", "9") }',
    good: 'schema V { grade: enum("2", "9", "10") }',
  },
} as const satisfies Record<string, CatalogueEntry>;
