import { createHash } from 'node:crypto';
import { canonicalJson } from './json.ts';

/** Lower-case hex SHA-256 of bytes, or of the canonical JSON of anything else. */
export function sha256(value: Uint8Array | object): string {
  const bytes = value instanceof Uint8Array ? value : canonicalJson(value);
  return createHash('sha256').update(bytes).digest('hex');
}
