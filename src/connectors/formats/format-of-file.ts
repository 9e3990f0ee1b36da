import type { Encoder, FormatDefinition } from '../../engine/contract/connector.ts';
import type { Schema } from '../../engine/contract/types.ts';
import { formatsByName } from './formats-by-name.ts';

/** The format a file name's ending implies, `.gz` and `.zst` left out; null where none does. */
export function formatOfFile(path: string, formats: Iterable<FormatDefinition>): FormatDefinition | null {
  const name = path.toLowerCase().replace(/\.(?:gz|zst)$/, '');
  for (const format of formats) if (format.extensions.some(extension => name.endsWith(extension))) return format;
  return null;
}

/** An encoder with default options for a file, by its ending; null where that implies no format. */
export function encoderForFile(path: string, schema: Schema): Encoder | null {
  const format = formatOfFile(path, formatsByName().values());
  return format?.files === undefined ? null : format.files.encoder({ options: defaultOptions(format), schema });
}

/** The options of a format that a flow leaves out. */
export function defaultOptions(format: FormatDefinition): Record<string, never> {
  const given = Object.entries(format.options).filter(([, spec]) => spec.default !== undefined);
  return Object.fromEntries(given.map(([name, spec]) => [name, spec.default])) as Record<string, never>;
}
