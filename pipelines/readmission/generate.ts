import { createWriteStream } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { createGzip } from 'node:zlib';
import { encounters, HEADER } from './encounters.ts';

const CHUNK_CHARACTERS = 1 << 16;

/** The table as CSV text in chunks, header first, CRLF line ends as in the real one. */
export function* encountersCsv(rows: number, seed: number): Generator<string> {
  let text = `${HEADER}\r\n`;
  for (const { line } of encounters(rows, seed)) {
    text += `${line}\r\n`;
    if (text.length >= CHUNK_CHARACTERS) {
      yield text;
      text = '';
    }
  }
  if (text !== '') yield text;
}

/** Writes the table to a file, gzipped when its name ends in .gz; the file appears whole. */
export async function writeEncounters(path: string, rows: number, seed: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const staged = `${path}.tmp`;
  const source = Readable.from(encountersCsv(rows, seed));
  const target = createWriteStream(staged);
  // Level 1: the file is read once more and then forgotten.
  if (path.endsWith('.gz')) await pipeline(source, createGzip({ level: 1 }), target);
  else await pipeline(source, target);
  await rename(staged, path);
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string' },
      help: { type: 'boolean' },
    },
  });
  if (values.help || values.rows === undefined || values.out === undefined) {
    process.stdout.write('node pipelines/readmission/generate.ts --rows 20000 --seed 1 --out encounters.csv.gz\n');
    process.exitCode = values.help ? 0 : 2;
  } else {
    await writeEncounters(values.out, Number(values.rows), Number(values.seed));
    process.stdout.write(`${values.out}: ${values.rows} encounters, seed ${values.seed}\n`);
  }
}
