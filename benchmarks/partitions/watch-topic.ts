import { setTimeout as delay } from 'node:timers/promises';
import { jsonLines } from '../../src/cli/json-lines.ts';
import { systemClock } from '../../src/engine/base/system-clock.ts';
import { LogError, type LogReader, type TopicInfo } from '../../src/engine/contract/log.ts';
import { TopicCursor, topicSchema } from '../../src/engine/runtime/topic-cursor.ts';
import type { Place } from './world.ts';

/** Between two looks at a topic: what a latency is too long by, at most. `weir topics read --follow` looks every 200 ms. */
export const LOOK_MS = 5;

/** Lines that became readable at one moment. */
export interface Seen {
  readonly atMs: number;
  readonly lines: () => readonly string[];
}

/**
 * Reads a topic while it is written, until `until` has settled and all it holds then has been read. Rows become text after the
 * run alone, for the watcher must take as little of the machine as it can. `onFirst` is called when the first row can be read.
 */
export async function watchTopic(
  place: Pick<Place, 'topics'>,
  topic: string,
  until: Promise<unknown>,
  onFirst: () => void,
): Promise<readonly Seen[]> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  until.then(over, over);
  const log = await place.topics.reader(systemClock);
  try {
    const seen: Seen[] = [];
    let cursor: TopicCursor | null = null;
    let textOf: ReturnType<typeof jsonLines> | null = null;
    for (;;) {
      const isLast = isOver;
      const info = await describeIfThere(log, topic);
      if (info !== null) {
        cursor ??= new TopicCursor(log, info);
        const lines = (textOf ??= jsonLines(cursor.schema));
        for await (const { batch } of cursor.upTo(info)) {
          if (seen.length === 0) onFirst();
          seen.push({ atMs: performance.now(), lines: () => lines(batch) });
        }
      }
      if (isLast) return seen;
      await delay(LOOK_MS);
    }
  } finally {
    await log.close();
  }
}

/** The run that is just starting makes the topic; over Kafka it may be there before what it holds can be told. */
async function describeIfThere(log: LogReader, topic: string): Promise<TopicInfo | null> {
  try {
    const info = await log.describe(topic);
    return topicSchema(info) === null ? null : info;
  } catch (error) {
    if (error instanceof LogError && error.code === 'no-topic') return null;
    throw error;
  }
}
