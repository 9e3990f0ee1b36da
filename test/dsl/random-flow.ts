import fc from 'fast-check';

/**
 * Random flows that are right by construction, as text. Gaps are drawn too: `~` is any gap (spaces, line ends, comments), `;` a
 * separator of entries (comma or line end or both), `^` a line end with what may stand there. None of the three signs occurs in
 * a flow otherwise.
 */
const name = fc.constantFrom(
  'a',
  'age',
  'ward_2',
  'source',
  'model',
  'test',
  'let',
  'given',
  'is',
  'from',
  'pipeline',
  'x9',
);
const literal = fc.constantFrom(
  '0',
  '17',
  '1.5',
  '1e-4',
  '"text"',
  '"a \\"b\\" // c"',
  'true',
  'false',
  'null',
  '5m',
  '250ms',
  '7d',
  '64MB',
  '@2026-01-31',
  '@2026-01-01T00:00:00+01:00',
  '$limit',
);
const infix = fc.constantFrom('+', '-', '*', '/', '%', '??', 'and', 'or');
/** A `*` alone on its line would mean all fields. */
const joint = (sign: string): string => (sign === '*' ? ' *~' : `~${sign}~`);
const compare = fc.constantFrom('==', '!=', '<', '<=', '>', '>=', 'in', 'not in');

const { expression, value, named } = fc.letrec<Record<'value' | 'expression' | 'argument' | 'named', string>>(tie => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    name,
    literal,
    fc.tuple(name, fc.constantFrom('.b', '.train.x')).map(parts => parts.join('')),
    fc.tuple(name, fc.array(tie('argument'), { maxLength: 4 })).map(([f, args]) => `${f}(~${args.join('~,~')}~)`),
    tie('expression').map(inner => `(~${inner}~)`),
    fc.array(tie('expression'), { maxLength: 5 }).map(items => `[~${items.join('~,~')}~]`),
    fc.array(tie('named'), { maxLength: 4 }).map(items => `{~${items.join(';')}~}`),
    fc.tuple(fc.constantFrom('-', 'not '), tie('value')).map(parts => parts.join('')),
  ),
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    tie('value'),
    fc.tuple(tie('value'), infix, tie('value')).map(([a, sign, b]) => `${a}${joint(sign)}${b}`),
    fc
      .tuple(tie('value'), infix, tie('value'), infix, tie('value'))
      .map(([a, one, b, two, c]) => `${a}${joint(one)}${b}${joint(two)}${c}`),
    fc.tuple(tie('value'), compare, tie('value')).map(parts => `(${parts.join('~')})`),
    fc.tuple(fc.constantFrom('1', 'a', '0.5'), fc.constantFrom('9', 'b', '1.0', '')).map(([a, b]) => `x in ${a}..${b}`),
  ),
  named: fc.tuple(fc.oneof(name, fc.constant('"odd name"')), tie('expression')).map(([key, of]) => `${key}~:~${of}`),
  argument: fc.oneof(
    tie('expression'),
    fc.tuple(name, tie('expression')).map(([key, of]) => `${key}:~${of}`),
  ),
}));

const entry = fc.oneof(
  fc.tuple(name, expression).map(([key, of]) => `${key}~=~${of}`),
  fc
    .tuple(fc.array(name, { minLength: 1, maxLength: 3 }), expression)
    .map(([keys, of]) => `[${keys.join('~,~')}]~=~${of}`),
  expression.map(of => `* = ${of}`),
  name,
);
const block = fc.array(entry, { maxLength: 5 }).map(entries => `{~${entries.join(';')}~}`);
const stageName = fc.constantFrom('where', 'derive', 'train', 'window');
const first = fc.oneof(
  name,
  literal,
  fc.tuple(name, value).map(([f, of]) => `${f}(${of})`),
  fc.constant('not a in [1, 2]'),
);
const stage = fc
  .tuple(
    stageName,
    fc.option(
      fc.tuple(
        first,
        fc.array(
          fc.tuple(name, expression).map(([key, of]) => `${key}: ${of}`),
          { maxLength: 4 },
        ),
      ),
    ),
    fc.option(block),
  )
  .map(([op, args, of]) => {
    const given = args === null ? '' : ` ${[args[0], ...args[1]].join('~,~')}`;
    return `|~${op}${given}${of === null ? '' : ` ${of}`}`;
  });
const pipe = fc
  .tuple(fc.constantFrom('rows', 'parts.train'), fc.array(stage, { maxLength: 4 }))
  .map(([head, stages]) => [head, ...stages].join('~'));
const type = fc.constantFrom(
  'int',
  'string?',
  'float in 0.0..1.0',
  'int in 1..',
  'float? in -5.0..',
  'list<string?>',
  'tensor<f32>[h, w, 3]',
  'enum("F", "M")',
  'enum(~"F"~,~"M"~)?',
  'date',
);
const field = fc.oneof(
  fc
    .tuple(name, type, fc.constantFrom('', ' @id', ' @entity @phi', ' @unit("%")'))
    .map(([key, of, marks]) => `${key}~:~${of}${marks}`),
  fc.constant('..Other'),
);
const parameters = fc.array(
  fc.tuple(name, type, fc.constantFrom('', '~=~1')).map(([key, of, preset]) => `${key}:~${of}${preset}`),
  { maxLength: 3 },
);
const step = fc.oneof(
  fc.tuple(name, expression).map(([of, rows]) => `given ${of} [~{ a: ${rows} }~{ "b": 1 }~]`),
  fc.constant('given $limit 7'),
  fc.constant('advance 5m'),
  fc.constant('expect rows.bad []'),
);
const FROM = 'from registry(~"a-value",~version: 1,~url: "http://127.0.0.1:1"~) ';
const statement = fc.oneof(
  fc.tuple(fc.array(name, { maxLength: 4 })).map(([names]) => `import {~${names.join(';')}~} from "./lib.flow"`),
  fc
    .tuple(name, type, fc.option(expression))
    .map(([key, of, preset]) => `param ${key}: ${of}${preset === null ? '' : ` = ${preset}`}`),
  fc
    .tuple(name, fc.array(field, { maxLength: 5 }), fc.constantFrom('', FROM, FROM))
    .map(([key, fields, from]) => `schema ${key} ${from}{~${(from === '' ? fields : [...fields, '..']).join(';')}~}`),
  name.map(key => `schema ${key} ${FROM}`),
  fc
    .tuple(
      name,
      fc.array(
        fc.tuple(name, type).map(([key, of]) => `${key}: ${of}`),
        { maxLength: 3 },
      ),
      expression,
    )
    .map(([key, params, body]) => `fn ${key}(${params.join('~,~')}) = ${body}`),
  fc
    .tuple(fc.constantFrom('source', 'table', 'model', 'schedule'), name, value, fc.array(named, { maxLength: 4 }))
    .map(
      ([word, key, of, options]) =>
        `${word} ${key} = file(${of}) {~${options.map(item => item.replace('"odd name"', 'odd')).join(';')}~}`,
    ),
  fc.tuple(name, pipe).map(([key, of]) => `let ${key} = ${of}`),
  fc.tuple(name, pipe).map(([key, of]) => `sink ${key} = ${of}`),
  fc
    .tuple(name, parameters, fc.array(stage, { maxLength: 3 }))
    .map(([key, params, stages]) => `let ${key} = pipeline(${params.join('~,~')}) {~${stages.join('~')}~}`),
  fc.array(step, { maxLength: 3 }).map(steps => `test "a test" {^${steps.join('^')}^}`),
);
const template = fc
  .tuple(fc.boolean(), fc.array(statement, { minLength: 1, maxLength: 5 }))
  .map(([flow, statements]) => [...(flow ? ['flow random v3'] : []), ...statements].join('^'));

const GAPS: Readonly<Record<string, readonly string[]>> = {
  '~': [' ', ' ', ' ', '  ', '\n', '\n    ', '\n\n\n', ' // note\n', '\n// above\n  ', '\t', '\r\n'],
  ';': [', ', ',', '\n', '\n  ', ',\n', '\n\n', ' // note\n', ', // note\n', '\n// above\n, '],
  '^': ['\n', '\n\n', '\n\n\n', ' // note\n', '\n/// doc\n', '\n// one\n\n// two\n'],
};

export const randomFlow: fc.Arbitrary<string> = fc
  .tuple(template, fc.array(fc.nat(99), { minLength: 20, maxLength: 20 }))
  .map(([text, choices]) => {
    let at = 0;
    const filled = text.replace(/[~;^]/g, sign => {
      const gaps = GAPS[sign] ?? [' '];
      return gaps[(choices[at++ % choices.length] ?? 0) % gaps.length] ?? ' ';
    });
    return `${filled}\n`;
  });
