import { Command, Option } from 'commander';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { systemClock } from '../../engine/base/system-clock.ts';
import type { LogReader, TopicInfo } from '../../engine/contract/log.ts';
import { nameFault, OWN_TOPICS } from '../../engine/contract/world-name.ts';
import { declarationText } from '../../engine/runtime/field-fit.ts';
import { RecordCursor } from '../../engine/runtime/record-cursor.ts';
import { holdsRecords, recordTopicsOf } from '../../engine/runtime/record-topics-over.ts';
import { lagOf } from '../../engine/runtime/stream/lag.ts';
import { TopicCursor, topicSchema } from '../../engine/runtime/topic-cursor.ts';
import { EXIT } from '../exit-codes.ts';
import { ExitError } from '../failure.ts';
import { onInterrupt } from '../interrupts.ts';
import { jsonLines } from '../json-lines.ts';
import type { LogPlace } from '../log-place.ts';
import { rawText, recordText } from '../record-text.ts';
import { out } from '../session.ts';
import { countText } from '../terminal/numbers.ts';
import { alignedTable } from '../terminal/table.ts';
import { logOption } from '../weir-dir.ts';
import { wholeNumber } from '../whole-number.ts';

interface TopicFlags {
  readonly log: LogPlace;
  readonly json?: boolean;
  readonly all?: boolean;
}
interface ReadFlags extends TopicFlags {
  readonly sorted?: boolean;
  readonly follow?: boolean;
  readonly limit?: number;
  readonly raw?: boolean;
}

/** How often a followed topic is looked at. */
const FOLLOW_MS = 200;
const LINES_AT_ONCE = 1_000;

export function topicsCommand(): Command {
  const command = new Command('topics')
    .description('what the log holds; while a flow runs, too')
    .addHelpText(
      'after',
      '\nExamples:\n  weir topics list\n  weir topics read alerts --json --limit 5\n  weir topics read alerts --json --sorted > alerts.ndjson\n  weir topics read alerts --follow\n  weir topics lag',
    );
  const add = (name: string, description: string, example: string) =>
    command
      .command(name)
      .description(description)
      .addHelpText('after', `\nExample:\n  weir topics ${example}`)
      .addOption(logOption())
      .option('--json', 'one JSON object a line');
  add('list', 'topics, their partitions and how many frames (batches of rows) they hold', 'list')
    .option('--all', "the engine's own topics too")
    .action(list);
  add('read', 'the committed rows of a topic', 'read alerts --json --limit 5')
    .argument('<topic>', 'its name, as in weir topics list')
    .addOption(
      new Option('--sorted', 'rows sorted and without offsets: equal rows give equal output').conflicts('follow'),
    )
    .option('--follow', 'go on with rows as they come, until Ctrl-C')
    .option('--raw', 'of a topic of records: their values alone, as they are')
    .option('--limit <n>', 'the first rows only', wholeNumber())
    .action(read);
  add('lag', 'how far readers are behind', 'lag --json').action(lag);
  return command;
}

async function withView<T>(flags: TopicFlags, use: (view: LogReader) => Promise<T>): Promise<T> {
  const view = await flags.log.reader(systemClock);
  try {
    return await use(view);
  } finally {
    await view.close();
  }
}

async function list(flags: TopicFlags): Promise<void> {
  const topics = await withView(flags, view => view.topics());
  const shown = topics.filter(topic => flags.all || !topic.internal).sort((a, b) => (a.name < b.name ? -1 : 1));
  if (flags.json) {
    for (const topic of shown) {
      const { name, partitions } = topic;
      out.write(`${JSON.stringify({ name, partitions, frames: frames(topic), fields: fieldTypes(topic) })}\n`);
    }
    return;
  }
  if (shown.length === 0) out.write(`no topics in ${flags.log} yet: a flow makes one with | write topic("name")\n`);
  else {
    const rows = shown.map(topic => [topic.name, String(topic.partitions), countText(frames(topic))]);
    out.write(alignedTable([['topic', 'partitions', 'frames'], ...rows]));
  }
}

/** Types by field, as a schema of a flow declares them; null where a topic has no rows of a flow. */
function fieldTypes(topic: TopicInfo): Readonly<Record<string, string>> | null {
  const schema = topicSchema(topic);
  return schema && Object.fromEntries(schema.fields.map(field => [field.name, declarationText(field)]));
}

function frames(topic: TopicInfo): number {
  return topic.ends.reduce((sum, end) => sum + Number(end.stableEnd - end.first), 0);
}

async function read(topic: string, flags: ReadFlags): Promise<void> {
  const fault = topic.startsWith(OWN_TOPICS) ? null : nameFault('topic', topic);
  if (fault !== null) {
    throw new OperationalError('R115', `${JSON.stringify(topic)} cannot be a topic: ${fault}`, {
      hint: 'see the names there are: weir topics list',
    });
  }
  await withView(flags, async view => {
    let info = await found(view, topic, flags.log);
    const { lines: linesUpTo, again } = readerOf(view, info, flags);
    const stop = flags.follow ? interrupted() : null;
    const lines: string[] = [];
    let left = flags.limit ?? Number.POSITIVE_INFINITY;
    for (;;) {
      for await (const { sortable, placed } of linesUpTo(info)) {
        if (flags.sorted) lines.push(...sortable);
        else {
          const taken = placed().slice(0, left);
          left -= taken.length;
          await writeLines(taken);
        }
        if (left <= 0) return;
        if (stop?.aborted) throw new ExitError(EXIT.stopped);
      }
      if (stop === null) break;
      await systemClock.sleep(FOLLOW_MS, stop);
      if (stop.aborted) throw new ExitError(EXIT.stopped);
      info = await again();
    }
    if (flags.sorted) await writeLines(lines.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)).slice(0, flags.limit));
  });
}

/** Lines of one read: for sorting, and with where they lie. */
interface Lines {
  readonly sortable: readonly string[];
  placed(): readonly string[];
}
interface LinesReader {
  lines(upTo: TopicInfo): AsyncIterable<Lines>;
  /** The topic as it is now. */
  again(): Promise<TopicInfo>;
}

function readerOf(view: LogReader, info: TopicInfo, flags: ReadFlags): LinesReader {
  const json = flags.json === true;
  if (isOfRecords(view, info)) {
    const cursor = new RecordCursor(recordTopicsOf(view), info);
    const textOf = flags.raw ? rawText : recordText;
    return {
      async *lines(upTo) {
        for await (const records of cursor.upTo(upTo)) {
          yield {
            sortable: records.map(record => textOf(record, json, false)),
            placed: () => records.map(record => textOf(record, json, !flags.raw)),
          };
        }
      },
      again: async () => (await recordTopicsOf(view).describe(info.name)) ?? info,
    };
  }
  const cursor = new TopicCursor(view, info);
  const textOf = jsonLines(cursor.schema);
  return {
    async *lines(upTo) {
      for await (const { partition, offset, batch } of cursor.upTo(upTo)) {
        const sortable = textOf(batch);
        yield { sortable, placed: () => sortable.map(row => placed(row, partition, offset, json)) };
      }
    },
    again: () => view.describe(info.name),
  };
}

/** What a log does not know as a topic of rows is one of records. */
function isOfRecords(view: LogReader, info: TopicInfo): boolean {
  return holdsRecords(info) || (view.records !== undefined && info.meta === undefined && info.internal === undefined);
}

/** Aborted by the first Ctrl-C, so that no row is cut in two; the next one ends the process. */
function interrupted(): AbortSignal {
  const stop = new AbortController();
  onInterrupt(times => (times === 1 ? stop.abort() : process.exit(EXIT.stopped)));
  return stop.signal;
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

async function found(log: LogReader, topic: string, place: LogPlace): Promise<TopicInfo> {
  const topics = await log.topics();
  const info = topics.find(candidate => candidate.name === topic) ?? (await log.records?.describe(topic)) ?? undefined;
  if (info !== undefined) return info;
  const names = topics.filter(candidate => !candidate.internal).map(candidate => candidate.name);
  throw new OperationalError('R111', `there is no topic "${topic}" in ${place}`, {
    hint: names.length === 0 ? 'it holds no topics; --log DIR names another folder' : `there are: ${names.join(', ')}`,
  });
}

async function lag(flags: TopicFlags): Promise<void> {
  const rows = await withView(flags, lagOf);
  if (flags.json) for (const row of rows) out.write(`${JSON.stringify(row)}\n`);
  else if (rows.length === 0) out.write(`no flow has read a topic of ${flags.log} yet\n`);
  else {
    const cells = rows.map(row => [row.flow, row.chain, row.topic, String(row.partition), countText(row.behind)]);
    out.write(alignedTable([['flow', 'chain', 'topic', 'partition', 'frames behind'], ...cells]));
  }
}
