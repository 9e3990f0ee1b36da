import { editDistance } from '../engine/base/edit-distance.ts';

/** The name closest to `name` by edit distance (letter case counts little), or null where none is close. */
export function nearestName(name: string, names: Iterable<string>): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(2, Math.ceil(name.length / 3)) + 0.5;
  for (const candidate of names) {
    const distance =
      candidate.toLowerCase() === name.toLowerCase() ? 0.25 : editDistance(name, candidate, Math.ceil(bestDistance));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}
