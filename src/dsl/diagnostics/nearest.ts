/** Edit distance with neighbouring letters swapped counting once (optimal string alignment), up to `limit`. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    if (Math.min(...row) > limit) return limit + 1;
    before = previous;
    previous = row;
  }
  return previous[b.length]!;
}

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
    let cost = distance(name.toLowerCase(), candidate.toLowerCase(), limit);
    // `patientid` for `patient_id`, `hr` for `hr_mean`: nearer than the letters say.
    if (cost > limit && name.length >= 3 && candidate.replaceAll('_', '') === name.replaceAll('_', '')) cost = limit;
    if (cost < bestCost || (cost === bestCost && best !== null && candidate < best)) {
      best = cost <= limit ? candidate : best;
      bestCost = Math.min(cost, bestCost);
    }
  }
  return best;
}
