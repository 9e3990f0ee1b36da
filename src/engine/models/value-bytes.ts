import { createHash } from 'node:crypto';
import { canonicalJson } from '../base/json.ts';
import { sha256 } from '../base/sha256.ts';
import type { ValueContent } from '../contract/value.ts';

/** SHA-256 of a value's content: its JSON in canonical form and, by name, its bytes. Equal content, equal hash. */
export function hashOfContent(content: ValueContent): string {
  const hash = createHash('sha256').update(canonicalJson(content.json));
  for (const name of Object.keys(content.bytes).sort()) hash.update(`\n${name} ${sha256(content.bytes[name])}`);
  return hash.digest('hex');
}
