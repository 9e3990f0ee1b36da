import { assert } from '../../base/assert.ts';
import { decodeFrame, encodeFrames, type FrameDictionaries } from '../../columnar/frame.ts';
import type { Batch } from '../../contract/batch.ts';
import { MAX_FRAME_BYTES } from '../../contract/log.ts';
import type { Schema } from '../../contract/types.ts';

/**
 * Frames of an exchange: rows in the columnar form, or one of three forms that begin with a number no columnar frame begins
 * with. `END` carries the name of the task that has ended, `DRAIN` that of one that has stopped reading, and for which drain. `ROWS_AS` carries rows with their schema in front, for rows whose
 * learned columns (the names of features) the plan could not know.
 */
const END = 0x444e4557;
const DRAIN = 0x4e415244;
const ROWS_AS = 0x53415257;
const HEADER_BYTES = 8;

export type ExchangeFrame =
  | { readonly kind: 'rows'; readonly batch: Batch }
  | { readonly kind: 'end'; readonly task: string }
  | { readonly kind: 'drain'; readonly task: string; readonly drain: number };

export function encodeExchange(batch: Batch, planned: Schema): readonly Uint8Array[] {
  if (isSameShape(batch.schema, planned)) return encodeFrames(batch, MAX_FRAME_BYTES);
  const json = padded(new TextEncoder().encode(JSON.stringify(batch.schema)));
  const room = MAX_FRAME_BYTES - HEADER_BYTES - json.length;
  return encodeFrames(batch, room).map(frame => withHeader(ROWS_AS, json, frame));
}
/** A frame of its own buffer each time: the log takes buffers over. */
export function encodeEnd(task: string): Uint8Array {
  return withHeader(END, padded(new TextEncoder().encode(task)), new Uint8Array(0));
}
export function encodeDrain(task: string, drain: number): Uint8Array {
  const json = padded(new TextEncoder().encode(JSON.stringify({ task, drain })));
  return withHeader(DRAIN, json, new Uint8Array(0));
}

/** Decodes the frames of one exchange partition, in order; remembers the last schema met. */
export class ExchangeDecoder {
  readonly #planned: Schema;
  readonly #dictionaries: () => FrameDictionaries;
  #held: FrameDictionaries;
  #schemaText = '';
  #schema: Schema;

  constructor(planned: Schema, dictionaries: () => FrameDictionaries) {
    this.#planned = planned;
    this.#schema = planned;
    this.#dictionaries = dictionaries;
    this.#held = dictionaries();
  }

  decode(bytes: Uint8Array): ExchangeFrame {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const form = view.getUint32(0, true);
    if (form !== END && form !== DRAIN && form !== ROWS_AS) {
      return { kind: 'rows', batch: decodeFrame(bytes, this.#planned, this.#dictionariesFor(this.#planned, '')) };
    }
    const length = view.getUint32(4, true);
    const text = new TextDecoder().decode(bytes.subarray(HEADER_BYTES, HEADER_BYTES + length)).trimEnd();
    if (form === END) return { kind: 'end', task: text };
    if (form === DRAIN) return { kind: 'drain', ...(JSON.parse(text) as { task: string; drain: number }) };
    const schema = text === this.#schemaText ? this.#schema : (JSON.parse(text) as Schema);
    const frame = bytes.slice(HEADER_BYTES + length);
    return { kind: 'rows', batch: decodeFrame(frame, schema, this.#dictionariesFor(schema, text)) };
  }

  #dictionariesFor(schema: Schema, text: string): FrameDictionaries {
    if (text !== this.#schemaText) {
      this.#schemaText = text;
      this.#schema = schema;
      this.#held = this.#dictionaries();
    }
    return this.#held;
  }
}

function withHeader(form: number, json: Uint8Array, frame: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + json.length + frame.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, form, true);
  view.setUint32(4, json.length, true);
  bytes.set(json, HEADER_BYTES);
  bytes.set(frame, HEADER_BYTES + json.length);
  assert(bytes.length <= MAX_FRAME_BYTES, 'an exchange frame within the limit');
  return bytes;
}

/** Spaces behind, to a multiple of 8, so that the columns after it stay aligned. */
function padded(text: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(text.length / 8) * 8).fill(0x20);
  bytes.set(text);
  return bytes;
}

function isSameShape(a: Schema, b: Schema): boolean {
  if (a === b) return true;
  return (
    a.fields.length === b.fields.length &&
    a.fields.every((field, i) => {
      const { type } = field;
      const other = b.fields[i].type;
      if (type.kind !== 'features' || other.kind !== 'features') return type.kind === other.kind;
      return type.names.length === other.names.length && type.names.every((name, n) => name === other.names[n]);
    })
  );
}
