import { editDistance } from '../../engine/base/edit-distance.ts';

const MAX_NAME = 60;

/**
 * The candidate most like a name, or null where none is near enough to be meant: a third of its letters may differ. Letter
 * case counts little. Among equals the first in alphabetical order, so that the answer does not depend on declaration order.
 */
export function nearest(name: string, candidates: Iterable<string>): string | null {
  if (name.length > MAX_NAME) return null;
  const limit = Math.max(1, Math.floor(name.length / 3));
  let best: string | null = null;
  let bestCost = limit + 1;
  for (const candidate of candidates) {
    if (candidate === name || candidate.length > MAX_NAME) continue;
    let cost = editDistance(name.toLowerCase(), candidate.toLowerCase(), limit);
    // `patientid` for `patient_id`, `hr` for `hr_mean`: nearer than the letters say.
    if (cost > limit && name.length >= 3 && candidate.replaceAll('_', '') === name.replaceAll('_', '')) cost = limit;
    if (cost < bestCost || (cost === bestCost && best !== null && candidate < best)) {
      best = cost <= limit ? candidate : best;
      bestCost = Math.min(cost, bestCost);
    }
  }
  return best;
}
