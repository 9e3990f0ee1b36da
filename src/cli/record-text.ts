import type { OneRecord } from '../engine/runtime/record-cursor.ts';

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A line of a record: for scripts an object, for people its place, key and value. Bytes that are no text are in base64. */
export function recordText(
  { partition, offset, timestamp, key, value }: OneRecord,
  json: boolean,
  place: boolean,
): string {
  if (json) {
    const where = place ? { partition, offset: Number(offset) } : {};
    return JSON.stringify({ ...where, timestamp, ...member('key', key), ...member('value', value) });
  }
  const texts = [key === null ? '-' : plain(key), value === null ? '(no value)' : plain(value)];
  return (place ? [`${partition}/${offset}`, ...texts] : texts).join(' ');
}

/** The value alone; of a record without one an empty line. */
export function rawText({ value }: OneRecord): string {
  return value === null ? '' : plain(value);
}

function member(name: string, bytes: Uint8Array | null): Readonly<Record<string, string | null>> {
  const text = bytes === null ? null : textOf(bytes);
  if (bytes === null || text !== null) return { [name]: text };
  return { [`${name}_base64`]: Buffer.from(bytes).toString('base64') };
}

function plain(bytes: Uint8Array): string {
  return textOf(bytes) ?? `base64:${Buffer.from(bytes).toString('base64')}`;
}

function textOf(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}
