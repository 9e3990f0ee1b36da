import { Command } from 'commander';
import { AtomicFile } from '../../connectors/file/atomic-file.ts';
import { encoderForFile } from '../../connectors/formats/format-of-file.ts';
import { nearestName } from '../../connectors/nearest-name.ts';
import { OperationalError } from '../../engine/base/operational-error.ts';
import { systemClock } from '../../engine/base/system-clock.ts';
import type { Batch } from '../../engine/contract/batch.ts';
import type { Schema } from '../../engine/contract/types.ts';
import { flowManifest, flowState, type TaskStateRead } from '../../engine/runtime/flow-state.ts';
import { snapshotsOf } from '../../engine/runtime/weir-folder.ts';
import type { KeyedTable } from '../../engine/state/keyed-table.ts';
import { masked, tableRows, tableSchema } from '../../engine/state/table-rows.ts';
import { UsageError } from '../failure.ts';
import { jsonLines } from '../json-lines.ts';
import type { LogPlace } from '../log-place.ts';
import { noSuchStream } from '../no-such-stream.ts';
import { out } from '../session.ts';
import { snapshotOptions, snapshotsOption } from '../snapshots-option.ts';
import { countText } from '../terminal/numbers.ts';
import { alignedTable } from '../terminal/table.ts';
import { logOption } from '../weir-dir.ts';
import { wholeNumber } from '../whole-number.ts';

interface StateFlags {
  readonly log: LogPlace;
  readonly snapshots?: string;
  readonly json?: boolean;
  readonly phi?: boolean;
}
interface ShowFlags extends StateFlags {
  readonly key?: readonly string[];
  readonly limit: number;
}
interface ExportFlags extends StateFlags {
  readonly to: string;
}

const BATCH_ROWS = 4_096;

export function stateCommand(): Command {
  const command = new Command('state')
    .description('what the stages of a stream keep between rows; while the flow runs, too')
    .addHelpText(
      'after',
      '\nExamples:\n  weir state list ward_counts\n  weir state show ward_counts by_ward --key ward=ICU\n' +
        '  weir state export ward_counts by_ward --to state.arrow',
    );
  const add = (name: string, description: string, example: string) =>
    command
      .command(name)
      .description(description)
      .addHelpText('after', `\nExample:\n  weir state ${example}`)
      .argument('<flow>', 'its name, as in its flow line')
      .addOption(logOption())
      .addOption(snapshotsOption());
  add('list', 'tables of state by stage and partition: keys, bytes, how new', 'list ward_counts --json')
    .option('--json', 'one JSON object a line')
    .action(list);
  add('show', 'rows of the state of a stage, by key', 'show ward_counts by_ward --key ward=ICU')
    .argument('<name>', 'the stage, as in weir state list')
    .option('--key <column=value>', 'this key alone; repeat it for each column', collected)
    .option('--limit <n>', 'so many rows', wholeNumber(), 20)
    .option('--phi', 'with the values of persons, which are masked without it')
    .option('--json', 'one JSON object a line')
    .action(show);
  add('export', 'all rows of the state of a stage to a file', 'export ward_counts by_ward --to state.csv')
    .argument('<name>', 'the stage, as in weir state list')
    .requiredOption('--to <file>', 'a file that ends in .arrow, .csv or .ndjson')
    .option('--phi', 'although it holds values of persons')
    .action(exportTo);
  return command;
}

const collected = (value: string, before: readonly string[] = []) => [...before, value];

/** The state of each task in turn; errors name what there is. */
async function eachTask(flow: string, flags: StateFlags, use: (read: TaskStateRead) => Promise<'on' | 'enough'>) {
  const view = await flags.log.reader(systemClock);
  try {
    if ((await flowManifest(view, flow)) === null) throw await noSuchStream(view, flow, flags.log);
    const { snapshots = null } = snapshotsOf(
      await flags.log.module(),
      flags.log.folder,
      snapshotOptions(flags.snapshots),
    );
    for await (const read of flowState(view, flow, snapshots)) if ((await use(read)) === 'enough') return;
  } finally {
    await view.close();
  }
}

async function list(flow: string, flags: StateFlags): Promise<void> {
  const rows: string[][] = [];
  const leftOut = new Set<string>();
  await eachTask(flow, flags, async read => {
    const { record, partition, isLeftOut, snapshot, deltas, deltaBytes } = read;
    const seq = record?.seq ?? 0n;
    for (const table of read.state.tables.values()) {
      const about = {
        name: stageOf(table),
        table: table.name.slice(table.name.lastIndexOf('/') + 1),
        partition,
        keys: table.size,
        bytes: table.bytes,
        seq: Number(seq),
        snapshot: snapshot && {
          seq: Number(snapshot.seq),
          commits_ago: Number(seq - snapshot.seq),
          bytes: snapshot.bytes,
        },
        changelog: { deltas, bytes: deltaBytes },
        ...(isLeftOut && { left_out: true }),
      };
      if (flags.json) out.write(`${JSON.stringify(about)}\n`);
      const taken = about.snapshot === null ? '—' : `${countText(about.snapshot.commits_ago)} commits ago`;
      if (isLeftOut) leftOut.add(about.name);
      rows.push([
        ...[about.name, about.table, String(partition), countText(about.keys), countText(about.bytes)],
        ...[countText(about.seq), taken, about.snapshot === null ? '—' : countText(about.snapshot.bytes)],
        countText(deltaBytes),
      ]);
    }
    return 'on';
  });
  if (flags.json) return;
  if (rows.length === 0) out.write(`flow ${flow} keeps no state\n`);
  else {
    const head = ['stage', 'table', 'partition', 'keys', 'bytes', 'commit', 'snapshot', 'its bytes', 'deltas after'];
    out.write(alignedTable([head, ...rows]));
    if (leftOut.size > 0) out.write(`left out for want of a model: ${[...leftOut].join(', ')}\n`);
  }
}

function stageOf({ name }: KeyedTable): string {
  return name.slice(0, name.lastIndexOf('/'));
}

/** The rows of a stage's table, task by task, until `use` says false. */
async function eachBatch(
  flow: string,
  name: string,
  flags: StateFlags,
  use: (batch: Batch, schema: Schema) => Promise<'on' | 'enough'>,
): Promise<void> {
  const names = new Set<string>();
  let isFound = false;
  await eachTask(flow, flags, async ({ state }) => {
    for (const table of state.tables.values()) {
      names.add(stageOf(table));
      if (stageOf(table) !== name) continue;
      isFound = true;
      for (const batch of tableRows(table, BATCH_ROWS))
        if ((await use(batch, tableSchema(table))) === 'enough') return 'enough';
    }
    return 'on';
  });
  if (isFound) return;
  const near = nearestName(name, names);
  const hint =
    names.size === 0
      ? 'none of its stages keeps anything between rows, or none has seen a row yet'
      : near === null
        ? `there are: ${[...names].join(', ')}`
        : `did you mean ${near}?`;
  throw new OperationalError('R131', `flow ${flow} keeps no state under the name ${name}`, { hint });
}

async function show(flow: string, name: string, flags: ShowFlags): Promise<void> {
  const wanted = (flags.key ?? []).map(keyPart);
  const lines: string[] = [];
  let head: readonly string[] = [];
  const rows: string[][] = [];
  await eachBatch(flow, name, flags, async (batch, schema) => {
    head = schema.fields.map(field => field.name);
    const unknown = wanted.find(([column]) => !head.includes(column));
    if (unknown !== undefined)
      throw new UsageError(`the state of ${name} has no column ${unknown[0]}: ${head.join(', ')}`);
    const found = jsonLines(schema)(batch).map(line => JSON.parse(line) as Record<string, unknown>);
    const shown = flags.phi ? batch : masked(batch);
    const texts = jsonLines(shown.schema)(shown);
    for (const [row, values] of found.entries()) {
      if (!wanted.every(([column, value]) => String(values[column]) === value)) continue;
      lines.push(texts[row]);
      if (lines.length >= flags.limit) return 'enough';
    }
    return 'on';
  });
  if (flags.json) {
    for (const line of lines) out.write(`${line}\n`);
    return;
  }
  for (const line of lines) {
    const values = JSON.parse(line) as Record<string, unknown>;
    rows.push(head.map(column => (values[column] === null ? '' : String(values[column]))));
  }
  out.write(rows.length === 0 ? 'no rows\n' : alignedTable([[...head], ...rows]));
}

function keyPart(text: string): readonly [column: string, value: string] {
  const at = text.indexOf('=');
  if (at < 1) throw new UsageError(`--key takes column=value, as in --key ward=ICU; got "${text}"`);
  return [text.slice(0, at), text.slice(at + 1)];
}

async function exportTo(flow: string, name: string, flags: ExportFlags): Promise<void> {
  let file: AtomicFile | null = null;
  let encoder: ReturnType<typeof encoderForFile> = null;
  let rows = 0;
  try {
    await eachBatch(flow, name, flags, async (batch, schema) => {
      if (file === null) {
        const personal = schema.fields.filter(field => field.phi).map(field => field.name);
        if (personal.length > 0 && !flags.phi) {
          throw new OperationalError('R132', `the state of ${name} holds values of persons: ${personal.join(', ')}`, {
            hint: 'add --phi to write them; guard the file then as you guard the log',
          });
        }
        encoder = encoderForFile(flags.to, schema);
        if (encoder === null) {
          throw new OperationalError('R233', `the format of ${flags.to} cannot be told from its name`, {
            hint: 'end it in .csv, .ndjson or .arrow',
          });
        }
        file = new AtomicFile(flags.to);
        await file.write(encoder.start());
      }
      rows += batch.rows;
      if (encoder !== null) await file.write(encoder.encode(batch));
      return 'on';
    });
    const ended = encoder as ReturnType<typeof encoderForFile>;
    const written = file as AtomicFile | null;
    if (written !== null && ended !== null) {
      await written.write(await ended.end());
      await written.publish();
    }
    out.write(`${countText(rows)} keys of ${name} written to ${flags.to}\n`);
  } catch (error) {
    await (file as AtomicFile | null)?.abandon();
    throw error;
  }
}
