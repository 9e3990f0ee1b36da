import type { Schema } from '../engine/contract/types.ts';
import { didYouMean, listed } from './suggest.ts';
import { visibleFields } from './types.ts';

/** What to write instead of a field that is not there. */
export function columnHint(name: string, schema: Schema): string {
  const within = fieldWithin(name, schema);
  if (within !== null) return `Write \`${within}\`; or take it up, \`join …, on: … { ${name} }\`.`;
  const names = visibleFields(schema).map(field => field.name);
  return didYouMean(name, names, fieldsOf(schema));
}

export function fieldsOf(schema: Schema): string {
  const names = visibleFields(schema).map(field => field.name);
  return names.length === 0 ? 'These rows have no fields.' : `The fields here are ${listed(names)}.`;
}

/** A field of a joined record, with the record's name. */
function fieldWithin(name: string, schema: Schema): string | null {
  for (const { name: record, type } of visibleFields(schema)) {
    if (type.kind === 'record' && type.fields.some(field => field.name === name)) return `${record}.${name}`;
  }
  return null;
}
