import { assert } from '../../base/assert.ts';
import { OperationalError } from '../../base/operational-error.ts';
import type { Log, LogReader, TopicInfo } from '../../contract/log.ts';
import type { ParameterValues } from '../../contract/parameter.ts';
import { recordsNotRows } from '../../contract/record-topics.ts';
import type { Schema } from '../../contract/types.ts';
import type { Chain } from '../../plan/physical.ts';
import type { SourceNode } from '../../plan/plan.ts';
import { portKey } from '../../plan/port-key.ts';
import { fieldText, isReadAs } from '../field-fit.ts';
import type { JobContext } from '../job-context.ts';
import { sourceOf } from '../read-split.ts';
import { holdsRecords, recordTopicsOf } from '../record-topics-over.ts';
import { topicSchema } from '../topic-cursor.ts';
import { type StreamManifest, startOffset, type TopicStart } from './stream-manifest.ts';
import { type StreamInput, type TargetTopic, taskLabel } from './stream-spec.ts';

export function isGiven(context: JobContext, chain: Chain): boolean {
  return chain.input.kind === 'topic' && context.host.injected?.has(chain.input.source.id) === true;
}

export async function inputOf(
  context: JobContext,
  log: Log,
  chain: Chain,
  partition: number,
  manifest: StreamManifest,
  topics: Readonly<Record<string, TargetTopic>>,
): Promise<StreamInput> {
  const { input } = chain;
  if (input.kind === 'source' || isGiven(context, chain)) {
    assert(input.kind === 'source' || input.kind === 'topic', 'rows are given for sources');
    const { source } = input;
    const splits = manifest.splits[source.id].map((split, index) => ({ index, split }));
    const mine = splits.filter(({ index }) => index % manifest.tasks[chain.id] === partition);
    const bounded = isGiven(context, chain) || sourceOf(context.host, source).nature === 'bounded';
    return { kind: 'splits', source, splits: mine, bounded };
  }
  if (input.kind === 'table') {
    const table = context.ready[portKey(input.ref)];
    assert(table?.kind === 'table', `table ${portKey(input.ref)} is not ready`);
    const columns = input.schema.fields.map(field => field.name);
    return { kind: 'rows', table, columns, from: 0, to: table.rows };
  }
  if (input.kind === 'exchange') {
    return { kind: 'exchange', topic: topics[input.topic].name, schema: input.schema };
  }
  if (input.source.format !== null) {
    const info = await recordTopic(log, input.topic);
    refuseAnother(input.source, manifest.topics?.[chain.id], info);
    return {
      kind: 'records',
      source: input.source,
      topic: input.topic,
      start: String(startOffset(manifest.topics?.[chain.id], info, partition)),
      until: context.untilCaughtUp ? String(info.ends[partition].stableEnd) : null,
    };
  }
  const info = await log.describe(input.topic);
  refuseAnother(input.source, manifest.topics?.[chain.id], info);
  return {
    kind: 'topic',
    source: input.source,
    topic: input.topic,
    schema: checkedSchema(info, input.source.schema),
    start: String(startOffset(manifest.topics?.[chain.id], info, partition)),
    until: context.untilCaughtUp ? String(info.ends[partition].stableEnd) : null,
  };
}

/** Positions mean nothing in a topic that was made again: rows before them would be passed over. Throws R105. */
function refuseAnother(source: SourceNode, start: TopicStart | undefined, { name, id }: TopicInfo): void {
  if (start?.topic !== name || start.id === undefined || id === undefined || start.id === id) return;
  throw new OperationalError(
    'R105',
    `source ${source.binding}, topic ${name}: it was deleted and made again since the flow began; the positions of the flow are of the one before`,
    {
      operator: source.id,
      hint: 'begin anew over the topic there is now with --fresh, from where from: of the source says',
    },
  );
}

/** Throws R111 where there is none. */
export async function recordTopic(log: LogReader, topic: string): Promise<TopicInfo> {
  const info = await recordTopicsOf(log).describe(topic);
  if (info !== null) return info;
  throw new OperationalError('R111', `there is no topic "${topic}" in this log`, {
    hint: 'whoever writes it makes it first, or another flow by `write topic("…"), format: …`',
  });
}

/** Where a flow that begins reads each partition from, by the source's `from:`; null: from the first record there is. `before`: where it began. Throws R141. */
export async function startsOf(
  log: Log,
  source: SourceNode,
  { name, ends }: TopicInfo,
  before?: TopicStart,
): Promise<readonly string[] | null> {
  const from = (source.connector.options['from'] ?? 'earliest') as ParameterValues['start'];
  // Partitions may have come since: what the flow says is of its beginning.
  if (before?.topic === name && before.offsets !== null && typeof from === 'object') return before.offsets;
  if (from === 'earliest') return null;
  if (from === 'latest') return ends.map(end => String(end.stableEnd));
  if ('time' in from) return (await recordTopicsOf(log).offsetsAt(name, from.time)).map(String);
  const { offsets } = from;
  if (typeof offsets === 'number') return ends.map(() => String(offsets));
  if (offsets.length === ends.length) return offsets.map(String);
  throw new OperationalError(
    'R141',
    `${source.id} begins at ${offsets.length} offsets, and topic "${name}" has ${ends.length} partitions`,
    { operator: source.id, hint: 'give one offset for each partition, in order, or one for all' },
  );
}

/** The schema a topic was made with, checked against what the flow declares of it. */
function checkedSchema(topic: TopicInfo, declared: Schema): Schema {
  if (holdsRecords(topic)) throw recordsNotRows(topic.name);
  const held = topicSchema(topic);
  if (held === null) {
    throw new OperationalError('R113', `topic "${topic.name}" does not say what its rows are`, {
      hint: 'where other programs write it, say how its records are read: `format: json`',
    });
  }
  for (const field of declared.fields) {
    const there = held.fields.find(one => one.name === field.name);
    if (there !== undefined && isReadAs(field, there)) continue;
    throw new OperationalError(
      'R114',
      `topic "${topic.name}" has no field ${fieldText(field)}, as the flow declares it`,
      {
        hint:
          there === undefined
            ? `it has ${held.fields.map(one => one.name).join(', ')}; with their types: weir topics list --json`
            : `there it is ${fieldText(there)}`,
      },
    );
  }
  return held;
}

export function upstreamsOf(chain: Chain, manifest: StreamManifest): readonly string[] {
  if (chain.input.kind !== 'exchange') return [];
  return chain.input.upstreams.flatMap(id =>
    Array.from({ length: manifest.tasks[id] }, (_, partition) => taskLabel(id, partition)),
  );
}
