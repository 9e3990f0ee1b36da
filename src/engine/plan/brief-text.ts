import type { Expression } from '../contract/expression.ts';
import { assignedValue, expressionText } from './expression-text.ts';

/** Assignments that are told by value too; of more there are only names. */
const MOST_ASSIGNED = 2;
const MOST_NAMES = 4;

/** What a stage or connector is told, in the few words a box of a picture has room for. `explain` as text says all of it. */
export function briefParameters(params: Readonly<Record<string, unknown>>): string {
  return Object.entries(params)
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([name, value], index) => (index === 0 || name === 'block' ? brief(value) : `${name}: ${brief(value)}`))
    .join(', ');
}

function brief(value: unknown): string {
  if (Array.isArray(value)) return briefList(value);
  if (typeof value === 'string') return value;
  if (value === null || typeof value !== 'object') return String(value);
  const record = value as Readonly<Record<string, unknown>>;
  if (typeof record['op'] === 'string') return expressionText(record as unknown as Expression);
  if (typeof record['connector'] === 'string') return `${record['connector']}(${firstOf(record['options'])})`;
  if (typeof record['rule'] === 'string') return record['rule'];
  if (typeof record['name'] === 'string') return assignment(record['name'], record);
  return Object.entries(record)
    .map(([name, member]) => `${name}: ${brief(member)}`)
    .join(', ');
}

function briefList(values: readonly unknown[]): string {
  const names = values.map(value => (isNamed(value) ? value.name : null));
  const few = values.length <= MOST_ASSIGNED || !names.every(name => name !== null);
  const words = values.map((value, index) => (few ? brief(value) : (names[index] ?? '')));
  const rest = words.length - MOST_NAMES;
  return words.slice(0, MOST_NAMES).join(', ') + (rest > 0 ? ` and ${rest} more` : '');
}

function assignment(name: string, record: Readonly<Record<string, unknown>>): string {
  if (typeof record['output'] === 'string') {
    const args = Array.isArray(record['args']) ? record['args'].map(brief).join(', ') : '';
    return `${name} = ${record['output']}${args === '' ? '' : `(${args})`}`;
  }
  if (!('value' in record)) return name;
  const value = brief(assignedValue(record));
  return value === name ? name : `${name} = ${value}`;
}

function firstOf(options: unknown): string {
  const [first] = Object.values((options ?? {}) as Readonly<Record<string, unknown>>);
  return first === undefined ? '' : JSON.stringify(first);
}

function isNamed(value: unknown): value is { readonly name: string } {
  return value !== null && typeof value === 'object' && typeof (value as { name?: unknown }).name === 'string';
}
