import type { FormatDefinition } from '../../engine/contract/connector.ts';
import { csv } from './csv/csv.ts';

/** The formats that come with Weir, by name. */
export function formatsByName(): ReadonlyMap<string, FormatDefinition> {
  return new Map([csv].map(format => [format.name, format]));
}
