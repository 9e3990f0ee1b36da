import type { CatalogueEntry } from './entry.ts';

/** E6xx: delivery and privacy. */
export const DELIVERY = {
  E601: {
    title: 'A sink that cannot commit',
    message: '`{connector}` cannot deliver exactly once',
    hint: 'Write to a topic or a file, or say `delivery: at_least_once` and let the receiver drop doubles by key.',
    explanation:
      'Exactly once needs an output that takes rows and positions in one commit, or writes the same key again without harm. Others may deliver a row twice after a crash, and must say so.',
    bad: 'sink out = rows | write stdout(), delivery: exactly_once',
    good: 'sink out = rows | write topic("out"), delivery: exactly_once',
  },
  E602: {
    title: 'A target that is in use',
    message: '`{target}` is already {how} `{name}`',
    hint: '{hint}',
    defaults: { how: 'written by the sink', hint: 'Write to another target; rows of two sinks are joined by `union`.' },
    explanation:
      'Two sinks that replace or append to one target would overwrite or mix each other. A flow that writes what it reads would eat its own input, or never end. Paths are compared as they are written; links and patterns are looked at when the run starts (R216).',
    bad: 'sink a = x | write file("out.csv")\nsink b = y | write file("out.csv")',
    good: 'sink a = x | union y | write file("out.csv")',
  },
  E603: {
    title: 'An output the rows do not fit',
    message: '`{connector}` does not take {what}',
    hint: '{hint}',
    defaults: { hint: '' },
    explanation: 'Connectors and formats take certain kinds of values and types.',
    bad: 'sink out = rows | write report("x.html")',
    good: 'sink out = card | write report("x.html")',
  },
  E610: {
    title: 'Personal data would leave',
    message: '`{field}` is `@phi`, or made of what is, and would leave through {target}',
    hint: 'Leave it out, or make it unreadable: `hash({field})`, or of a text `mask({field}, 4)`.',
    explanation:
      '`@phi` follows a field through every stage. It does not go to logs, metrics or open outputs. `hash`, counts, and a `mask` that keeps at most 4 characters shed it; a comparison, a mean or a largest value does not, for it may tell just what was to be kept.',
    bad: 'sink out = visits | select { patient_nbr, age } | write stdout()',
    good: 'sink out = visits | select { who = hash(patient_nbr), age } | write stdout()',
  },
} as const satisfies Record<string, CatalogueEntry>;
