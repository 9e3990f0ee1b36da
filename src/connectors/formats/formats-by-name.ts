import type { FormatDefinition } from '../../engine/contract/connector.ts';
import { csv } from './csv/csv.ts';
import { json } from './json/json.ts';

/** The formats that come with Weir, by name. */
export function formatsByName(): ReadonlyMap<string, FormatDefinition> {
  return new Map([csv, json].map(format => [format.name, format]));
}
