import type { RecordPart } from '../engine/contract/connector.ts';
import { type Field, PLAIN_KINDS } from '../engine/contract/types.ts';
import type { ArgumentPlace } from './argument-slots.ts';
import { constantArgument } from './arguments.ts';
import { didYouMean, listed } from './suggest.ts';
import type { CallNode } from './syntax.ts';
import { describeType, UNKNOWN_TYPE } from './types.ts';

const PARTS = ['key', 'timestamp', 'header'];
/** Of files, for which there is no place yet. */
const LATER = ['dir', 'stem'];

/** `key()`, `timestamp()` or `header("name")` in `map:`. Null: reported. */
export function recordPart(
  node: CallNode,
  field: Field | undefined,
  readsRecords: boolean,
  place: ArgumentPlace,
): RecordPart | null {
  const { reporter } = place.names;
  const name = node.callee.text;
  if (LATER.includes(name)) {
    reporter.report('E190', node.span, { what: `\`${reporter.textOf(node.span)}\` in \`map:\`` });
    return null;
  }
  if (!PARTS.includes(name)) {
    const hint = didYouMean(name, PARTS, `They are ${listed(PARTS.map(part => `${part}()`))}.`);
    reporter.report('E223', node.callee.span, { kind: 'part of a record', name, hint });
    return null;
  }
  if (!readsRecords) {
    reporter.report('E415', node.span, { part: reporter.textOf(node.span) });
    return null;
  }
  const [text, ...more] = node.args;
  const surplus = name === 'header' ? more[0] : text;
  if (surplus !== undefined || node.named.length > 0 || (name === 'header' && text === undefined)) {
    reporter.report('E304', (surplus ?? node).span, {
      expected: name === 'header' ? 'the name of a header, as in `header("trace")`' : `\`${name}()\``,
    });
    return null;
  }
  if (field !== undefined && field.type !== UNKNOWN_TYPE && !fits(name, field)) {
    reporter.report('E301', node.span, {
      found: name === 'timestamp' ? 'a timestamp' : 'a text',
      expected: describeType(field.type, field.nullable),
      where: `\`${field.name}\``,
      hint: '',
    });
    return null;
  }
  if (name !== 'header') return { kind: name === 'key' ? 'key' : 'timestamp' };
  const value = constantArgument({ kind: 'string', doc: '', optional: true }, 'header', text, place);
  return value === null ? null : { kind: 'header', name: String(value.value) };
}

/** Texts are read as they are in a file. */
function fits(part: string, { type }: Field): boolean {
  return part === 'timestamp' ? type.kind === 'timestamp' : PLAIN_KINDS.includes(type.kind);
}
