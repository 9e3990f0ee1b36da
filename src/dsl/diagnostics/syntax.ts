import type { CatalogueEntry } from './entry.ts';

/** E1xx: the text is not a flow. Reported by the lexer, the parser and the tree builder. */
export const SYNTAX = {
  E101: {
    title: 'Something else was expected',
    message: 'expected {expected}, found {found}',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation:
      'The text stops following the grammar at this place. The message says what could stand here. The cause is often just before it: a missing comma, bracket or word.',
    bad: 'let adults = visits | where age >=',
    good: 'let adults = visits | where age >= 18',
  },
  E102: {
    title: 'A bracket is never closed',
    message: 'this `{open}` is never closed',
    hint: 'Add the missing `{close}`.',
    explanation:
      'Every `{`, `[` and `(` needs its partner. The second place shown is where the closing one is missing at the latest: before the next statement, or before a stage that cannot stand inside the bracket.',
    bad: 'let adults = visits | derive { adult = age >= 18\n  | where adult',
    good: 'let adults = visits | derive { adult = age >= 18 }\n  | where adult',
  },
  E103: {
    title: 'A closing bracket too many',
    message: 'nothing is open that `{close}` could close',
    hint: 'Remove it, or add the opening bracket it belongs to.',
    explanation: 'A closing bracket stands where no bracket of its kind is open.',
    bad: 'let adults = visits | where age >= 18)',
    good: 'let adults = visits | where age >= 18',
  },
  E105: {
    title: 'A text is never closed',
    message: 'this text has no closing `"`',
    hint: 'Write `{instead}`. A text ends on the line where it begins.',
    explanation:
      'A text in double quotes ends on its own line. A line break inside a text is written `\\n`, a double quote `\\"`.',
    bad: 'source visits = file("visits.csv)',
    good: 'source visits = file("visits.csv")',
  },
  E106: {
    title: 'Texts are in double quotes',
    message: 'texts are written in double quotes, not in `{found}`',
    hint: 'Write `{instead}`.',
    explanation:
      'There is one way to write a text: in straight double quotes. Single quotes, back quotes and the curved quotes of word processors are refused, so that no two spellings of one text exist.',
    bad: "let women = visits | where sex == 'F'",
    good: 'let women = visits | where sex == "F"',
  },
  E107: {
    title: 'Comments begin with //',
    message: '`{found}` does not begin a comment',
    hint: 'Comments begin with `//` and end with the line; `///` documents what follows.',
    explanation:
      'There is one kind of comment, from `//` to the end of the line. Three slashes document the statement or field below.',
    bad: '# only adults\nlet adults = visits | where age >= 18',
    good: '// only adults\nlet adults = visits | where age >= 18',
  },
  E108: {
    title: 'No semicolons',
    message: 'statements need no `;`',
    hint: 'Remove it. A statement ends where the next one begins.',
    explanation: 'Line ends and commas separate entries; statements end by themselves.',
    bad: 'let adults = visits | where age >= 18;',
    good: 'let adults = visits | where age >= 18',
  },
  E109: {
    title: 'A character that means nothing',
    message: '`{found}` means nothing here',
    hint: 'Remove it; if it belongs to a text, put the text in double quotes.',
    explanation: 'Outside of texts and comments only letters, digits, `_` and the signs of the language may stand.',
    bad: 'let adults = visits | where age ~ 18',
    good: 'let adults = visits | where age == 18',
  },
  E110: {
    title: 'An operator of another language',
    message: '`{found}` is not an operator here',
    hint: 'Write `{instead}`.',
    explanation:
      'Conditions are joined by the words `and`, `or`, `not`; equality is `==` and `!=`. A value is compared with null by `x == null` and `x != null`. A `|` begins a stage, and nothing else.',
    bad: 'let risky = visits | where age > 80 && !planned',
    good: 'let risky = visits | where age > 80 and not planned',
  },
  E111: {
    title: '`=` where a comparison is meant',
    message: '`=` does not compare',
    hint: 'To compare, write `==`; to name an argument, write `name: value`.',
    explanation:
      '`=` gives a field its value, in a block such as `derive { adult = age >= 18 }`. Inside a condition it is refused, so that a slip cannot change the data.',
    bad: 'let women = visits | where sex = "F"',
    good: 'let women = visits | where sex == "F"',
  },
  E112: {
    title: '`==` where a field gets its value',
    message: '`==` compares; a field gets its value by `=`',
    hint: 'Write `=`.',
    explanation:
      'The left side of an entry is the name of the field that is made; `=` follows it. `==` may stand in the value.',
    bad: 'let flagged = visits | derive { adult == age >= 18 }',
    good: 'let flagged = visits | derive { adult = age >= 18 }',
  },
  E113: {
    title: '`:` and `=` mixed up',
    message: '{what} is written with `{instead}`, not with `{found}`',
    hint: 'Write `{instead}`.',
    explanation:
      'Options, arguments, types and the members of records follow a `:`; fields made in a block follow a `=`. So `derive { a = 1 }`, but `file("x.csv") { format: csv }`.',
    bad: 'let flagged = visits | derive { adult: age >= 18 }',
    good: 'let flagged = visits | derive { adult = age >= 18 }',
  },
  E114: {
    title: 'A comma is missing',
    message: 'a comma is missing before `{found}`',
    hint: 'Separate arguments, items and entries on one line by commas.',
    explanation:
      'Entries in braces part by a comma or by a line end; arguments and the items of a list part by commas. Without one it is not clear where the first ends.',
    bad: 'let parts = rows | split train: 0.8 test: 0.2, group: none, seed: 1',
    good: 'let parts = rows | split train: 0.8, test: 0.2, group: none, seed: 1',
  },
  E115: {
    title: 'A `|` is missing',
    message: 'a `|` is missing before `{found}`',
    hint: 'Every stage begins with `|`: `| {found} …`.',
    explanation: 'Stages are joined by `|`, each of them, on one line or on several.',
    bad: 'let adults = visits where age >= 18',
    good: 'let adults = visits | where age >= 18',
  },
  E116: {
    title: 'A reserved word as a name',
    message: '`{name}` is a reserved word and cannot be a name',
    hint: 'Choose another name. For a column of a file, rename it: `map: { is_{name}: "{name}" }`.',
    explanation:
      'Seven words are reserved: `and or not in true false null`. All others may be names, those of statements too.',
    bad: 'let in = visits | where age >= 18',
    good: 'let incoming = visits | where age >= 18',
  },
  E117: {
    title: 'An unknown unit',
    message: '`{found}` is not a number, a duration or a size',
    hint: '{advice}',
    explanation:
      'Durations are whole numbers with `ms`, `s`, `m`, `h` or `d` right behind: `90m`, `24h`, `7d`. Months and years are no durations, since they differ in length. Sizes take `B`, `KB`, `MB`, `GB`, `TB` (thousands) or `KiB` … `TiB` (1024).',
    bad: 'source visits = topic("visits") { format: json, schema: Visit, lateness: 5 months, on_bad: fail }',
    good: 'source visits = topic("visits") { format: json, schema: Visit, lateness: 150d, on_bad: fail }',
  },
  E119: {
    title: 'A number written in another way',
    message: '`{found}` is not how numbers are written',
    hint: 'Write `{instead}`.',
    explanation:
      'Numbers are digits, with a point between digits for a float, and an exponent if need be: `18`, `0.5`, `1e-4`. There are no separators between thousands, and no point at either end.',
    bad: 'let sample = visits | where cost > 1_000',
    good: 'let sample = visits | where cost > 1000',
  },
  E120: {
    title: 'Not a date',
    message: '`{found}` is not a date or an instant',
    hint: '{why}',
    explanation:
      'A date is written `@2026-01-31`. An instant names its zone, for it is one point in time everywhere: `@2026-01-31T08:30:00Z`, `@2026-01-31T09:30:00+01:00`.',
    bad: 'let recent = visits | where at >= @2026-02-30',
    good: 'let recent = visits | where at >= @2026-02-28T00:00:00Z',
  },
  E121: {
    title: 'An unknown escape in a text',
    message: '`{found}` means nothing in a text',
    hint: 'For a backslash itself write two: `{instead}`.',
    explanation:
      'In a text a backslash begins one of `\\"`, `\\\\`, `\\n`, `\\t`, `\\r` and `\\u{1F600}`. In regular expressions every backslash is therefore written twice.',
    bad: 'let ids = visits | derive { digits = match(code, "\\d+", 0) }',
    good: 'let ids = visits | derive { digits = match(code, "\\\\d+", 0) }',
  },
  E122: {
    title: 'A number out of reach',
    message: '`{found}` is too {size} for {kind}',
    hint: '{reach}',
    defaults: {
      size: 'large',
      kind: 'a whole number',
      reach: 'Whole numbers reach 9007199254740991; a longer identifier is a `string`.',
    },
    explanation:
      'An `int` is exact up to 2^53 − 1 in either direction, and so are durations in milliseconds and sizes in bytes. Longer ones would be rounded silently elsewhere; here they are refused. A float beyond 1.8e308 would be infinity, and one nearer to 0 than 5e-324 would be 0.',
    bad: 'let one = visits | where visit_id == 12345678901234567890',
    good: 'let one = visits | where visit_id == "12345678901234567890"',
  },
  E123: {
    title: 'Comparisons do not chain',
    message: 'a second `{found}` cannot follow a comparison',
    hint: 'Join two comparisons by `and`, as in `a < b and b < c`, or write `b in 1..9`.',
    explanation:
      'The result of a comparison is true or false; comparing that with a number again is hardly ever meant.',
    bad: 'let adults = visits | where 18 <= age < 65',
    good: 'let adults = visits | where age in 18..64',
  },
  E124: {
    title: 'An unknown statement',
    message: '`{found}` does not begin a statement',
    hint: '{suggestion}',
    explanation:
      'Statements begin with one of `flow import param schema fn source table model schedule let sink test`.',
    bad: 'lets adults = visits | where age >= 18',
    good: 'let adults = visits | where age >= 18',
  },
  E126: {
    title: 'The flow line stands first',
    message: 'the line `flow {name}` must be the first statement, and the only one',
    hint: 'Put one line `flow {name} v1` at the top of the file.',
    explanation:
      'The line names the flow and its version, which its state and its artifacts belong to. A file without it is a library, for others to import.',
    bad: 'param seed: int = 1\nflow train v1',
    good: 'flow train v1\nparam seed: int = 1',
  },
  E127: {
    title: 'A flow needs its version',
    message: 'the flow line lacks its version',
    hint: 'Write `flow {name} v1`. Raise the number when the state of an older run no longer fits.',
    explanation: 'The version says whether state kept by an earlier run may be used again.',
    bad: 'flow train',
    good: 'flow train v1',
  },
  E128: {
    title: 'Nested too deeply or too long',
    message: 'this is nested too deeply, or too long an expression (the limit is {limit})',
    hint: 'Name a part of it by an own field or `fn`.',
    explanation:
      'Brackets nest at most 100 deep, and one expression holds at most 500 terms. No flow written by hand comes near.',
    bad: '((((((((…))))))))',
    good: 'derive { part = a + b, whole = part * c }',
  },
  E129: {
    title: 'A file that is too large',
    message: 'a flow has at most {limit} characters',
    hint: 'Split it into libraries and import them; keep data in files of their own.',
    explanation: 'Flows are written by people. A file of this size is most likely data.',
    bad: '(a file of two megabytes)',
    good: 'import { Visit } from "./visit.flow"',
  },
  E130: {
    title: 'An empty stage',
    message: 'this `|` has no stage',
    hint: 'Name the operator, as in `| where age >= 18`, or remove the `|`.',
    explanation: 'After each `|` an operator is named.',
    bad: 'let adults = visits | | where age >= 18',
    good: 'let adults = visits | where age >= 18',
  },
  E131: {
    title: '`let` names streams and pipelines',
    message: '`let` begins with the name of a stream, a model or a pipeline, not with {found}',
    hint: 'A constant is a `param`, a formula a `fn`, rows from outside a `source`; a stage follows its rows, as in `visits | limit 5`.',
    explanation:
      'The right side of `let` begins with the name of a stream, a part of one or a model, followed by stages; or it is `pipeline { | … }`. So it is with `sink`.',
    bad: 'let threshold = 0.35',
    good: 'param threshold: float = 0.35',
  },
  E133: {
    title: 'Functions have no default arguments',
    message: '`{name}` of `{function}` cannot have a default',
    hint: 'Give the argument at each call. Parameters of a `pipeline` may have defaults.',
    explanation: 'A `fn` is one expression, put in where it is called; all its arguments are given there.',
    bad: 'fn scaled(x: float, by: float = 2.0) = x * by',
    good: 'fn scaled(x: float, by: float) = x * by',
  },
  E134: {
    title: 'A space that is none',
    message: 'the character {code} looks like a space and is none',
    hint: 'Replace it by a plain space. It often comes from text copied out of a document or a web page.',
    explanation:
      'Only plain spaces, tabs and line ends separate words. Others cannot be seen, and differ between programs.',
    bad: 'let adults = visits\u00a0| where age >= 18',
    good: 'let adults = visits | where age >= 18',
  },
  E136: {
    title: 'An empty file',
    message: 'this file says nothing',
    hint: 'Begin with `flow NAME v1` and a `source`, or run `weir init` for a first flow.',
    explanation: 'A flow has at least a source and a sink, a library at least one statement.',
    bad: '// nothing but a comment',
    good: 'flow first v1',
  },
  E137: {
    title: 'Names are plain letters',
    message: '`{name}` has letters a name cannot have',
    hint: 'Names take `a`–`z`, `A`–`Z`, digits and `_`. Name a column of a file by `map: { name: "…" }`; texts go in double quotes.',
    explanation:
      'Names appear in topics, files and metrics, so they keep to letters that every system takes. Texts and comments may hold any.',
    bad: 'let größe = visits | where height > 1.8',
    good: 'let tall = visits | where height > 1.8',
  },
  E138: {
    title: 'A colon is missing',
    message: 'a `:` is missing before `{found}`',
    hint: 'Write `{name}: {found}`.',
    explanation: 'Between the name of a field or an option and its type or value stands a `:`.',
    bad: 'schema Visit { ward string }',
    good: 'schema Visit { ward: string }',
  },
  E139: {
    title: 'A phrase of another language',
    message: '`{found}` does not stand between values here',
    hint: 'Write {instead}.',
    explanation:
      'Tests of texts and choices of values are functions: `contains(name, "a")`, `if(condition, a, b)`, `case(…)`. Between two values stand only the signs, and `in`, `and`, `or`.',
    bad: 'let near = visits | where ward like "A%"',
    good: 'let near = visits | where starts_with(ward, "A")',
  },
  E140: {
    title: 'A field without a name',
    message: '`{found}(…)` makes a field that has no name',
    hint: 'Name it: `name = {found}(…)`.',
    explanation: 'What a block computes goes to a field, and later stages speak of it by that name.',
    bad: 'let by_ward = visits | aggregate by: ward { count() }',
    good: 'let by_ward = visits | aggregate by: ward { stays = count() }',
  },
  E141: {
    title: 'A parameter without a type',
    message: 'the type of `{name}` is missing',
    hint: 'Write it behind the name, as in `{name}: int`.',
    explanation: 'Parameters have a type, so that a wrong value is found before a row is read.',
    bad: 'param least = 18',
    good: 'param least: int = 18',
  },
} as const satisfies Record<string, CatalogueEntry>;
