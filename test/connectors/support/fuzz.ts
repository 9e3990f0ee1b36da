import { csv } from '../../../src/connectors/formats/csv/csv.ts';
import { defaultOptions } from '../../../src/connectors/formats/format-of-file.ts';
import { json } from '../../../src/connectors/formats/json/json.ts';
import { OperationalError } from '../../../src/engine/base/operational-error.ts';
import { type Rng, seededRng } from '../../../src/engine/base/rng.ts';
import { rowsOfBatch } from '../../../src/engine/columnar/rows.ts';
import type { BadRow, FormatDefinition } from '../../../src/engine/contract/connector.ts';
import type { Schema } from '../../../src/engine/contract/types.ts';
import { csvOracle } from './csv-oracle.ts';
import { jsonOracle } from './json-oracle.ts';

const MAX_RECORD = 1024;

const scalars = [
  { name: 'id', type: { kind: 'string' }, nullable: false },
  { name: 'n', type: { kind: 'int' }, nullable: true, range: { low: 0, high: 1000 } },
  { name: 'x', type: { kind: 'float' }, nullable: true },
  { name: 'sex', type: { kind: 'enum', values: ['F', 'M'] }, nullable: true },
  { name: 'ok', type: { kind: 'bool' }, nullable: true },
  { name: 'at', type: { kind: 'timestamp' }, nullable: true },
] as const;
const csvSchema: Schema = { fields: scalars };
const jsonSchema: Schema = {
  fields: [...scalars, { name: 'tags', type: { kind: 'list', item: { kind: 'string' } }, nullable: true }],
};

const CSV_SEED = [
  'id,n,x,sex,ok,at\n',
  'p1,12,36.6,F,true,2026-01-01T00:00:00Z\r\n',
  '"p ""2""",7,-0.5e3,M,0,2026-02-28 23:59:59.123+05:30\n',
  '?,,,,,\n',
  '"long, quoted\ntext",999,1e22,F,no,2026-01-01T00:00Z\n',
];
const JSON_SEED = [
  '{"id":"p1","n":12,"x":36.6,"sex":"F","ok":true,"at":"2026-01-01T00:00:00Z","tags":["a","b"],"more":{"x":[1,{}]}}\n',
  '{"id":"p\\u00e9\\n2","n":7,"x":-5e2,"sex":"M","ok":false,"at":"2026-02-28T23:59:59.123+05:30","tags":[],"more":null}\n',
  '{"id":"?","n":null,"x":null,"sex":null,"ok":null,"at":null,"tags":null,"more":"\\ud83d\\ude00"}\r\n',
  '{"id": "spaced", "n": 999 }\n',
];
/** Bytes and pieces that mean something to one of the grammars. */
const PIECES = [
  '"',
  '""',
  ',',
  '\n',
  '\r',
  '\r\n',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ':',
  'null',
  '-',
  '.',
  'e',
  '9'.repeat(20),
  '\ufeff',
  '\\u',
  '\\ud83d',
  '  ',
  '\t',
  '0',
  '\u0000',
];

/** One mutated input of a seed: the seed rows repeated, then pieces put in, bytes changed, ranges doubled, moved or cut. */
export function mutant(format: 'csv' | 'json', seed: number): Uint8Array {
  const rng = seededRng(seed);
  const seeds = format === 'csv' ? CSV_SEED : JSON_SEED;
  const lines = format === 'csv' ? [seeds[0]] : [];
  for (let i = rng.below(12); i >= 0; i--) lines.push(seeds[rng.below(seeds.length)]);
  let bytes = Buffer.from(lines.join(''));
  // The header stays as it is: a damaged one is a damaged file.
  const first = format === 'csv' ? seeds[0].length : 0;
  for (let i = rng.below(8); i > 0; i--) bytes = mutated(bytes, first, rng);
  return new Uint8Array(bytes);
}

function mutated(bytes: Buffer, first: number, rng: Rng): Buffer<ArrayBuffer> {
  const at = first + rng.below(bytes.length - first + 1);
  const to = Math.min(bytes.length, at + rng.below(40));
  const before = bytes.subarray(0, at);
  switch (rng.below(6)) {
    case 0:
      return Buffer.concat([before, Buffer.from(PIECES[rng.below(PIECES.length)]), bytes.subarray(at)]);
    case 1:
      return Buffer.concat([before, Uint8Array.of(rng.below(256)), bytes.subarray(at + 1)]);
    case 2:
      return Buffer.concat([before, bytes.subarray(to)]);
    case 3:
      return Buffer.concat([before, bytes.subarray(at, to), bytes.subarray(at)]);
    case 4:
      return Buffer.concat([before, Buffer.from('x'.repeat(rng.below(MAX_RECORD * 2))), bytes.subarray(at)]);
    default:
      return Buffer.concat([bytes.subarray(0, Math.max(first, at))]);
  }
}

/**
 * Decodes one mutant, cut at random places, and holds it against the oracle: the same rows, the same bad records, every
 * record in one of them. Returns what is wrong, or null.
 */
export function fuzzOne(name: 'csv' | 'json', seed: number): string | null {
  const bytes = mutant(name, seed);
  const rng = seededRng(seed ^ 0x5eed);
  const [format, schema]: [FormatDefinition, Schema] = name === 'csv' ? [csv, csvSchema] : [json, jsonSchema];
  const rules = { nulls: ['?'], onRange: 'bad', maxRecordBytes: MAX_RECORD } as const;
  const rows: unknown[] = [];
  const bad: BadRow[] = [];
  const decoder = format.files!.decoder({
    options: { ...defaultOptions(format), max_record: MAX_RECORD } as never,
    schema,
    names: {},
    nulls: rules.nulls,
    onRange: rules.onRange,
    zone: null,
    batchRows: 1 + rng.below(10),
    split: 'fuzz',
    skipRecords: 0,
    bad: row => bad.push(row),
  });
  const emit = (batch: Parameters<typeof rowsOfBatch>[0]): void => {
    rows.push(...rowsOfBatch(batch));
  };
  try {
    for (let from = 0; from < bytes.length; ) {
      const to = Math.min(bytes.length, from + 1 + rng.below(300));
      decoder.push(bytes.subarray(from, to), emit);
      from = to;
    }
    decoder.end(emit);
  } catch (error) {
    return error instanceof OperationalError
      ? null
      : `${name} ${seed}: ${error instanceof Error ? error.stack : error}`;
  }
  const want =
    name === 'csv' ? csvOracle(bytes, schema, { ...rules, delimiter: ',' }) : jsonOracle(bytes, schema, rules);
  if (JSON.stringify(rows) !== JSON.stringify(want.rows)) return `${name} ${seed}: other rows`;
  const told = bad.map(({ code, record, raw }) => [code, record, Buffer.from(raw).toString('latin1')]);
  if (JSON.stringify(told) !== JSON.stringify(want.bad.map(({ code, record, raw }) => [code, record, raw]))) {
    return `${name} ${seed}: other bad records`;
  }
  return null;
}
