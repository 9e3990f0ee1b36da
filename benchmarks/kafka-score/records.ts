import { createReadStream, readFileSync } from 'node:fs';
import { parse } from 'csv-parse';
import { NUMBERS } from '../score-stream/rxjs-pipeline.ts';

/** A record as it lies in the topic. */
export interface JsonRecord {
  /** The patient. */
  readonly key: string;
  readonly value: string;
}

/** The rows of a CSV of encounters as JSON objects of all their 50 columns. `fields`: the flow's name of a column, where it has another. */
export async function readRecords(path: string, fields: ReadonlyMap<string, string>): Promise<readonly JsonRecord[]> {
  const records: JsonRecord[] = [];
  for await (const row of createReadStream(path).pipe(parse({ columns: true })) as AsyncIterable<
    Record<string, string>
  >) {
    const record: Record<string, string | number | null> = {};
    for (const [column, text] of Object.entries(row)) {
      const name = fields.get(column) ?? column;
      record[name] = text === '?' || text === '' ? null : NUMBERS.includes(name) ? Number(text) : text;
    }
    records.push({ key: String(record['patient_nbr']), value: JSON.stringify(record) });
  }
  return records;
}

/** From the flow's `map:`: the field's name by the column's. */
export function fieldNames(flow: string): ReadonlyMap<string, string> {
  const text = readFileSync(flow, 'utf8');
  const map = /map: \{([^}]*)\}/.exec(text)?.[1] ?? '';
  return new Map([...map.matchAll(/(\w+): "([^"]+)"/g)].map(([, field, column]) => [column, field]));
}
