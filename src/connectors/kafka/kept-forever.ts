import { OperationalError } from '../../engine/base/operational-error.ts';
import type { Brokers } from './brokers.ts';
import { settingsOf } from './topic-settings.ts';

/** Settings of a topic that loses nothing that is not deleted on purpose. */
export const FOREVER: Readonly<Record<string, string>> = Object.freeze({
  'cleanup.policy': 'delete',
  'retention.ms': '-1',
  'retention.bytes': '-1',
});
const NO_CLEANUP = '';

/**
 * For a topic that was there before: whoever made it may have given it other settings. State would come back with rows missing where it
 * is compacted, and a stream begin again where positions are gone. Throws R144.
 */
export async function refuseForgetful(brokers: Brokers, topic: string): Promise<void> {
  const set = await settingsOf(brokers, topic, Object.keys(FOREVER));
  if (set === null || set.get('cleanup.policy') === NO_CLEANUP) return;
  const others = Object.entries(FOREVER).filter(([name, value]) => (set.get(name) ?? value) !== value);
  if (others.length === 0) return;
  const shown = others.map(([name]) => `${name}=${set.get(name)}`).join(', ');
  const wanted = others.map(([name, value]) => `${name}=${value}`).join(', ');
  throw new OperationalError('R144', `topic ${topic} forgets what a flow needs kept (${shown})`, {
    hint: `set ${wanted} for it; what it has lost so far is known to nobody: begin anew with --fresh where it was compacted`,
  });
}
