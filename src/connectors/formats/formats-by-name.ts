import type { FormatDefinition } from '../../engine/contract/connector.ts';
import { arrow, arrows } from './arrow/arrow.ts';
import { csv, tsv } from './csv/csv.ts';
import { json } from './json/json.ts';

/** The formats that come with Weir, by name. */
export function formatsByName(): ReadonlyMap<string, FormatDefinition> {
  return new Map([csv, tsv, json, arrow, arrows].map(format => [format.name, format]));
}
