import type { FormatDefinition } from '../../engine/contract/connector.ts';
import { avro } from '../schema-registry/avro/avro.ts';
import { jsonSchema } from '../schema-registry/json-schema.ts';
import { protobuf } from '../schema-registry/protobuf/protobuf.ts';
import { arrow, arrows } from './arrow/arrow.ts';
import { csv, tsv } from './csv/csv.ts';
import { json } from './json/json.ts';

/** The formats that come with Weir, by name. */
export function formatsByName(): ReadonlyMap<string, FormatDefinition> {
  return new Map([csv, tsv, json, arrow, arrows, avro, jsonSchema, protobuf].map(format => [format.name, format]));
}
