import { describeConfigsV4 } from '@platformatic/kafka';
import { LogError } from '../../engine/contract/log.ts';
import type { TimeLimits } from '../../engine/contract/record-topics.ts';
import type { Brokers } from './brokers.ts';

const TOPIC = 2;
const SETTING = {
  type: 'message.timestamp.type',
  before: 'message.timestamp.before.max.ms',
  after: 'message.timestamp.after.max.ms',
} as const;

/** Which times of records a topic takes; null where it gives them times itself, or the user may not know. */
export async function timeLimitsOf(brokers: Brokers, topic: string): Promise<TimeLimits | null> {
  try {
    const { results } = await brokers.persist(`Looking at the settings of ${topic}`, async () =>
      brokers.on(await brokers.controller(), connection =>
        describeConfigsV4.api.async(connection, [
          { resourceType: TOPIC, resourceName: topic, configurationKeys: Object.values(SETTING) },
        ]),
      ),
    );
    const set = new Map(results[0]?.configs.map(({ name, value }) => [name, value]));
    const [before, after] = [Number(set.get(SETTING.before)), Number(set.get(SETTING.after))];
    if (set.get(SETTING.type) === 'LogAppendTime' || Number.isNaN(before) || Number.isNaN(after)) return null;
    return { before, after };
  } catch (error) {
    // Writing needs no right to see settings: whoever has none learns of a wrong time when it is refused.
    if (error instanceof LogError && error.code === 'denied') return null;
    throw error;
  }
}
