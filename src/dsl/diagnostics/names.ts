import type { CatalogueEntry } from './entry.ts';

/** E190, and E2xx: names, parameters and arguments. */
export const NAMES = {
  E190: {
    title: 'Not available yet',
    message: '{what} is not available yet',
    hint: 'It is part of the language and comes with a later version; leave it out for now.',
    explanation:
      'The language has words for event time, tuning, schedules, images and sites that this version cannot run. They are refused rather than ignored, since a flow that quietly does less than it says is worse than none.',
    bad: 'let trend = vitals | window trailing(24h), by: patient_id { hr = mean(hr) }',
    good: 'let trend = vitals | aggregate by: patient_id { hr = mean(hr) }',
  },
  E201: {
    title: 'An unknown name',
    message: 'there is no {kind} `{name}` here',
    hint: '{hint}',
    defaults: { kind: 'field', hint: '', known: '' },
    explanation:
      'Every name is declared somewhere: fields in a schema or by an earlier stage, streams by `source`, `table`, `let` and `sink`, functions by `fn` or in the reference. A name nearly right is suggested.',
    bad: 'let adults = visits | where agee >= 18',
    good: 'let adults = visits | where age >= 18',
  },
  E202: {
    title: 'A name declared twice',
    message: 'there is already a {kind} `{name}`',
    hint: 'Choose another name, or remove one of the two.',
    explanation:
      'Statements may stand in any order, so a name cannot mean one thing above and another below. Imported names count too.',
    bad: 'let adults = visits | where age >= 18\nlet adults = visits | where age >= 21',
    good: 'let adults = visits | where age >= 18\nlet over_21 = visits | where age >= 21',
  },
  E203: {
    title: 'An unknown part',
    message: '`{name}` has no part `{part}`',
    hint: '{hint}',
    explanation:
      'Parts follow a dot: the parts named in a `split`, `.late` and `.bad` of a source, what a model or report holds.',
    bad: 'let parts = rows | split train: 0.8, test: 0.2, group: none, seed: 1\nlet fitted = parts.training | fit prep',
    good: 'let parts = rows | split train: 0.8, test: 0.2, group: none, seed: 1\nlet fitted = parts.train | fit prep',
  },
  E204: {
    title: 'A declaration that needs itself',
    message: '`{name}` is declared by itself: {chain}',
    hint: 'Break the circle: one of these must not need the others.',
    explanation:
      'A stream cannot be made from itself, nor a schema, function or pipeline. Flows have no loops; learning has its own, inside `train`.',
    bad: 'let a = b | where x > 1\nlet b = a | where x > 2',
    good: 'let a = rows | where x > 1\nlet b = a | where x > 2',
  },
  E205: {
    title: 'The same name twice in one place',
    message: '`{name}` is given twice in {where}',
    hint: 'Keep one of the two.',
    defaults: { where: 'one place' },
    explanation:
      'Fields of a schema, arguments of a stage, options of a source, members of a record and values of an enum are each given once; otherwise it would be left to chance which holds.',
    bad: 'let first = rows | limit 3, n: 5',
    good: 'let first = rows | limit 3',
  },
  E206: {
    title: 'A parameter that is never read',
    message: 'the parameter `{name}` is never read',
    hint: 'Read it by a `$` before its name, or remove it.',
    explanation:
      'A value given by `--param` that changes nothing is most likely a slip: the flow still uses a number written somewhere else.',
    bad: 'param limit: float = 0.5\nlet risky = scored | where p > 0.5',
    good: 'param limit: float = 0.5\nlet risky = scored | where p > $limit',
  },
  E207: {
    title: 'A missing argument',
    message: '{of} needs `{name}`: {doc}',
    hint: 'Add it, as in `{shown}`.',
    defaults: { doc: 'it has no default', shown: '{name}: …' },
    explanation: 'The argument has no default, because no value would be right for everybody.',
    bad: 'let part = rows | sample 0.1',
    good: 'let part = rows | sample 0.1, seed: 7',
  },
  E208: {
    title: 'An unknown argument or option',
    message: '{of} takes no `{name}`',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation:
      'Arguments and options are checked against the definition of the stage, function, rule or connector, so that a misspelt one is not ignored.',
    bad: 'let model = rows | train gbdt, label: soon, tree: 400',
    good: 'let model = rows | train gbdt, label: soon, trees: 400',
  },
  E209: {
    title: 'Too many arguments by place',
    message: '{of} takes no further argument without a name',
    hint: '{hint}',
    defaults: { hint: 'Name it, as in `name: value`.' },
    explanation:
      'Only the first arguments may be given by place; the others are named, so that a reader sees what they mean.',
    bad: 'let part = rows | sample 0.1, 7',
    good: 'let part = rows | sample 0.1, seed: 7',
  },
  E210: {
    title: 'A field that is there already',
    message: 'the rows already have a field `{name}`',
    hint: 'Give it another name, as in `{ other_{name} = {name} }`, or drop one of the two first.',
    explanation:
      'A stage that adds fields never overwrites one, since it could not be seen which of the two a later stage reads.',
    bad: 'let both = visits | join labs, on: id { ward }',
    good: 'let both = visits | join labs, on: id { lab_ward = ward }',
  },
  E213: {
    title: 'A name of another kind',
    message: '`{name}` is {found}, and this must be {expected}',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation:
      'What a name means depends on where it stands: after `=` in `let` a stream, in an expression a field, after `score` a model. This one exists, but is something else.',
    bad: 'let risky = scored | where scored > 0.5',
    good: 'let risky = scored | where p > 0.5',
  },
  E214: {
    title: 'A function that calls itself',
    message: 'the function `{name}` calls itself',
    hint: 'A `fn` is one expression put in where it is called; say it without the circle.',
    explanation: 'Functions are inlined, so each must come to an end. There are no loops inside a row.',
    bad: 'fn down(x: int) = if(x > 0, down(x - 1), 0)',
    good: 'fn down(x: int) = max(x, 0)',
  },
  E215: {
    title: 'The wrong number of arguments',
    message: '`{name}` takes {expected}, and is given {found}',
    hint: null,
    explanation: 'The reference of functions lists what each one takes; a `fn` takes what it declares.',
    bad: 'let rows2 = rows | derive { a = abs(x, y) }',
    good: 'let rows2 = rows | derive { a = abs(x) }',
  },
  E216: {
    title: 'Something that is no value here',
    message: '{what} is not a value',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation:
      'Ranges stand after `in`, and in types; records are options and rows of tests. Neither can be a field.',
    bad: 'let rows2 = rows | derive { a = 1..5 }',
    good: 'let rows2 = rows | derive { a = x in 1..5 }',
  },
  E217: {
    title: 'A secret outside its place',
    message: '`{name}` is a secret and cannot stand here',
    hint: 'Secrets go to options of connectors and to parameters of type `secret`, nowhere else.',
    explanation:
      'A secret in a field, a message or a plan would be written somewhere. It is read from the environment and handed to a connector only.',
    bad: 'let rows2 = rows | derive { token = $token }',
    good: 'source rows = http("…", token: $token) { format: json, schema: Row, on_bad: fail }',
  },
  E218: {
    title: 'A part that is no value',
    message: '`{name}` is {found}, not a value of a row',
    hint: '{hint}',
    defaults: {
      hint: 'After `score m` a row has `m.version` and `m.threshold`; figures of a report stand in `require`.',
      of: '',
    },
    explanation: 'In an expression a part of a binding, such as `risk.version` or `card.auroc`, must be one value.',
    bad: 'let rows2 = scored | derive { m = risk.transform }',
    good: 'let rows2 = scored | derive { m = risk.version }',
  },
  E219: {
    title: 'A part of something without parts',
    message: '`{text}` has no parts, so not `{member}` either',
    hint: '{hint}',
    defaults: { hint: 'A dot follows a joined record, as in `labs.creatinine`, or a binding.' },
    explanation:
      'Only record columns, which a join adds, and bindings have parts. Text and numbers have functions instead.',
    bad: 'let rows2 = rows | derive { n = name.length }',
    good: 'let rows2 = rows | derive { n = length(name) }',
  },
  E220: {
    title: 'A part must be named',
    message: '`{name}` has several parts; say which one',
    hint: 'It has {parts}.',
    explanation: 'A `split` gives parts with roles, and using all of them at once would mix training and test rows.',
    bad: 'let parts = rows | split train: 0.8, test: 0.2, group: none, seed: 1\nlet fitted = parts | fit prep',
    good: 'let parts = rows | split train: 0.8, test: 0.2, group: none, seed: 1\nlet fitted = parts.train | fit prep',
  },
  E221: {
    title: 'A library parameter needs a default',
    message: 'the parameter `{name}` of a library must have a default',
    hint: 'Give it one, or make it a parameter of the pipeline that uses it.',
    explanation:
      '`--param` reaches the parameters of the flow itself. A library is imported by several flows and cannot ask each of their users.',
    bad: 'param limit: float',
    good: 'param limit: float = 0.5',
  },
  E222: {
    title: 'An unknown stage',
    message: 'there is no stage `{name}`',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation:
      'The reference of operators lists all stages. One of your own is added by `weir run --with ./my-operator.ts`.',
    bad: 'let adults = visits | filter age >= 18',
    good: 'let adults = visits | where age >= 18',
  },
  E223: {
    title: 'An unknown connector, format, rule or learner',
    message: 'there is no {kind} `{name}`',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation: 'The references list what there is; `--with` adds your own.',
    bad: 'source visits = files("visits.csv") { schema: Visit, on_bad: fail }',
    good: 'source visits = file("visits.csv") { schema: Visit, on_bad: fail }',
  },
  E227: {
    title: 'A flow without a sink',
    message: 'this flow writes nothing',
    hint: 'Add a `sink`, such as `sink out = rows | write stdout()`.',
    explanation:
      'Only what a sink needs is run. Without one, a run would do nothing. A file without a `flow` line is a library and needs none.',
    bad: 'flow idle v1\nlet adults = visits | where age >= 18',
    good: 'flow busy v1\nsink adults = visits | where age >= 18 | write stdout()',
  },
  E228: {
    title: 'A sink that does not end in an output',
    message: 'the sink `{name}` ends in `{stage}`, which puts nothing out',
    hint: 'End it with `| write …` or `| publish …`.',
    defaults: { stage: 'a stream' },
    explanation: 'The last stage of a sink says where its rows or its model go.',
    bad: 'sink alerts = scored | where p > 0.5',
    good: 'sink alerts = scored | where p > 0.5 | write topic("alerts")',
  },
  E229: {
    title: 'A write outside of a sink',
    message: '`write` ends a `sink`, and stands elsewhere here',
    hint: '{hint}',
    explanation:
      'Outputs have names of their own, so that their state and deliveries survive when the flow around them is edited. So rows are written by a `sink` statement only.',
    bad: 'let out = visits | write topic("visits")',
    good: 'sink out = visits | write topic("visits")',
  },
  E230: {
    title: 'A parameter without a value',
    message: 'the parameter `{name}` has no default and was not given',
    hint: 'Run with `--param {name}={example}`, or give it a default.',
    defaults: { example: '…', type: '' },
    explanation: 'A parameter without `= value` is required for each run; `weir check` does without it.',
    bad: 'param data: string',
    good: 'param data: string = "visits.csv"',
  },
  E231: {
    title: 'An unknown parameter on the command line',
    message: 'the flow has no parameter `{name}`',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation:
      '`--param` takes names the flow declares by `param`. A misspelt one would leave the default in force unseen.',
    bad: 'weir run train.flow --param sed=7',
    good: 'weir run train.flow --param seed=7',
  },
  E232: {
    title: 'A parameter value of another type',
    message: 'the value given for `{name}` is not {type}',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation:
      'Values on the command line are text; they are read as the type the parameter is declared with, and keep its range.',
    bad: 'weir run train.flow --param seed=seven',
    good: 'weir run train.flow --param seed=7',
  },
  E233: {
    title: 'A name that nothing in the world can have',
    message: '{name} cannot be the name of a {kind}: {why}',
    hint: null,
    explanation:
      "Topics keep to the letters that every log takes, models to those that every file system takes; a tag is never a number or a hash, as a version is named by. What begins with `weir.` is the engine's own: exchanges between stages and what it knows of a stream. A name that comes by `--param` is held against the same rules when the run starts (R115, R304, R306).",
    bad: 'sink alerts = rows | write topic("Alerts of today!")',
    good: 'sink alerts = rows | write topic("alerts.today")',
  },
} as const satisfies Record<string, CatalogueEntry>;
