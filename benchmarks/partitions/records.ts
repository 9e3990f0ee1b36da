import { readFileSync } from 'node:fs';

/** Records of a CSV file as bytes, so that feeding them costs no more than a slice. */
export interface Records {
  readonly header: Uint8Array;
  readonly count: number;
  /** The bytes of records `from` to before `to`. */
  slice(from: number, to: number): Uint8Array;
  /** Which record is of this encounter; undefined for one that is not among them. */
  recordOf(encounter: string): number | undefined;
}

const LINE_END = '\n'.charCodeAt(0);
const COMMA = ','.charCodeAt(0);

/** The first `count` records, or all; the encounter is their first field. Lines of these files hold no quoted line ends. */
export function readRecords(path: string, count: number): Records {
  const bytes = readFileSync(path);
  const starts: number[] = [];
  for (let at = bytes.indexOf(LINE_END) + 1; at < bytes.length && starts.length <= count; ) {
    starts.push(at);
    const end = bytes.indexOf(LINE_END, at);
    at = end < 0 ? bytes.length : end + 1;
  }
  if (starts.length <= count) starts.push(bytes.length);
  const records = starts.length - 1;
  const byEncounter = new Map<string, number>();
  for (let i = 0; i < records; i++) {
    byEncounter.set(bytes.toString('latin1', starts[i], bytes.indexOf(COMMA, starts[i])), i);
  }
  return {
    header: bytes.subarray(0, starts[0]),
    count: records,
    slice: (from, to) => bytes.subarray(starts[from], starts[to]),
    recordOf: encounter => byEncounter.get(encounter),
  };
}
