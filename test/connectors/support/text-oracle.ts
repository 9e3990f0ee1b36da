import type { RowValue } from '../../../src/engine/contract/function.ts';
import type { Field } from '../../../src/engine/contract/types.ts';

/** What a text means to a field, by strings, regular expressions, BigInt and Date: slow, plain, and written apart from the decoders. */
export type Meaning = { readonly value: RowValue } | { readonly bad: string };

export interface TextRules {
  readonly nulls: readonly string[];
  readonly onRange: 'bad' | 'null';
}

/** `null` text: the field was left empty. */
export function meaningOf(text: string | null, field: Field, rules: TextRules): Meaning {
  const meaning = rawMeaning(text, field, rules);
  return 'value' in meaning && meaning.value === null && !field.nullable ? { bad: 'R416' } : meaning;
}

function rawMeaning(text: string | null, field: Field, rules: TextRules): Meaning {
  const isText = field.type.kind === 'string' || field.type.kind === 'enum';
  const nulls = isText ? rules.nulls : rules.nulls.map(one => trim(one));
  if (text === null || nulls.includes(isText ? text : trim(text))) return { value: null };
  if (!isText && trim(text) === '') return { value: null };
  const trimmed = trim(text);
  switch (field.type.kind) {
    case 'string':
      return text.includes('\ufffd') ? { bad: 'R413' } : { value: text };
    case 'enum':
      if (field.type.values.includes(text)) return { value: text };
      return text === '' ? { value: null } : { bad: 'R417' };
    case 'bool': {
      if (/^(?:true|t|yes|y|1)$/i.test(trimmed)) return { value: true };
      return /^(?:false|f|no|n|0)$/i.test(trimmed) ? { value: false } : { bad: 'R414' };
    }
    case 'float': {
      if (/^(?:nan|[+-]?inf(?:inity)?)$/i.test(trimmed)) return { value: null };
      if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(trimmed)) return { bad: 'R414' };
      const value = Number(trimmed);
      return Number.isFinite(value) ? inRange(value, field, rules) : { value: null };
    }
    case 'int':
      return intMeaning(trimmed, field, rules);
    case 'date': {
      if (!/^\d{4}-\d\d-\d\d$/.test(trimmed) || !isDay(trimmed)) return { bad: 'R414' };
      return inRange(Date.parse(`${trimmed}T00:00:00Z`) / 86_400_000, field, rules);
    }
    case 'timestamp': {
      const match = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d)(:\d\d)?(?:[.,](\d+))?(Z|z|[+-]\d\d(?::?\d\d)?)$/.exec(trimmed);
      if (match === null || !isDay(match[1]) || (match[4] !== undefined && match[3] === undefined))
        return { bad: 'R414' };
      const offset = match[5]
        .toUpperCase()
        .replace(/^([+-]\d\d)$/, '$1:00')
        .replace(/^([+-]\d\d)(\d\d)$/, '$1:$2');
      const [hours, minutes] = match[2].split(':').map(Number);
      if (hours > 23 || minutes > 59 || Number((match[3] ?? ':0').slice(1)) > 59) return { bad: 'R414' };
      const [, offsetHours = '0', offsetMinutes = '0'] = /([0-9]{2}):([0-9]{2})/.exec(offset) ?? [];
      if (Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return { bad: 'R414' };
      const millis = `${match[4] ?? ''}000`.slice(0, 3);
      const value = Date.parse(`${match[1]}T${match[2]}${match[3] ?? ':00'}.${millis}${offset}`);
      return Number.isNaN(value) ? { bad: 'R414' } : inRange(value, field, rules);
    }
    default:
      throw new Error(`the oracle knows no ${field.type.kind}`);
  }
}

function intMeaning(text: string, field: Field, rules: TextRules): Meaning {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:e([+-]?\d{1,6}))?$/i.exec(text);
  if (match === null || `${match[2]}${match[3] ?? ''}` === '') return { bad: 'R414' };
  const fraction = match[3] ?? '';
  const exponent = Number(match[4] ?? 0) - fraction.length;
  const digits = BigInt(match[2] + fraction);
  if (digits === 0n) return inRange(0, field, rules);
  if (exponent < -400 || exponent > 400) return exponent < 0 ? { bad: 'R414' } : outside(rules);
  const scale = 10n ** BigInt(Math.abs(exponent));
  if (exponent < 0 && digits % scale !== 0n) return { bad: 'R414' };
  const size = exponent < 0 ? digits / scale : digits * scale;
  if (size > BigInt(Number.MAX_SAFE_INTEGER)) return outside(rules);
  return inRange(match[1] === '-' ? -Number(size) : Number(size), field, rules);
}

/** ASCII blanks only. */
function trim(text: string): string {
  return text.replace(/^[ \t\n\v\f\r]*/, '').replace(/[ \t\n\v\f\r]*$/, '');
}

function isDay(text: string): boolean {
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function inRange(value: number, field: Field, rules: TextRules): Meaning {
  const { low = -Infinity, high = Infinity } = field.range ?? {};
  return value >= low && value <= high ? { value } : outside(rules);
}
function outside(rules: TextRules): Meaning {
  return rules.onRange === 'null' ? { value: null } : { bad: 'R415' };
}
