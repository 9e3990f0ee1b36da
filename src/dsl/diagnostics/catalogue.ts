import { DELIVERY } from './delivery.ts';
import { IMPORTS } from './imports.ts';
import { LEARNING } from './learning.ts';
import { LINTS } from './lints.ts';
import { NAMES } from './names.ts';
import { REGISTERED } from './registered.ts';
import { STREAMS } from './streams.ts';
import { SYNTAX } from './syntax.ts';
import { TYPES } from './types.ts';

/**
 * Everything the compiler can say about a flow, by code. To add one: put an entry into the file of its family with the next
 * free number (`E1 syntax, E2 names, E3 types, E4 streams, E5 learning, E6 delivery, E7 imports and registered schemas, W8 lints`); a number is never
 * used again for something else. Slots in `{braces}` are filled by the details of the report, whose keys are checked by type
 * in `diagnostic(…)`; slots a report may leave out stand in `defaults`. An operator's `check` names the code as text. What the
 * running engine says (R…) is in `operational.ts`.
 */
export const CATALOGUE = {
  ...SYNTAX,
  ...NAMES,
  ...TYPES,
  ...STREAMS,
  ...LEARNING,
  ...DELIVERY,
  ...IMPORTS,
  ...REGISTERED,
  ...LINTS,
} as const;

export type DiagnosticCode = keyof typeof CATALOGUE;
