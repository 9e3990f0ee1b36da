import { assert } from '../../../engine/base/assert.ts';
import type { RecordDecodeContext } from '../../../engine/contract/connector.ts';
import type { RecordTokenizer } from '../../formats/records/span-record-decoder.ts';
import type { Staging } from '../../formats/records/staged-columns.ts';
import type { SpanBlock } from '../../formats/spans/span-block.ts';
import { ExtraTexts, type RowPlace } from '../extra-texts.ts';
import { unknownSchema, unreadableSchema } from '../unreadable-schema.ts';
import { HEADER_BYTES, schemaIdIn } from '../wire-format.ts';
import type { Message } from './message.ts';
import { type ProtoPlan, planMessage, readRepeated } from './proto-plan.ts';
import { TYPE } from './raw-schema.ts';
import { WireDamage, WireReader } from './wire-reader.ts';

/** So deep a message may be declared inside others. */
const MOST_INDEXES = 16;
type Plans = ReadonlyMap<string, ProtoPlan | string>;
const FIRST = '0';

/** Records of Protobuf to rows, by the schemas that have been learned. */
export class ProtoTokenizer implements RecordTokenizer {
  readonly #context: RecordDecodeContext<unknown>;
  readonly #staging: Staging;
  readonly #texts = new ExtraTexts();
  readonly #reader = new WireReader();
  /** By id and place of the message in its file (`0`, `1.0`); a text: why rows of that schema cannot be read. */
  readonly #plans = new Map<number, Plans | string>();

  constructor(context: RecordDecodeContext<unknown>, staging: Staging) {
    this.#context = context;
    this.#staging = staging;
  }
  get extra(): Uint8Array {
    return this.#texts.bytes;
  }
  /** `text`: to be shown. Null: the registry does not know the id. */
  learn(id: number, schema: { readonly messages: readonly Message[]; readonly text: string } | null): void {
    if (schema === null) {
      this.#plans.set(id, unknownSchema(id));
      return;
    }
    const plans = new Map<string, ProtoPlan | string>();
    const { schema: flow, names, parts } = this.#context;
    const except = new Set(Object.keys(parts));
    const plan = (messages: readonly Message[], path: readonly number[]): void => {
      for (const [index, message] of messages.entries()) {
        const found = planMessage(message, flow, names, except, this.#texts);
        const why = (text: string) => unreadableSchema(id, `message ${message.name}: ${text}`, schema.text, flow);
        const at = [...path, index];
        plans.set(at.join('.'), typeof found === 'string' ? why(found) : found);
        if (at.length < MOST_INDEXES) plan(message.nested, at);
      }
    };
    plan(schema.messages, []);
    this.#plans.set(id, plans);
  }

  /** Rows of a schema are bad that is none of Protobuf; `why` is told with its text. */
  refuse(id: number, why: string, text: string): void {
    this.#plans.set(id, unreadableSchema(id, why, text, this.#context.schema));
  }

  one(block: SpanBlock, from: number, to: number): boolean {
    const id = schemaIdIn(block, from, to);
    if (id < 0) return false;
    const plans = this.#plans.get(id);
    assert(plans !== undefined, 'a schema is learned before its records come');
    const reader = this.#reader;
    reader.begin(block.bytes, from + HEADER_BYTES, to);
    try {
      const plan = typeof plans === 'string' ? plans : plans.get(pathIn(reader));
      if (plan === undefined) throw new WireDamage();
      if (typeof plan === 'string') {
        block.reject('R426', plan, from, to, 0);
        return false;
      }
      this.#read(block, plan);
    } catch (error) {
      if (!(error instanceof WireDamage)) throw error;
      block.reject('R427', 'the value is not what its schema says', from, to, 0);
      return false;
    }
    return block.take(from, to, 0);
  }
  #read(block: SpanBlock, { fills, zeros }: ProtoPlan): void {
    const place: RowPlace = { block, staging: this.#staging, row: block.rows, extraAt: block.end - this.extra.length };
    this.#staging.clear(block, block.rows);
    for (const zero of zeros) zero(place);
    const reader = this.#reader;
    while (reader.next()) {
      const known = fills.get(reader.number);
      if (known === undefined) reader.skip();
      else if (known.isList) readRepeated(reader, known, () => known.fill(reader, place));
      // Of another type than declared: to Protobuf a field nobody knows.
      else if (reader.wire !== known.wire) reader.skip();
      else known.fill(reader, place);
    }
  }
  finish(): void {}
}

/** Which message of its file a value is: zig-zag indexes behind their count; none is the first. */
function pathIn(reader: WireReader): string {
  const count = reader.int(TYPE.sint32);
  if (count === 0) return FIRST;
  if (!(count > 0 && count <= MOST_INDEXES)) throw new WireDamage();
  const path: number[] = [];
  for (let i = 0; i < count; i++) path.push(reader.int(TYPE.sint32));
  return path.join('.');
}
