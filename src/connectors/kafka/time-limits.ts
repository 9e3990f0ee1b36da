import type { TimeLimits } from '../../engine/contract/record-topics.ts';
import type { Brokers } from './brokers.ts';
import { settingsOf } from './topic-settings.ts';

const SETTING = {
  type: 'message.timestamp.type',
  before: 'message.timestamp.before.max.ms',
  after: 'message.timestamp.after.max.ms',
} as const;

/**
 * Which times of records a topic takes; null where it gives them times itself, or the user may not know: whoever has no right to see
 * settings learns of a wrong time when it is refused.
 */
export async function timeLimitsOf(brokers: Brokers, topic: string): Promise<TimeLimits | null> {
  const set = await settingsOf(brokers, topic, Object.values(SETTING));
  if (set === null) return null;
  const [before, after] = [Number(set.get(SETTING.before)), Number(set.get(SETTING.after))];
  if (set.get(SETTING.type) === 'LogAppendTime' || Number.isNaN(before) || Number.isNaN(after)) return null;
  return { before, after };
}
