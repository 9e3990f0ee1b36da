import type { SlotLayout } from './slot-layout.ts';

export interface SplitLimits {
  readonly lambda: number;
  readonly minChildWeight: number;
  /** A split must gain more than this. */
  readonly minGain: number;
}
export interface Split {
  readonly feature: number;
  readonly bin: number;
  readonly missingLeft: boolean;
  /** Whether the node has rows without a value of the feature. */
  readonly anyMissing: boolean;
  /** Loss reduction by the second-order estimate: ½ (score left + score right − score whole). */
  readonly gain: number;
  readonly leftGradient: number;
  readonly leftHessian: number;
}

/** What a scan of one feature leaves: best score, bin, missing left (0 or 1), left gradient, left hessian. */
const SCAN = 5;

/**
 * The best split of a node over `features`; null when none gains. Ties go to the earliest feature, then the lowest bin,
 * then missing to the right, so the choice is a function of the sums alone. Chen & Guestrin 2016, equation 7.
 */
export function bestSplit(
  sums: Float64Array,
  base: number,
  layout: SlotLayout,
  features: Int32Array,
  gradient: number,
  hessian: number,
  limits: SplitLimits,
  scratch: Float64Array,
): Split | null {
  const whole = (gradient * gradient) / (hessian + limits.lambda);
  const found = new Float64Array(SCAN);
  // The score at which the gain is `minGain`; the factor keeps rounding from looking like a gain.
  found[0] = whole * (1 + 1e-12) + 2 * limits.minGain;
  let best: Split | null = null;
  for (const feature of features) {
    const bins = layout.binsOf[feature];
    const first = base + layout.slotStart[layout.columnOf[feature]] * 2;
    readBins(sums, first, layout.offsetOf[feature], layout.usualBin[feature], bins, gradient, hessian, scratch);
    if (scanBins(scratch, bins, gradient, hessian, limits.lambda, limits.minChildWeight, found) === 0) continue;
    best = {
      feature,
      bin: found[1],
      missingLeft: found[2] === 1,
      anyMissing: scratch[(bins - 1) * 2 + 1] > 0,
      gain: (found[0] - whole) / 2,
      leftGradient: found[3],
      leftHessian: found[4],
    };
  }
  return best;
}

/** Sums by bin from sums by slot; the usual bin has what the others leave of the node's total. */
function readBins(
  sums: Float64Array,
  first: number,
  offset: number,
  usual: number,
  bins: number,
  gradient: number,
  hessian: number,
  out: Float64Array,
): void {
  let g = gradient;
  let h = hessian;
  let at = first + offset * 2;
  for (let bin = 0; bin < bins; bin++) {
    if (bin === usual) continue;
    g -= out[bin * 2] = sums[at];
    h -= out[bin * 2 + 1] = sums[at + 1];
    at += 2;
  }
  out[usual * 2] = g;
  out[usual * 2 + 1] = h;
}

/** Returns 1 where a split beats `found[0]`, which it then replaces. The last bin is the missing one. */
function scanBins(
  sums: Float64Array,
  bins: number,
  gradient: number,
  hessian: number,
  lambda: number,
  minChild: number,
  found: Float64Array,
): number {
  const missingG = sums[(bins - 1) * 2];
  const missingH = sums[(bins - 1) * 2 + 1];
  const anyMissing = missingH > 0;
  // Without missing rows the last real bin as threshold would leave the right side empty.
  const last = anyMissing ? bins - 1 : bins - 2;
  let best = found[0];
  let better = 0;
  let g = 0;
  let h = 0;
  for (let bin = 0; bin < last; bin++) {
    const binH = sums[bin * 2 + 1];
    const binG = sums[bin * 2];
    if (binH === 0 && binG === 0) continue;
    g += binG;
    h += binH;
    const right = hessian - h;
    if (h >= minChild && right >= minChild) {
      const rightG = gradient - g;
      const score = (g * g) / (h + lambda) + (rightG * rightG) / (right + lambda);
      if (score > best) {
        best = score;
        better = 1;
        found[1] = bin;
        found[2] = 0;
        found[3] = g;
        found[4] = h;
      }
    }
    if (!anyMissing) continue;
    const leftH = h + missingH;
    const restH = hessian - leftH;
    if (leftH >= minChild && restH >= minChild) {
      const leftG = g + missingG;
      const restG = gradient - leftG;
      const score = (leftG * leftG) / (leftH + lambda) + (restG * restG) / (restH + lambda);
      if (score > best) {
        best = score;
        better = 1;
        found[1] = bin;
        found[2] = 1;
        found[3] = leftG;
        found[4] = leftH;
      }
    }
  }
  found[0] = best;
  return better;
}
