import { expect, it } from 'vitest';
import { systemClock } from '../../../src/engine/base/system-clock.ts';

const LONG_MS = 3_600_000;

it('a sleep that is called off ends at once, and is no error', async () => {
  const off = new AbortController();
  const sleeping = systemClock.sleep(LONG_MS, off.signal);
  off.abort();
  await expect(sleeping).resolves.toBeUndefined();
  await expect(systemClock.sleep(LONG_MS, off.signal)).resolves.toBeUndefined();
});
