import type { DecodeContext, Decoder, EmitBatch } from '../../../engine/contract/connector.ts';
import { BLOCK_ROWS, SpanBlock, type Tokenizer } from './span-block.ts';
import type { FieldRules, SpanColumn } from './span-column.ts';
import { SpanRows } from './span-rows.ts';

/** Input is taken in pieces of this size, so that text and spans stay in cache. */
const PIECE_BYTES = 65_536;
/** A batch closes once its records' text is this long, however few they are. */
const BATCH_BYTES = 64 * 2 ** 20;

type Context = Omit<DecodeContext<unknown>, 'options'>;

/**
 * Bytes to batches: a tokenizer cuts a block of records into spans, then each column reads its own spans, and rows found bad
 * are taken out. Batches and bad rows are the same however the input is cut into chunks.
 */
export class SpanDecoder implements Decoder {
  readonly #batchRows: number;
  readonly #tokenizer: Tokenizer;
  readonly #block: SpanBlock;
  readonly #rows: SpanRows;

  constructor(context: Context, tokenizer: Tokenizer, columnOf: (rules: FieldRules) => SpanColumn) {
    this.#batchRows = context.batchRows;
    this.#tokenizer = tokenizer;
    this.#rows = new SpanRows(context, columnOf);
    this.#block = new SpanBlock(context.schema.fields.length);
    this.#block.bytesLeft = BATCH_BYTES;
  }

  push(bytes: Uint8Array, emit: EmitBatch): void {
    for (let from = 0; from < bytes.length; from += PIECE_BYTES) {
      this.#block.append(bytes, from, Math.min(from + PIECE_BYTES, bytes.length));
      this.#drain(false, emit);
    }
  }

  flush(emit: EmitBatch): void {
    if (this.#rows.rows > 0) this.#emit(emit);
  }

  end(emit: EmitBatch): void {
    this.#drain(true, emit);
    this.flush(emit);
  }

  #drain(final: boolean, emit: EmitBatch): void {
    const block = this.#block;
    for (;;) {
      block.clear();
      const more = this.#tokenizer.fill(block, Math.min(BLOCK_ROWS, this.#batchRows - this.#rows.rows), final);
      this.#rows.read(block);
      if (this.#rows.rows === this.#batchRows || block.bytesLeft <= 0) this.flush(emit);
      if (!more) return;
    }
  }

  #emit(emit: EmitBatch): void {
    const batch = this.#rows.take();
    this.#block.bytesLeft = BATCH_BYTES;
    emit(batch, this.#block.records, this.#block.consumed);
  }
}
