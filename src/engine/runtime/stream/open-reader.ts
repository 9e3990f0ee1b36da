import type { RecordWorld } from '../../contract/connector.ts';
import type { InputPosition, Log } from '../../contract/log.ts';
import { recordTopicsOf } from '../record-topics-over.ts';
import type { TaskHost } from '../task-host.ts';
import type { InputReader } from './input-reader.ts';
import { RecordsReader } from './records-reader.ts';
import { RowsReader } from './rows-reader.ts';
import { SplitsReader } from './splits-reader.ts';
import type { StreamTaskSpec } from './stream-spec.ts';
import type { TaskNumbers } from './task-record.ts';
import { TopicReader } from './topic-reader.ts';

/** The reader of a task's input, from the positions of its last commit on. */
export function openReader(
  host: TaskHost,
  log: Log,
  spec: StreamTaskSpec,
  from: readonly InputPosition[],
  { ended, drains }: Pick<TaskNumbers, 'ended' | 'drains'>,
  batchRows: number,
  world: RecordWorld,
): InputReader {
  const { input, partition } = spec;
  switch (input.kind) {
    case 'splits':
      return new SplitsReader(host, input, partition, from, batchRows);
    case 'rows':
      return new RowsReader(host, input, partition, from, batchRows);
    case 'topic':
      return new TopicReader(log, {
        topic: input.topic,
        partition,
        schema: input.schema,
        columns: input.source.schema.fields.map(field => field.name),
        from: from.find(position => position.input === input.topic) ?? {
          input: input.topic,
          partition,
          offset: BigInt(input.start),
          row: 0,
        },
        until: input.until === null ? null : BigInt(input.until),
        upstreams: [],
        ended,
        drains,
        isExchange: false,
      });
    case 'records': {
      const start = { input: input.topic, partition, offset: BigInt(input.start), row: 0 };
      return new RecordsReader(
        host,
        recordTopicsOf(log),
        {
          source: input.source,
          topic: input.topic,
          partition,
          from: from.find(position => position.input === input.topic) ?? start,
          until: input.until === null ? null : BigInt(input.until),
          batchRows,
        },
        world,
      );
    }
    case 'exchange':
      return new TopicReader(log, {
        topic: input.topic,
        partition,
        schema: input.schema,
        columns: null,
        from: from.find(position => position.input === input.topic) ?? null,
        until: null,
        upstreams: spec.upstreams,
        ended,
        drains,
        isExchange: true,
      });
  }
}
