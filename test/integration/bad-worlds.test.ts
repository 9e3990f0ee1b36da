import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { systemClock } from '../../src/engine/base/system-clock.ts';
import { openEmbeddedLog } from '../../src/engine/log/embedded/embedded-log.ts';
import { logFolder } from '../../src/engine/runtime/weir-folder.ts';
import { folderForFile, weir } from '../cli/weir-process.ts';
import { topicLines } from '../support/run-flow.ts';

/** Each world is met by `weir run` as a user starts it. It ends by a code, and once it is mended, the same command has it all. */
interface World {
  readonly title: string;
  readonly code: string;
  readonly flow?: string;
  readonly args?: readonly string[];
  readonly fileBlocks?: number;
  /** Makes the world bad; what it gives back mends it. Where it gives nothing, the limit was the fault. */
  spoil?(dir: string): Promise<() => Promise<unknown>>;
}

const ROWS = 20_000;
const all = Array.from({ length: ROWS }, (_, id) => `${id},${id % 10}`);
const expected = all.filter(row => Number(row.split(',')[1]) > 4);
const csv = (rows: readonly string[] = all, header = 'id,n') => `${header}\n${rows.join('\n')}\n`;

const head = (file = 'rows.csv') => `flow world v1
schema Row { id: int @id, n: int in 0..9 }
source rows = file("${file}") { schema: Row, on_bad: fail }
`;
const TO_TOPIC = 'sink big = rows | where n > 4 | write topic("big")\n';
const TO_FILE = 'sink big = rows | where n > 4 | write file("out/big.csv")\n';
const TRAIN = `flow train v1
schema Row { id: int @id, n: int in 0..9, odd: bool @label }
source made = generate(400, seed: 1) { schema: Row }
let prep = pipeline { | derive { n } }
let lr = made | train logistic, features: prep, label: odd
sink out = lr | publish registry("odd"), tag: champion
`;
const SCORE = `model odd = registry("odd") { serve: champion, predicts: bool, fallback: fail }
sink big = rows | score odd { p = probability(true) } | where n > 4 and p >= 0.0 | select { id, n } | write topic("big")
`;
/** A stage that takes memory until its worker has none, while there is a file `hungry`. */
const GREEDY = `import { existsSync } from 'node:fs';
import { defineOperator } from ${JSON.stringify(pathToFileURL(join(import.meta.dirname, '../../src/engine/contract/operator.ts')).href)};
export const greedy = defineOperator({
  name: 'greedy', summary: 'Takes memory.', params: {}, examples: [],
  check: ({ input }) => ({ out: input }),
  execution: {
    mode: 'rows', placement: () => ({ kind: 'rows' }),
    create: () => ({
      onBatch(batch, emit) {
        for (const held = []; existsSync('hungry'); ) held.push(new Array(100_000).fill(1.5));
        emit(batch);
      },
    }),
  },
});
`;
const WORLDS: readonly World[] = [
  {
    title: 'a missing file',
    code: 'R201',
    async spoil(dir) {
      await rm(join(dir, 'rows.csv'));
      return () => writeFile(join(dir, 'rows.csv'), csv());
    },
  },
  {
    title: 'a broken gzip file',
    code: 'R205',
    flow: head('rows.csv.gz') + TO_TOPIC,
    async spoil(dir) {
      const whole = gzipSync(csv());
      await writeFile(join(dir, 'rows.csv.gz'), whole.subarray(0, whole.length / 2));
      return () => writeFile(join(dir, 'rows.csv.gz'), whole);
    },
  },
  {
    title: 'a header that lacks a column',
    code: 'R221',
    async spoil(dir) {
      await writeFile(join(dir, 'rows.csv'), csv(all, 'id,m'));
      return () => writeFile(join(dir, 'rows.csv'), csv());
    },
  },
  {
    title: 'a value of the wrong type',
    code: 'R421',
    async spoil(dir) {
      await writeFile(join(dir, 'rows.csv'), csv(all.with(15_000, 'x,1')));
      return () => writeFile(join(dir, 'rows.csv'), csv());
    },
  },
  { title: 'a full disk under the log', code: 'R103', fileBlocks: 40 },
  { title: 'a full disk under a file', code: 'R212', flow: head() + TO_FILE, fileBlocks: 40 },
  {
    title: 'a second process on the same log',
    code: 'R107',
    async spoil(dir) {
      const log = await openEmbeddedLog({ dir: logFolder(join(dir, '.weir')), clock: systemClock });
      return () => log.close();
    },
  },
  {
    title: 'a flipped byte in a segment',
    code: 'R106',
    async spoil(dir) {
      expect((await run(dir, {})).code).toBe(EXIT.ok);
      const journal = join(logFolder(join(dir, '.weir')), 'journal');
      const [segment] = (await readdir(journal)).filter(name => name.endsWith('.seg')).sort();
      const bytes = await readFile(join(journal, segment));
      const at = bytes.length >> 1;
      await writeFile(join(journal, segment), bytes.with(at, (bytes[at] ?? 0) ^ 1));
      return () => writeFile(join(journal, segment), bytes);
    },
  },
  {
    title: 'a worker out of memory',
    code: 'R512',
    flow: head() + TO_TOPIC.replace('rows |', 'rows | greedy |'),
    args: ['--with', './greedy.ts'],
    async spoil(dir) {
      await writeFile(join(dir, 'greedy.ts'), GREEDY);
      await writeFile(join(dir, 'hungry'), '');
      return () => rm(join(dir, 'hungry'));
    },
  },
  {
    title: 'an unknown model',
    code: 'R301',
    flow: head() + SCORE,
    async spoil(dir) {
      await writeFile(join(dir, 'train.flow'), TRAIN);
      return async () => expect((await weir(['run', 'train.flow'], { cwd: dir })).code).toBe(EXIT.ok);
    },
  },
  {
    title: 'an output that may not be written',
    code: 'R211',
    flow: head() + TO_FILE,
    async spoil(dir) {
      await writeFile(join(dir, 'out'), 'no folder');
      return () => rm(join(dir, 'out'));
    },
  },
];

const folder = folderForFile();
const run = (dir: string, { args = [], fileBlocks }: Pick<World, 'args' | 'fileBlocks'>) =>
  weir(['run', 'world.flow', '--workers', '1', ...args], {
    cwd: dir,
    ...(fileBlocks === undefined ? {} : { fileBlocks }),
  });

describe.concurrent('bad worlds', () => {
  it.each(WORLDS)('$title: $code, and nothing is lost', { timeout: 180_000 }, async world => {
    const dir = join(folder, world.title);
    await mkdir(dir);
    const { flow = head() + TO_TOPIC } = world;
    await writeFile(join(dir, 'rows.csv'), csv());
    await writeFile(join(dir, 'world.flow'), flow);
    const mend = await world.spoil?.(dir);
    const bad = await run(dir, world);
    expect([bad.code, bad.err]).toEqual([EXIT.world, expect.stringContaining(`error ${world.code}: `)]);
    await mend?.();
    const good = await run(dir, { args: world.args ?? [] });
    expect([good.code, good.err.match(/error.*/)?.[0]]).toEqual([EXIT.ok, undefined]);
    const rows = flow.includes('out/')
      ? (await readFile(join(dir, 'out/big.csv'), 'utf8')).trim().split(/\r?\n/).slice(1)
      : (await topicLines(join(dir, '.weir')))['big'].map(line => Object.values(JSON.parse(line) as object).join(','));
    const byId = (a: string, b: string) => Number.parseInt(a, 10) - Number.parseInt(b, 10);
    expect([...rows].sort(byId)).toEqual(expected);
  });
});
