import { parse } from 'csv-parse/sync';
import { inferSchema, initParser } from 'udsv';
import { builtinFormats } from '../src/connectors/all.ts';
import { defaultOptions } from '../src/connectors/formats/format-of-file.ts';
import { seededRng } from '../src/engine/base/rng.ts';
import { rowsOfBatch } from '../src/engine/columnar/rows.ts';
import type { Batch } from '../src/engine/contract/batch.ts';
import type { FormatDefinition } from '../src/engine/contract/connector.ts';
import type { Schema } from '../src/engine/contract/types.ts';
import { type BenchmarkResult, median, tell } from './report.ts';

/**
 * Question: how much faster do our decoders take bytes to columns than csv-parse and uDSV (CSV), and than JSON.parse a line
 * (JSON lines), when all of them end in the same columns: doubles, and texts as ids of a dictionary?
 *
 * Guards against: a string per value, a field met twice, a kernel V8 gives up on, a JSON record off its learned shape. The goals
 * are 20× csv-parse, 4× uDSV, 4× JSON.parse. 40,000 records of 50 columns, 13 whole numbers and 37 texts of which most repeat
 * themselves and a tenth are missing, because that is what encounter records look like; megabytes, well past the inner caches.
 * CPU time, since decoding is one thread and the machine may be shared; variants in turn within each round. `rows only` is what
 * the other parsers take for arrays of strings, before there are columns.
 */
const ROWS = 40_000;
const ROUNDS = 7;

const NUMBERS = Array.from({ length: 13 }, (_, i) => `lab_number_${i}`);
const TEXTS = Array.from({ length: 37 }, (_, i) => `medication_${i}`);
const NAMES = [...NUMBERS, ...TEXTS];
const schema: Schema = {
  fields: NAMES.map((name, i) => ({ name, type: { kind: i < NUMBERS.length ? 'int' : 'string' }, nullable: true })),
};

/** Columns as the other variants make them: NaN and −1 are missing. */
interface Columns {
  readonly numbers: readonly Float64Array[];
  readonly ids: readonly Int32Array[];
  readonly dictionaries: readonly Map<string, number>[];
  rows: number;
}

export async function run(): Promise<BenchmarkResult> {
  const { csv, json } = inputs();
  const variants: Readonly<Record<string, () => number>> = {
    'csv, ours': () => decode(format('csv'), csv, () => {}),
    'csv, uDSV, rows only': () => udsvRows(csv).length,
    'csv, csv-parse, rows only': () => parseRows(csv).length,
    'csv, uDSV': () => columnsOf(udsvRows(csv)).rows,
    'csv, csv-parse': () => columnsOf(parseRows(csv)).rows,
    'json, ours': () => decode(format('json'), json, () => {}),
    'json, JSON.parse': () => jsonColumns(json).rows,
  };
  const wanted = valuesOf(jsonColumns(json));
  for (const [name, columns] of [
    ['uDSV', columnsOf(udsvRows(csv))],
    ['csv-parse', columnsOf(parseRows(csv))],
    ['ours, csv', ourColumns('csv', csv)],
    ['ours, json', ourColumns('json', json)],
  ] as const) {
    if (valuesOf(columns) !== wanted) throw new Error(`${name} reads other values`);
  }

  const seconds = new Map(Object.keys(variants).map(name => [name, [] as number[]]));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, variant] of Object.entries(variants)) {
      const before = process.cpuUsage();
      if (variant() !== ROWS) throw new Error(`${name} lost rows`);
      const { user, system } = process.cpuUsage(before);
      // The first round is for the compilers.
      if (round > 0) seconds.get(name)!.push((user + system) / 1e6);
    }
  }
  const medians = Object.fromEntries(
    [...seconds].map(([name, all]) => [name, { value: ROWS / median(all) / 1e6, unit: 'M rows per CPU second' }]),
  );
  const against = (other: string, ours: string, peer: string, gate: number) => ({
    against: other,
    ratio: medians[ours].value / medians[peer].value,
    gate,
  });
  return {
    name: 'csv-decode',
    question: 'bytes to columns',
    medians,
    ratios: [
      against('csv-parse', 'csv, ours', 'csv, csv-parse', 20),
      against('uDSV', 'csv, ours', 'csv, uDSV', 4),
      against('JSON.parse', 'json, ours', 'json, JSON.parse', 4),
    ],
  };
}

function inputs(): { csv: Uint8Array; json: Uint8Array } {
  const rng = seededRng(1);
  const usual = ['No', 'Steady', 'Up', 'Down'];
  const values = Array.from({ length: ROWS }, (_, row): (number | string | null)[] =>
    NAMES.map((_name, i) => {
      if (i === 0) return row * 7919;
      if (i < NUMBERS.length) return rng.next() < 0.1 ? null : rng.below(i < 4 ? 1e8 : 40);
      if (i === 13) return `patient-${row}`;
      if (i < 17) return `${rng.below(80) + 100}.${rng.below(10)}`;
      if (i < 20) return rng.next() < 0.4 ? null : `Cardiology and Family Medicine ${rng.below(60)}`;
      const draw = rng.next();
      return draw < 0.1 ? null : usual[draw < 0.85 ? 0 : rng.below(4)];
    }),
  );
  const lines = [NAMES.join(','), ...values.map(row => row.map(value => value ?? '').join(','))];
  const objects = values.map(row => JSON.stringify(Object.fromEntries(NAMES.map((name, i) => [name, row[i]]))));
  const bytes = (all: readonly string[]): Uint8Array => new TextEncoder().encode(`${all.join('\n')}\n`);
  return { csv: bytes(lines), json: bytes(objects) };
}

function format(name: string): FormatDefinition {
  const found = builtinFormats().get(name);
  if (found === undefined) throw new Error(`no format ${name}`);
  return found;
}

/**
 * The last decoder of each format stays alive: in a run one lives for hours. V8 drops the code it made for objects none of which
 * is left, and a benchmark that makes a decoder per call would measure its compiler.
 */
const alive = new Map<string, unknown>();

function decode(definition: FormatDefinition, bytes: Uint8Array, keep: (batch: Batch) => void): number {
  let rows = 0;
  const emit = (batch: Batch): void => {
    rows += batch.rows;
    keep(batch);
  };
  const decoder = definition.files!.decoder({
    options: defaultOptions(definition),
    schema,
    names: {},
    nulls: [],
    onRange: 'bad',
    zone: null,
    batchRows: 8192,
    split: 'benchmark',
    skipRecords: 0,
    bad: ({ code }) => {
      throw new Error(code);
    },
  });
  alive.set(definition.name, decoder);
  decoder.push(bytes, emit);
  decoder.end(emit);
  return rows;
}

/** For the comparison only: ours as the others have them. */
function ourColumns(name: string, bytes: Uint8Array): Columns {
  const columns = emptyColumns();
  decode(format(name), bytes, batch => {
    for (const row of rowsOfBatch(batch)) {
      addRow(
        columns,
        NUMBERS.map(field => row[field] as number | null),
        TEXTS.map(field => row[field] as string | null),
      );
    }
  });
  return columns;
}

function addRow(columns: Columns, numbers: readonly (number | null)[], texts: readonly (string | null)[]): void {
  const row = columns.rows++;
  for (let i = 0; i < numbers.length; i++) columns.numbers[i][row] = numbers[i] ?? Number.NaN;
  for (let i = 0; i < texts.length; i++) columns.ids[i][row] = idOf(columns.dictionaries[i], texts[i]);
}
function idOf(dictionary: Map<string, number>, text: string | null): number {
  if (text === null) return -1;
  let id = dictionary.get(text);
  if (id === undefined) {
    id = dictionary.size;
    dictionary.set(text, id);
  }
  return id;
}

function udsvRows(bytes: Uint8Array): string[][] {
  const text = new TextDecoder().decode(bytes);
  return initParser(inferSchema(text)).stringArrs(text);
}
function parseRows(bytes: Uint8Array): string[][] {
  return parse(Buffer.from(bytes), { from_line: 2 }) as string[][];
}

function columnsOf(rows: readonly (readonly string[])[]): Columns {
  const columns = emptyColumns();
  for (let row = 0; row < rows.length; row++) {
    const values = rows[row];
    for (let i = 0; i < NUMBERS.length; i++)
      columns.numbers[i][row] = values[i] === '' ? Number.NaN : Number(values[i]);
    for (let i = 0; i < TEXTS.length; i++) {
      columns.ids[i][row] = idOf(columns.dictionaries[i], values[NUMBERS.length + i] || null);
    }
  }
  columns.rows = rows.length;
  return columns;
}

function jsonColumns(bytes: Uint8Array): Columns {
  const columns = emptyColumns();
  const lines = new TextDecoder().decode(bytes).split('\n');
  for (let row = 0; row < lines.length - 1; row++) {
    const record = JSON.parse(lines[row]) as Record<string, number | string | null>;
    for (let i = 0; i < NUMBERS.length; i++)
      columns.numbers[i][row] = (record[NUMBERS[i]] as number | null) ?? Number.NaN;
    for (let i = 0; i < TEXTS.length; i++) {
      columns.ids[i][row] = idOf(columns.dictionaries[i], record[TEXTS[i]] as string | null);
    }
  }
  columns.rows = lines.length - 1;
  return columns;
}

function emptyColumns(): Columns {
  return {
    numbers: NUMBERS.map(() => new Float64Array(ROWS)),
    ids: TEXTS.map(() => new Int32Array(ROWS)),
    dictionaries: TEXTS.map(() => new Map()),
    rows: 0,
  };
}
/** All values as one text; ids are given in order of first appearance, so equal columns have equal ids. */
function valuesOf({ numbers, ids, dictionaries }: Columns): string {
  return (
    [...numbers, ...ids].map(column => column.join()).join('\n') +
    JSON.stringify(dictionaries.map(one => [...one.keys()]))
  );
}

if (import.meta.main) tell(await run());
