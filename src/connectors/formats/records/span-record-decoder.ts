import type { Batch } from '../../../engine/contract/batch.ts';
import type { RecordDecodeContext, RecordDecoder } from '../../../engine/contract/connector.ts';
import type { RecordColumns } from '../../../engine/contract/record-topics.ts';
import { scalarColumn } from '../spans/column-of.ts';
import { BLOCK_ROWS, SpanBlock } from '../spans/span-block.ts';
import type { FieldRules, SpanColumn } from '../spans/span-column.ts';
import { SpanRows } from '../spans/span-rows.ts';
import { PartSpans, TimesColumn } from './part-columns.ts';

/** Records are taken in pieces of about this size, so that text and spans stay in cache. */
const PIECE_BYTES = 65_536;

/** Cuts one record's value into the fields it fills. */
export interface RecordTokenizer {
  /** The value in the block's `[from, to)`; the byte behind it may be written over. True: it is the block's next row. */
  one(block: SpanBlock, from: number, to: number): boolean;
  /** Once all records of a block are in. */
  finish(block: SpanBlock): void;
  /** Bytes that are to stand behind those of a block's records, up to its end. */
  readonly extra?: Uint8Array;
}

/** Records to columns, through spans as text in files: their bytes are copied a piece at a time, nothing is made per record. */
export class SpanRecordDecoder implements RecordDecoder {
  readonly #context: RecordDecodeContext<unknown>;
  readonly #tokenizer: RecordTokenizer;
  readonly #block: SpanBlock;
  readonly #rows: SpanRows;
  readonly #parts: PartSpans;
  #recordsBefore = 0;
  #skipped = 0;

  constructor(
    context: RecordDecodeContext<unknown>,
    tokenizer: RecordTokenizer,
    columnOf: (rules: FieldRules, slot: number) => SpanColumn,
  ) {
    const { schema, parts } = context;
    this.#context = context;
    this.#tokenizer = tokenizer;
    this.#block = new SpanBlock(schema.fields.length);
    this.#parts = new PartSpans(schema.fields, parts);
    const rules = {
      ...context,
      split: context.topic,
      bad: (row: Parameters<typeof context.bad>[0]) =>
        context.bad({ ...row, record: row.record - this.#recordsBefore }),
    };
    this.#rows = new SpanRows(rules, (one, slot) => {
      const part = parts[one.field.name];
      if (part === undefined) return columnOf(one, slot);
      return part.kind === 'timestamp' ? new TimesColumn(one, this.#parts.times) : scalarColumn(one);
    });
  }

  add(records: RecordColumns, from: number, to: number): void {
    const { headersEnd } = records;
    for (let at = from; at < to; ) {
      const base = startOf(records, at);
      let end = at + 1;
      while (end < to && end - at < BLOCK_ROWS && headersEnd[end] - base <= PIECE_BYTES) end++;
      this.#piece(records, at, end, base);
      at = end;
    }
  }

  #piece(records: RecordColumns, from: number, to: number, base: number): void {
    const { valueStart, valueEnd, headersEnd } = records;
    const block = this.#block;
    block.at = block.end;
    block.append(records.bytes, base, headersEnd[to - 1]);
    const tokenizer = this.#tokenizer;
    if (tokenizer.extra !== undefined) block.append(tokenizer.extra, 0, tokenizer.extra.length);
    block.clear();
    for (let record = from; record < to; record++) {
      const start = valueStart[record];
      if (start < 0) this.#tombstone();
      else if (tokenizer.one(block, start - base, valueEnd[record] - base)) {
        this.#parts.place(block, records, record, base);
      }
    }
    tokenizer.finish(block);
    this.#rows.read(block);
  }

  #tombstone(): void {
    if (this.#context.tombstones === 'bad') {
      this.#block.reject('R424', 'the record has no value (a tombstone)', 0, 0, 0);
      return;
    }
    this.#block.records++;
    this.#skipped++;
  }

  take(): { readonly batch: Batch | null; readonly skipped: number } {
    const batch = this.#rows.rows > 0 ? this.#rows.take() : null;
    const skipped = this.#skipped;
    this.#recordsBefore = this.#block.records;
    this.#skipped = 0;
    return { batch, skipped };
  }
}

/** A key comes before the value, headers behind it. */
function startOf({ keyStart, valueStart, headersStart }: RecordColumns, record: number): number {
  if (keyStart[record] >= 0) return keyStart[record];
  return valueStart[record] >= 0 ? valueStart[record] : headersStart[record];
}
