import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { rowText, TOPIC, type Workload } from './workload.ts';

/** What a topic holds, against what it has to. */
export interface Verdict {
  readonly rows: number;
  readonly lost: number;
  readonly doubled: number;
  /** Behind a later row of its key, or of a key that is in another partition, too. */
  readonly reordered: number;
  /** That nobody wrote, or with other values. */
  readonly foreign: number;
  /** The first few of all kinds. */
  readonly examples: readonly string[];
}

const MOST_EXAMPLES = 8;

interface Line {
  readonly partition: number;
  readonly offset: number;
  readonly number: number;
  readonly who: string;
  readonly value: number;
  readonly twice: number;
}

/** Reads the topic in the order of its offsets. Knows nothing of the flow's tasks but where rows come in. */
export async function judge(weir: string, log: string, workload: Workload): Promise<Verdict> {
  const seen = new Set<number>();
  const last = new Map<string, number>();
  const home = new Map<string, number>();
  const examples: string[] = [];
  const found = { rows: 0, doubled: 0, reordered: 0, foreign: 0 };
  const note = (kind: 'doubled' | 'reordered' | 'foreign', { number, who, partition, offset }: Line) => {
    found[kind]++;
    if (examples.length < MOST_EXAMPLES) examples.push(`${kind}: ${number} of ${who} at ${partition}/${offset}`);
  };
  const child = spawn(process.execPath, [weir, 'topics', 'read', TOPIC, '--json', '--log', log], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for await (const text of linesOf(child)) {
    const row = JSON.parse(text) as Line;
    found.rows++;
    if (workload.expected.get(row.number) !== rowText(row)) note('foreign', row);
    if (seen.has(row.number)) note('doubled', row);
    seen.add(row.number);
    const stream = `${row.who} ${workload.upstreamOf(row.number)}`;
    if ((last.get(stream) ?? -1) > row.number) note('reordered', row);
    else if ((home.get(row.who) ?? row.partition) !== row.partition) note('reordered', row);
    last.set(stream, Math.max(row.number, last.get(stream) ?? -1));
    home.set(row.who, row.partition);
  }
  if (child.exitCode !== 0) examples.push(`the topic cannot be read: exit code ${child.exitCode}`);
  let lost = 0;
  for (const number of workload.expected.keys()) {
    if (seen.has(number)) continue;
    lost++;
    if (examples.length < MOST_EXAMPLES) examples.push(`lost: ${number}`);
  }
  return { ...found, lost, examples };
}

async function* linesOf(child: ChildProcess): AsyncGenerator<string> {
  const closed = new Promise(resolve => child.once('close', resolve));
  if (child.stdout !== null) yield* createInterface({ input: child.stdout });
  await closed;
}
