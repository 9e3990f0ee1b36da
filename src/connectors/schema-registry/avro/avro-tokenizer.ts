import { assert } from '../../../engine/base/assert.ts';
import type { RecordDecodeContext } from '../../../engine/contract/connector.ts';
import type { RecordTokenizer } from '../../formats/records/span-record-decoder.ts';
import type { Staging } from '../../formats/records/staged-columns.ts';
import type { SpanBlock } from '../../formats/spans/span-block.ts';
import { ExtraTexts, type RowPlace } from '../extra-texts.ts';
import { unknownSchema, unreadableSchema } from '../unreadable-schema.ts';
import { HEADER_BYTES, schemaIdIn } from '../wire-format.ts';
import { type AvroPlan, planRead } from './avro-plan.ts';
import { AvroDamage, AvroReader } from './avro-reader.ts';
import type { Avro } from './avro-schema.ts';

/** Records of Avro to rows, by the schemas that have been learned. */
export class AvroTokenizer implements RecordTokenizer {
  readonly #context: RecordDecodeContext<unknown>;
  readonly #staging: Staging;
  readonly #texts = new ExtraTexts();
  readonly #reader = new AvroReader();
  /** By id; a text: why rows of that schema cannot be read. */
  readonly #plans = new Map<number, AvroPlan | string>();

  constructor(context: RecordDecodeContext<unknown>, staging: Staging) {
    this.#context = context;
    this.#staging = staging;
  }

  get extra(): Uint8Array {
    return this.#texts.bytes;
  }
  /** Null: the registry does not know the id. */
  learn(id: number, writer: { readonly type: Avro; readonly text: string } | null): void {
    const { schema, names, parts } = this.#context;
    if (writer === null) {
      this.#plans.set(id, unknownSchema(id));
      return;
    }
    const plan = planRead(writer.type, schema, names, new Set(Object.keys(parts)), this.#texts);
    this.#plans.set(id, typeof plan === 'string' ? unreadableSchema(id, plan, writer.text, schema) : plan);
  }

  /** Rows of a schema are bad that is none of Avro; `why` is told with its text. */
  refuse(id: number, why: string, text: string): void {
    this.#plans.set(id, unreadableSchema(id, why, text, this.#context.schema));
  }

  one(block: SpanBlock, from: number, to: number): boolean {
    const id = schemaIdIn(block, from, to);
    if (id < 0) return false;
    const plan = this.#plans.get(id);
    assert(plan !== undefined, 'a schema is learned before its records come');
    if (typeof plan === 'string') {
      block.reject('R426', plan, from, to, 0);
      return false;
    }
    const place: RowPlace = { block, staging: this.#staging, row: block.rows, extraAt: block.end - this.extra.length };
    this.#staging.clear(block, block.rows);
    const reader = this.#reader;
    reader.begin(block.bytes, block.view, from + HEADER_BYTES, to);
    try {
      for (const fill of plan) fill(reader, place);
      if (reader.at !== to) throw new AvroDamage();
    } catch (error) {
      if (!(error instanceof AvroDamage)) throw error;
      block.reject('R427', 'the value is not what its schema says', from, to, 0);
      return false;
    }
    return block.take(from, to, 0);
  }
  finish(): void {}
}
