import type { RecordColumns } from '../../src/engine/contract/record-topics.ts';

/** A record with parts of its own; all but the value may be left out. */
export interface RecordParts {
  readonly key?: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly headers?: readonly (readonly [name: string, value: Uint8Array | null])[];
  readonly time?: number;
}

/** Records laid out as columns, plainly: nothing of it is the code that is tested. */
export function recordColumns(records: readonly RecordParts[]): RecordColumns {
  const all: Uint8Array[] = [];
  let length = 0;
  const put = (part: Uint8Array | null): readonly [number, number] => {
    if (part === null) return [-1, -1];
    all.push(part);
    return [length, (length += part.length)];
  };
  const keys = records.map(({ key = null }) => put(key));
  const values = records.map(({ value }) => put(value));
  const headers = records.map(one => put(headerBytes(one.headers ?? [])));
  const column = (places: readonly (readonly [number, number])[], end: 0 | 1) => Int32Array.from(places, at => at[end]);
  return {
    bytes: new Uint8Array(Buffer.concat(all)),
    count: records.length,
    timestamp: Float64Array.from(records, ({ time = 0 }) => time),
    keyStart: column(keys, 0),
    keyEnd: column(keys, 1),
    valueStart: column(values, 0),
    valueEnd: column(values, 1),
    headersStart: column(headers, 0),
    headersEnd: column(headers, 1),
  };
}

type Headers = NonNullable<RecordParts['headers']>;
function headerBytes(headers: Headers): Uint8Array {
  const span = (part: Uint8Array | null) => (part === null ? varint(-1) : [...varint(part.length), ...part]);
  return Uint8Array.from([
    ...varint(headers.length),
    ...headers.flatMap(([name, value]) => [...span(new TextEncoder().encode(name)), ...span(value)]),
  ]);
}
/** Names and values in the order they were written. */
export function headersOf({ bytes, headersStart }: RecordColumns, row: number): Headers {
  let at = headersStart[row];
  const number = (): number => {
    let zigzag = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++];
      zigzag |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(zigzag % 2n === 0n ? zigzag / 2n : -(zigzag + 1n) / 2n);
    }
  };
  const span = (): Uint8Array | null => {
    const length = number();
    return length < 0 ? null : bytes.subarray(at, (at += length));
  };
  return Array.from({ length: number() }, () => {
    const name = Buffer.from(span() ?? []).toString('utf8');
    return [name, span()] as const;
  });
}
function varint(value: number): number[] {
  let rest = value < 0 ? -2 * value - 1 : 2 * value;
  const bytes: number[] = [];
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}
