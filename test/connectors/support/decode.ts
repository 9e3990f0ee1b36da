import { defaultOptions } from '../../../src/connectors/formats/format-of-file.ts';
import { assert } from '../../../src/engine/base/assert.ts';
import { rowsOfBatch } from '../../../src/engine/columnar/rows.ts';
import type {
  BadRow,
  DecodeContext,
  Decoder,
  EmitBatch,
  FormatDefinition,
} from '../../../src/engine/contract/connector.ts';
import type { RowValue } from '../../../src/engine/contract/function.ts';
import type { Field, Schema, Type } from '../../../src/engine/contract/types.ts';

export interface Decoded {
  readonly rows: readonly Readonly<Record<string, RowValue>>[];
  /** Rows of each batch and the record it goes through. */
  readonly batches: readonly (readonly [rows: number, throughRecord: number])[];
  readonly bad: readonly { code: string; reason: string; record: number; raw: string }[];
}

export type Settings = Partial<Omit<DecodeContext<unknown>, 'options' | 'schema' | 'bad'>> & {
  readonly options?: Readonly<Record<string, unknown>>;
};

/** Decodes `bytes` cut at the given places. */
export function decode(
  format: FormatDefinition,
  schema: Schema,
  bytes: Uint8Array,
  settings: Settings = {},
  cuts: readonly number[] = [],
): Decoded {
  const { decoder, emit, decoded } = decoderFor(format, schema, settings);
  let from = 0;
  for (const cut of [...cuts].sort((a, b) => a - b)) {
    const to = Math.min(cut, bytes.length);
    // A copy that is wiped afterwards: a decoder keeps no view of its input.
    const chunk = bytes.slice(from, to);
    decoder.push(chunk, emit);
    chunk.fill(0x22);
    from = to;
  }
  decoder.push(bytes.slice(from), emit);
  assert(decoder.end(emit) === undefined, `${format.name} is decoded as it comes`);
  return decoded();
}
/** The same of a format that is read whole. */
export async function decodeWhole(format: FormatDefinition, schema: Schema, bytes: Uint8Array): Promise<Decoded> {
  const { decoder, emit, decoded } = decoderFor(format, schema, {});
  decoder.push(bytes, emit);
  await decoder.end(emit);
  return decoded();
}

function decoderFor(
  format: FormatDefinition,
  schema: Schema,
  settings: Settings,
): { readonly decoder: Decoder; readonly emit: EmitBatch; decoded(): Decoded } {
  const rows: Record<string, RowValue>[] = [];
  const batches: [number, number][] = [];
  const bad: BadRow[] = [];
  const decoder = format.files!.decoder({
    names: {},
    nulls: [],
    onRange: 'bad',
    zone: null,
    batchRows: 8192,
    split: 'test',
    skipRecords: 0,
    ...settings,
    schema,
    options: { ...defaultOptions(format), ...settings.options } as never,
    bad: row => bad.push(row),
  });
  const emit: EmitBatch = (batch, through) => {
    rows.push(...rowsOfBatch(batch));
    batches.push([batch.rows, through]);
  };
  const decoded = (): Decoded => ({
    rows,
    batches,
    bad: bad.map(({ code, reason, record, raw }) => ({
      code,
      reason,
      record,
      raw: Buffer.from(raw).toString('latin1'),
    })),
  });
  return { decoder, emit, decoded };
}

export function schemaOf(fields: Readonly<Record<string, Type['kind'] | Type>>, rules: Partial<Field> = {}): Schema {
  return {
    fields: Object.entries(fields).map(([name, type]) => ({
      name: name.replace(/\?$/, ''),
      type: (typeof type === 'string' ? { kind: type } : type) as Type,
      nullable: name.endsWith('?'),
      ...rules,
    })),
  };
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
