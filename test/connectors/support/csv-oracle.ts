import type { RowValue } from '../../../src/engine/contract/function.ts';
import type { Schema } from '../../../src/engine/contract/types.ts';
import { meaningOf, type TextRules } from './text-oracle.ts';

export interface OracleResult {
  readonly rows: readonly Record<string, RowValue>[];
  readonly bad: readonly { code: string; record: number; raw: string }[];
}

/** A CSV decoder of strings, one character at a time. `bytes` as UTF-8; bad rows hold theirs as latin1. */
export function csvOracle(
  bytes: Uint8Array,
  schema: Schema,
  rules: TextRules & { readonly delimiter: string; readonly maxRecordBytes: number },
): OracleResult {
  // One character a byte, so that lengths agree; texts are decoded at the end.
  let text = Buffer.from(bytes).toString('latin1');
  if (text.startsWith('\u00ef\u00bb\u00bf')) text = text.slice(3);
  const rows: Record<string, RowValue>[] = [];
  const bad: { code: string; record: number; raw: string }[] = [];
  let header: string[] | null = null;
  let record = 0;
  for (let at = 0; at < text.length; ) {
    const cut = cutRecord(text, at, rules.delimiter);
    const lineEnd = text.indexOf('\n', at) < 0 ? text.length : text.indexOf('\n', at);
    const line = text.slice(at, lineEnd).replace(/\r$/, '');
    const tooLong = (cut.brokenAt ?? cut.end) - at > rules.maxRecordBytes;
    if (header !== null && (tooLong || cut.brokenAt !== undefined)) {
      const long = tooLong || line.length > rules.maxRecordBytes;
      bad.push({ code: long ? 'R418' : 'R412', record: ++record, raw: line.slice(0, rules.maxRecordBytes) });
      at = lineEnd + 1;
      continue;
    }
    const raw = text.slice(at, cut.end);
    at = cut.next;
    if (header === null) {
      if (raw !== '') header = cut.fields.map(field => utf8Of(field.text).trim());
      continue;
    }
    if (raw === '' && header.length > 1) continue;
    record++;
    if (cut.fields.length !== header.length) {
      bad.push({ code: 'R411', record, raw });
      continue;
    }
    const row: Record<string, RowValue> = {};
    let code: string | null = null;
    for (const field of schema.fields) {
      const cell = cut.fields[header.indexOf(field.name)];
      const meaning = meaningOf(cell.text === '' && !cell.quoted ? null : utf8Of(cell.text), field, rules);
      if ('bad' in meaning) code ??= meaning.bad;
      else row[field.name] = meaning.value;
    }
    if (code === null) rows.push(row);
    else bad.push({ code, record, raw });
  }
  return { rows, bad };
}

function utf8Of(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8');
}

interface Cut {
  readonly fields: { text: string; quoted: boolean }[];
  /** End of the record's text, and where the next one begins. */
  readonly end: number;
  readonly next: number;
  readonly brokenAt?: number;
}

function cutRecord(text: string, from: number, delimiter: string): Cut {
  const fields: { text: string; quoted: boolean }[] = [];
  for (let at = from; ; at++) {
    let field = '';
    const quoted = text[at] === '"';
    if (quoted) {
      for (at++; ; at++) {
        if (at >= text.length) return { fields, end: text.length, next: text.length, brokenAt: text.length };
        if (text[at] === '"' && text[at + 1] === '"') field += text[at++];
        else if (text[at] === '"') break;
        else field += text[at];
      }
      at++;
    } else {
      while (at < text.length && ![delimiter, '\n', '"'].includes(text[at]) && !isLineEnd(text, at))
        field += text[at++];
    }
    fields.push({ text: field, quoted });
    if (isLineEnd(text, at)) {
      const next = text[at] === '\r' ? at + 2 : at + 1;
      return { fields, end: at, next };
    }
    if (text[at] !== delimiter) return { fields, end: at, next: at, brokenAt: at };
  }
}

/** Also the end of the text, and a CR just before it. */
function isLineEnd(text: string, at: number): boolean {
  if (at >= text.length || text[at] === '\n') return true;
  return text[at] === '\r' && (at + 1 === text.length || text[at + 1] === '\n');
}
