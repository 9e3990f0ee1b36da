import { optional, type ParameterSpec, type ParameterSpecs } from '../engine/contract/parameter.ts';
import { fieldOf, PLAIN_KINDS, type Schema } from '../engine/contract/types.ts';
import type { RecordFields } from '../engine/plan/plan.ts';
import type { ArgumentPlace } from './argument-slots.ts';
import { takesField } from './columns.ts';
import { columnHint } from './field-hints.ts';
import type { ExpressionNode, NamedArgument } from './syntax.ts';

/** What `write topic(…), format: …` says of a record besides its value and key. */
export const RECORD_OPTIONS = {
  timestamp: optional('column', 'Time of the records of a topic; without it, or null in it, that of writing.', {
    types: ['timestamp'],
  }),
  headers: optional(
    'strings_by_name',
    'Headers of the records of a topic, each by the field that fills it: `{ trace: trace_id }`.',
  ),
  tombstone: optional(
    'column',
    'Rows of which it is true become records without a value, by which a compacted topic forgets their key.',
    {
      types: ['bool'],
    },
  ),
} as const satisfies ParameterSpecs;
const HEADER: ParameterSpec = optional('column', '', { types: PLAIN_KINDS });

/** Null: reported. */
export function recordFields(
  given: readonly NamedArgument[],
  writesRecords: boolean,
  schema: Schema,
  open: boolean,
  place: ArgumentPlace,
): RecordFields | null {
  const found: { timestamp?: string; headers?: Record<string, string>; tombstone?: string } = {};
  const { reporter } = place.names;
  let failed = false;
  for (const arg of given) {
    const name = arg.name.text;
    if (!Object.hasOwn(RECORD_OPTIONS, name)) continue;
    if (!writesRecords) {
      const hint = 'Only records of a topic have it: add `format:`.';
      reporter.report('E208', arg.name.span, { of: place.of, name, hint });
      failed = true;
    } else if (name === 'headers') {
      const headers = headerFields(arg.value, schema, open, place);
      if (headers === null) failed = true;
      else found.headers = headers;
    } else {
      const option = name as 'timestamp' | 'tombstone';
      const field = column(RECORD_OPTIONS[option], option, arg.value, schema, open, place);
      if (field === null) failed = true;
      else found[option] = field;
    }
  }
  return failed ? null : found;
}

function headerFields(
  node: ExpressionNode,
  schema: Schema,
  open: boolean,
  place: ArgumentPlace,
): Record<string, string> | null {
  if (node.kind !== 'record') {
    const hint = 'As in `headers: { trace: trace_id }`.';
    place.names.reporter.report('E304', node.span, { expected: 'names of headers with fields', hint });
    return null;
  }
  const fields = node.members.map(
    ({ name, value }) => [name.text, column(HEADER, name.text, value, schema, open, place)] as const,
  );
  return fields.some(([, field]) => field === null) ? null : (Object.fromEntries(fields) as Record<string, string>);
}

function column(
  spec: ParameterSpec,
  option: string,
  node: ExpressionNode,
  schema: Schema,
  open: boolean,
  place: ArgumentPlace,
): string | null {
  const { reporter } = place.names;
  if (node.kind !== 'name') {
    const hint = 'Write it without quotes; compute it in a `derive` before, where it is not a field yet.';
    reporter.report('E304', node.span, { expected: 'the name of a field', hint });
    return null;
  }
  const field = fieldOf(schema, node.name);
  if (field !== undefined) return takesField(spec, field, `\`${option}\``, node.span, reporter) ? node.name : null;
  if (open) return node.name;
  reporter.report('E201', node.span, { kind: 'field', name: node.name, hint: columnHint(node.name, schema) });
  return null;
}
