import type { RowValue } from '../../../src/engine/contract/function.ts';
import type { Field, Schema } from '../../../src/engine/contract/types.ts';
import type { OracleResult } from './csv-oracle.ts';
import { type Meaning, meaningOf, type TextRules } from './text-oracle.ts';

/** A number as it was written. */
class Digits {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** A JSON-lines decoder on JSON.parse. */
export function jsonOracle(
  bytes: Uint8Array,
  schema: Schema,
  rules: TextRules & { readonly maxRecordBytes: number; readonly names?: Readonly<Record<string, string>> },
): OracleResult {
  const rows: Record<string, RowValue>[] = [];
  const bad: { code: string; record: number; raw: string }[] = [];
  const latin1 = Buffer.from(bytes)
    .toString('latin1')
    .replace(/^\u00ef\u00bb\u00bf/, '');
  const lines = latin1.split('\n');
  if (lines.at(-1) === '') lines.pop();
  let record = 0;
  for (const full of lines) {
    const raw = full.replace(/\r$/, '');
    if (raw.length > rules.maxRecordBytes) {
      bad.push({ code: 'R418', record: ++record, raw: raw.slice(0, rules.maxRecordBytes) });
      continue;
    }
    if (/^[ \t\r]*$/.test(raw)) continue;
    record++;
    let parsed: unknown;
    try {
      parsed = JSON.parse(Buffer.from(raw, 'latin1').toString('utf8'), (_key, value, context?: { source?: string }) =>
        typeof value === 'number' ? new Digits(context!.source!) : value,
      );
    } catch {
      parsed = null;
    }
    if (!isObject(parsed)) bad.push({ code: 'R419', record, raw });
    else if (depthOf(parsed) > 64) bad.push({ code: 'R420', record, raw });
    else {
      const row: Record<string, RowValue> = {};
      let code: string | null = null;
      for (const field of schema.fields) {
        const meaning = meaningOfJson(at(parsed, rules.names?.[field.name]?.split('.') ?? [field.name]), field, rules);
        if ('bad' in meaning) code ??= meaning.bad;
        else row[field.name] = meaning.value;
      }
      if (code === null) rows.push(row);
      else bad.push({ code, record, raw });
    }
  }
  return { rows, bad };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Digits);
}
function at(value: unknown, path: readonly string[]): unknown {
  for (const key of path) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : null;
  return value;
}
function depthOf(value: unknown): number {
  if (!isObject(value) && !Array.isArray(value)) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

function meaningOfJson(value: unknown, field: Field, rules: TextRules): Meaning {
  const meaning = rawMeaning(value, field, rules);
  return 'value' in meaning && meaning.value === null && !field.nullable ? { bad: 'R416' } : meaning;
}

function rawMeaning(value: unknown, field: Field, rules: TextRules): Meaning {
  const { type } = field;
  if (value === null || (typeof value === 'string' && rules.nulls.includes(value))) return { value: null };
  switch (type.kind) {
    case 'int':
    case 'float':
      return value instanceof Digits ? meaningOf(value.text, { ...field, nullable: true }, rules) : { bad: 'R414' };
    case 'bool':
      return typeof value === 'boolean' ? { value } : { bad: 'R414' };
    case 'list': {
      if (!Array.isArray(value)) return { bad: 'R414' };
      const items = value.map(item => meaningOfJson(item, { name: 'item', type: type.item, nullable: false }, rules));
      return firstBad(items) ?? { value: items.map(item => (item as { value: RowValue }).value) };
    }
    case 'record': {
      if (!isObject(value)) return { bad: 'R414' };
      const members = type.fields.map(inner => meaningOfJson(at(value, [inner.name]), inner, rules));
      const entries = type.fields.map((inner, i) => [inner.name, (members[i] as { value: RowValue }).value]);
      return firstBad(members) ?? { value: Object.fromEntries(entries) };
    }
    default:
      if (typeof value !== 'string') return { bad: 'R414' };
      if (type.kind === 'string' && !value.isWellFormed()) return { bad: 'R413' };
      return meaningOf(value, { ...field, nullable: true }, rules);
  }
}

function firstBad(meanings: readonly Meaning[]): Meaning | null {
  return meanings.find(meaning => 'bad' in meaning) ?? null;
}
