import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { KEY_GROUPS } from '../../src/engine/contract/log.ts';
import type { Asked } from './measure.ts';

export const USAGE = `npm run bench:partitions -- [--partitions 1,2,4,8] [--log embedded|kafka] [--rows 200000] [--rounds 3]
                            [--workers 2] [--rate ROWS_A_SECOND] [--json FILE] [--html FILE]
npm run bench:partitions -- --compare A.json B.json
`;

export type Options =
  | { readonly what: 'help' }
  | { readonly what: 'compare'; readonly files: readonly [string, string] }
  | { readonly what: 'measure'; readonly asked: Asked; readonly json: string | null; readonly html: string | null };

/** Room for records that start a load and warm it up. */
const FEWEST_ROWS = 1_000;
/** What is compared by key is held in memory, twice. */
const MOST_ROWS = 3_000_000;
const MOST_A_SECOND = 10_000_000;
const MOST_ROUNDS = 100;
const MOST_WORKERS = 256;

/** Throws, in words for the user, what is wrong with the command line. */
export function parseOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      partitions: { type: 'string', default: '1,2,4,8' },
      log: { type: 'string', default: 'embedded' },
      rows: { type: 'string', default: '200000' },
      rounds: { type: 'string', default: '3' },
      workers: { type: 'string', default: String(Math.min(2, availableParallelism())) },
      rate: { type: 'string' },
      json: { type: 'string' },
      html: { type: 'string' },
      compare: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help) return { what: 'help' };
  if (values.compare) {
    if (positionals.length !== 2) throw new Error('--compare takes two files that --json wrote');
    return { what: 'compare', files: [positionals[0], positionals[1]] };
  }
  if (positionals.length > 0) throw new Error(`${JSON.stringify(positionals[0])} belongs to no option`);
  if (values.log !== 'embedded' && values.log !== 'kafka') throw new Error('--log is embedded or kafka');
  const asked: Asked = {
    log: values.log,
    partitions: partitionCounts(values.partitions),
    rows: wholeNumber('--rows', values.rows, FEWEST_ROWS, MOST_ROWS),
    rounds: wholeNumber('--rounds', values.rounds, 1, MOST_ROUNDS),
    workers: wholeNumber('--workers', values.workers, 1, MOST_WORKERS),
    rate: values.rate === undefined ? null : wholeNumber('--rate', values.rate, 1, MOST_A_SECOND),
  };
  return { what: 'measure', asked, json: values.json ?? null, html: values.html ?? null };
}

/** Upward, each once, and 1 among them: what all others are compared with. */
function partitionCounts(text: string): readonly number[] {
  const counts = text.split(',').map(one => wholeNumber('--partitions', one, 1, KEY_GROUPS));
  return [...new Set([1, ...counts])].sort((a, b) => a - b);
}

function wholeNumber(option: string, text: string, low: number, high: number): number {
  const number = /^\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (number >= low && number <= high) return number;
  throw new Error(`${option} is a whole number from ${low} to ${high}, and not ${JSON.stringify(text)}`);
}
