import { Command } from 'commander';
import { builtinFormats } from '../../connectors/all.ts';
import { assert } from '../../engine/base/assert.ts';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { systemClock } from '../../engine/base/system-clock.ts';
import { decodeFrame } from '../../engine/columnar/frame.ts';
import type { Log, TopicInfo } from '../../engine/contract/log.ts';
import type { Schema } from '../../engine/contract/types.ts';
import { nameFault, OWN_TOPICS } from '../../engine/contract/world-name.ts';
import { openEmbeddedLog } from '../../engine/log/embedded/embedded-log.ts';
import { logFolder } from '../../engine/runtime/weir-folder.ts';
import { out } from '../session.ts';
import { countText } from '../terminal/numbers.ts';
import { alignedTable } from '../terminal/table.ts';
import { logOption } from '../weir-dir.ts';
import { wholeNumber } from './run.ts';

interface TopicFlags {
  readonly log: string;
  readonly json?: boolean;
  readonly all?: boolean;
}
interface ReadFlags extends TopicFlags {
  readonly sorted?: boolean;
  readonly limit?: number;
}

const READ_BYTES = 4 * 1024 * 1024;
const LINES_AT_ONCE = 1_000;

export function topicsCommand(): Command {
  const command = new Command('topics')
    .description('what the log holds')
    .addHelpText(
      'after',
      '\nExamples:\n  weir topics list\n  weir topics read alerts --json --limit 5\n  weir topics read alerts --json --sorted > alerts.ndjson\n  weir topics lag',
    );
  const add = (name: string, description: string, example: string) =>
    command
      .command(name)
      .description(description)
      .addHelpText('after', `\nExample:\n  weir topics ${example}`)
      .addOption(logOption())
      .option('--json', 'one JSON object a line');
  add('list', 'topics, their partitions and sizes', 'list').option('--all', "the engine's own topics too").action(list);
  add('read', 'the committed rows of a topic', 'read alerts --json --limit 5')
    .argument('<topic>')
    .option('--sorted', 'rows sorted and without offsets: equal rows give equal output')
    .option('--limit <n>', 'the first rows only', wholeNumber)
    .action(read);
  add('lag', 'how far readers are behind', 'lag --json').action(lag);
  return command;
}

async function withLog<T>(
  flags: TopicFlags,
  use: (log: Awaited<ReturnType<typeof openEmbeddedLog>>) => Promise<T>,
): Promise<T> {
  const log = await openEmbeddedLog({ dir: logFolder(flags.log), clock: systemClock });
  try {
    return await use(log);
  } finally {
    await log.close();
  }
}

async function list(flags: TopicFlags): Promise<void> {
  const topics = await withLog(flags, log => log.topics());
  const shown = topics.filter(topic => flags.all || !topic.internal).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (flags.json) {
    for (const topic of shown)
      out.write(`${JSON.stringify({ name: topic.name, partitions: topic.partitions, frames: frames(topic) })}\n`);
    return;
  }
  if (shown.length === 0) out.write('no topics yet: a flow makes one with | write topic("name")\n');
  else {
    const rows = shown.map(topic => [topic.name, String(topic.partitions), countText(frames(topic))]);
    out.write(alignedTable([['topic', 'partitions', 'frames'], ...rows]));
  }
}

function frames(topic: TopicInfo): number {
  return topic.ends.reduce((sum, end) => sum + Number(end.stableEnd - end.first), 0);
}

async function read(topic: string, flags: ReadFlags): Promise<void> {
  const fault = topic.startsWith(OWN_TOPICS) ? null : nameFault('topic', topic);
  if (fault !== null) throw new OperationalError('R115', `${JSON.stringify(topic)} cannot be a topic: ${fault}`);
  await withLog(flags, async log => {
    const info = await found(log, topic);
    const lines: string[] = [];
    let left = flags.limit ?? Number.POSITIVE_INFINITY;
    for await (const { partition, offset, rows } of committedRows(log, info, schemaOf(info))) {
      if (flags.sorted) lines.push(...rows);
      else {
        const taken = rows.slice(0, left);
        left -= taken.length;
        await writeLines(taken.map(row => placed(row, partition, offset, flags.json === true)));
        if (left <= 0) return;
      }
    }
    if (flags.sorted) await writeLines(lines.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).slice(0, flags.limit));
  });
}

/** A row's JSON with where it lies in the log: as members for scripts, in front for people. */
function placed(row: string, partition: number, offset: bigint, json: boolean): string {
  if (!json) return `${partition}/${offset} ${row}`;
  return `{"partition":${partition},"offset":${offset}${row === '{}' ? '' : ','}${row.slice(1)}`;
}

/** Waits for the reader, so that a large topic never piles up in memory. */
async function writeLines(lines: readonly string[]): Promise<void> {
  for (let at = 0; at < lines.length; at += LINES_AT_ONCE) {
    const text = `${lines.slice(at, at + LINES_AT_ONCE).join('\n')}\n`;
    if (!out.write(text)) await new Promise(resolve => out.once('drain', resolve));
  }
}

async function* committedRows(log: Log, info: TopicInfo, schema: Schema) {
  const json = builtinFormats().get('json');
  assert(json !== undefined, 'JSON is a built-in format');
  const encoder = json.encoder({ options: {} as never, schema });
  const decoder = new TextDecoder();
  for (let partition = 0; partition < info.partitions; partition++) {
    const end = info.ends[partition].stableEnd;
    for (let at = { topic: info.name, partition, offset: info.ends[partition].first }; at.offset < end; ) {
      const { frames, next } = await log.read(at, { bytes: READ_BYTES, waitMs: 0 });
      for (const frame of frames) {
        const text = decoder.decode(encoder.encode(decodeFrame(frame.body, schema)));
        yield { partition, offset: frame.offset, rows: text.split('\n').filter(line => line !== '') };
      }
      if (next.offset <= at.offset) break;
      at = { topic: info.name, partition, offset: next.offset };
    }
  }
}

async function found(log: Log, topic: string): Promise<TopicInfo> {
  const topics = await log.topics();
  const info = topics.find(candidate => candidate.name === topic);
  if (info !== undefined) return info;
  const names = topics.filter(candidate => !candidate.internal).map(candidate => candidate.name);
  throw new OperationalError('R111', `there is no topic "${topic}"`, {
    hint: names.length === 0 ? 'the log holds no topics yet' : `there are: ${names.join(', ')}`,
  });
}

function schemaOf(info: TopicInfo): Schema {
  const meta = info.meta as { schema?: Schema } | undefined;
  if (meta?.schema !== undefined) return meta.schema;
  throw new OperationalError('R113', `topic "${info.name}" has no schema: it is one of the engine's own`, {
    hint: 'weir topics list shows the ones that hold rows',
  });
}

async function lag(flags: TopicFlags): Promise<void> {
  const rows = await withLog(flags, async log => {
    const topics = await log.topics();
    const readers = await log.tasks();
    return readers.flatMap(({ task, last }) =>
      (last?.positions ?? []).flatMap(position => {
        const end = topics.find(topic => topic.name === position.input)?.ends[position.partition];
        if (end === undefined) return [];
        return [
          {
            flow: task.flow,
            chain: task.chain,
            topic: position.input,
            partition: position.partition,
            behind: Number(end.stableEnd - position.offset),
          },
        ];
      }),
    );
  });
  const place = (row: (typeof rows)[number]) =>
    `${row.flow} ${row.chain} ${row.topic} ${String(row.partition).padStart(3)}`;
  rows.sort((a, b) => (place(a) < place(b) ? -1 : 1));
  if (flags.json) for (const row of rows) out.write(`${JSON.stringify(row)}\n`);
  else if (rows.length === 0) out.write('no flow has read a topic yet\n');
  else {
    const cells = rows.map(row => [row.flow, row.chain, row.topic, String(row.partition), countText(row.behind)]);
    out.write(alignedTable([['flow', 'chain', 'topic', 'partition', 'frames behind'], ...cells]));
  }
}
