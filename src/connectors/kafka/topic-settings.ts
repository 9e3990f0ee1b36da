import { describeConfigsV4 } from '@platformatic/kafka';
import { LogError } from '../../engine/contract/log.ts';
import type { Brokers } from './brokers.ts';

const TOPIC = 2;

/** Settings of a topic by name; null: the user may not see them. Those the cluster does not have are not there. */
export async function settingsOf(
  brokers: Brokers,
  topic: string,
  names: readonly string[],
): Promise<ReadonlyMap<string, string> | null> {
  try {
    const { results } = await brokers.persist(`Looking at the settings of ${topic}`, async () =>
      brokers.on(await brokers.controller(), connection =>
        describeConfigsV4.api.async(connection, [
          { resourceType: TOPIC, resourceName: topic, configurationKeys: [...names] },
        ]),
      ),
    );
    const set = results[0]?.configs ?? [];
    return new Map(set.flatMap(({ name, value }) => (typeof value === 'string' ? [[name, value] as const] : [])));
  } catch (error) {
    // Neither reading nor writing needs that right.
    if (error instanceof LogError && error.code === 'denied') return null;
    throw error;
  }
}
