import type { CatalogueEntry } from './entry.ts';

/** W8xx: what runs, and is probably not meant. */
export const LINTS = {
  W801: {
    title: 'A binding that nothing uses',
    message: '`{name}` is never used',
    hint: '{hint}',
    defaults: { hint: 'Use it in a sink, or remove it.' },
    explanation: 'Only what a sink needs is run.',
    bad: 'let unused = visits | where age > 80',
    good: 'sink old = visits | where age > 80 | write stdout()',
  },
  W808: {
    title: 'A format that is not needed',
    message: '`{connector}` needs no `format:`: {why}',
    hint: 'Leave it out.',
    explanation: 'Formats turn bytes into rows. What has rows already is read as it is, so the option changes nothing.',
    bad: 'source visits = generate(100) { format: json, schema: Visit }',
    good: 'source visits = generate(100) { schema: Visit }',
  },
} as const satisfies Record<string, CatalogueEntry>;
