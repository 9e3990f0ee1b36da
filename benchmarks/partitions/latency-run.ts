import { join } from 'node:path';
import { checkSame, Output } from './compare-outputs.ts';
import { feed } from './feed.ts';
import type { LatencyFigures } from './figures.ts';
import { encounterOf, type Outputs, readOutputs } from './read-output.ts';
import { type Records, readRecords } from './records.ts';
import { latencyFigures, Schedule, type Sighting } from './schedule.ts';
import { startWeir } from './start-weir.ts';
import { watchTopic } from './watch-topic.ts';
import type { Place } from './world.ts';

export interface Load {
  readonly records: Records;
  /** Records a second. */
  readonly rate: number;
  /** Sent at once, to see that the flow is at work: the schedule begins when the first of their rows can be read. */
  readonly primers: number;
  /** Records on the schedule before the ones that count, while code is compiled. */
  readonly warmUp: number;
}

const PRIMERS = 100;
const WARM_UP_SECONDS = 3;
const COUNTED_SECONDS = 10;

/** The first records of the file, as many as 13 s take at this rate, or all: 3 parts of 13 warm up. */
export function loadFrom(data: string, rows: number, rate: number): Load {
  const seconds = WARM_UP_SECONDS + COUNTED_SECONDS;
  const scheduled = Math.max(1, Math.min(rows - PRIMERS, Math.round(rate * seconds)));
  const warmUp = Math.floor((scheduled * WARM_UP_SECONDS) / seconds);
  return { records: readRecords(data, PRIMERS + scheduled), rate, primers: PRIMERS, warmUp };
}

/** One run under an open-loop load. Throws `DifferentOutput` where its rows are not those of one partition. */
export async function latencyRun(
  place: Place,
  load: Load,
  partitions: number,
  workers: number,
  wanted: Outputs,
): Promise<LatencyFigures> {
  const { records, primers, rate } = load;
  const flow = join(import.meta.dirname, 'live.flow');
  const { child, done } = startWeir(place, { flow, partitions, workers, params: [], stdin: 'pipe' });
  const input = child.stdin!;
  // A run that fails closes the pipe; why it failed, `done` tells.
  input.on('error', () => undefined);
  input.write(records.header);
  input.write(records.slice(0, primers));
  const first = Promise.withResolvers<void>();
  const watched = watchTopic(place, 'scores', done, first.resolve);
  const counted = primers + load.warmUp;
  const fed = (async () => {
    await Promise.race([first.promise, done]);
    const schedule = new Schedule(performance.now(), rate, primers);
    const latestFeedMs = await feed(input, records, schedule, primers, counted);
    input.end();
    return { schedule, latestFeedMs };
  })();
  const [{ schedule, latestFeedMs }, seen] = await Promise.all([fed, watched, done]);

  const scores = new Output();
  const sightings: Sighting[] = [];
  for (const { atMs, lines } of seen) {
    for (const line of lines()) {
      const key = encounterOf(line);
      scores.add(key, line);
      const record = records.recordOf(key);
      if (record !== undefined) sightings.push({ record, atMs });
    }
  }
  const what = `the run under load with ${partitions} partitions`;
  const isFed = (key: string) => records.recordOf(key.split('/')[0]) !== undefined;
  checkSame(`scores seen in ${what}`, wanted.scores, scores, isFed);
  checkSame(`alerts of ${what}`, wanted.alerts, (await readOutputs(place)).alerts, isFed);
  return latencyFigures(schedule, sightings, counted, latestFeedMs);
}
