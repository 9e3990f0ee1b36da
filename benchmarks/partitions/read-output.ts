import { jsonLines } from '../../src/cli/json-lines.ts';
import { systemClock } from '../../src/engine/base/system-clock.ts';
import { TopicCursor } from '../../src/engine/runtime/topic-cursor.ts';
import { Output } from './compare-outputs.ts';
import type { Place } from './world.ts';

export interface Outputs {
  /** By encounter. */
  readonly scores: Output;
  /** By encounter and patient. */
  readonly alerts: Output;
}

/** What a finished run has committed. */
export async function readOutputs(place: Pick<Place, 'topics'>): Promise<Outputs> {
  const log = await place.topics.reader(systemClock);
  try {
    const read = async (topic: string, keyOf: (line: string) => string) => {
      const info = await log.describe(topic);
      const cursor = new TopicCursor(log, info);
      const textOf = jsonLines(cursor.schema);
      const output = new Output();
      for await (const { batch } of cursor.upTo(info)) for (const line of textOf(batch)) output.add(keyOf(line), line);
      return output;
    };
    return { scores: await read('scores', encounterOf), alerts: await read('alerts', encounterAndPatientOf) };
  } finally {
    await log.close();
  }
}

/** The key of a row of `scores`. */
export function encounterOf(line: string): string {
  return String((JSON.parse(line) as { encounter_id: number }).encounter_id);
}

function encounterAndPatientOf(line: string): string {
  const { encounter_id, patient_nbr } = JSON.parse(line) as { encounter_id: number; patient_nbr: string };
  return `${encounter_id}/${patient_nbr}`;
}
