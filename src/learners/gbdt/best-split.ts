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
    const usual = layout.usualBin[feature];
    let from = base + layout.slotStart[layout.columnOf[feature]] * 2;
    let own = sums;
    if (usual >= 0) {
      readBins(sums, from + layout.offsetOf[feature] * 2, usual, bins, gradient, hessian, scratch);
      from = 0;
      own = scratch;
    }
    if (scanBins(own, from, bins, gradient, hessian, limits.lambda, limits.minChildWeight, found) === 0) continue;
    best = {
      feature,
      bin: found[1],
      missingLeft: found[2] === 1,
      anyMissing: own[from + (bins - 1) * 2 + 1] > 0,
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
  usual: number,
  bins: number,
  gradient: number,
  hessian: number,
  out: Float64Array,
): void {
  let g = gradient;
  let h = hessian;
  let at = first;
  for (let bin = 0; bin < bins; bin++) {
    if (bin === usual) continue;
    g -= out[bin * 2] = sums[at];
    h -= out[bin * 2 + 1] = sums[at + 1];
    at += 2;
  }
  out[usual * 2] = g;
  out[usual * 2 + 1] = h;
}

/**
 * Returns 1 where a split beats `found[0]`, which it then replaces. Bins' sums begin at `from`; the last bin is the missing one.
 * A split's score is worked out, with its divisions, only where the fractions cross-multiplied say that it may be the best.
 */
function scanBins(
  sums: Float64Array,
  from: number,
  bins: number,
  gradient: number,
  hessian: number,
  lambda: number,
  minChild: number,
  found: Float64Array,
): number {
  const missingG = sums[from + (bins - 1) * 2];
  const missingH = sums[from + (bins - 1) * 2 + 1];
  const anyMissing = missingH > 0;
  // Without missing rows the last real bin as threshold would leave the right side empty.
  const end = from + (anyMissing ? bins - 1 : bins - 2) * 2;
  let best = found[0];
  let better = 0;
  let g = 0;
  let h = 0;
  for (let at = from; at < end; at += 2) {
    const binG = sums[at];
    const binH = sums[at + 1];
    if (binH === 0 && binG === 0) continue;
    g += binG;
    h += binH;
    const right = hessian - h;
    if (h >= minChild && right >= minChild) {
      const rightG = gradient - g;
      const leftBy = h + lambda;
      const rightBy = right + lambda;
      if (g * g * rightBy + rightG * rightG * leftBy > best * (leftBy * rightBy)) {
        const score = (g * g) / leftBy + (rightG * rightG) / rightBy;
        if (score > best) {
          best = score;
          better = 1;
          found[1] = (at - from) >> 1;
          found[2] = 0;
          found[3] = g;
          found[4] = h;
        }
      }
    }
    if (!anyMissing) continue;
    const leftH = h + missingH;
    const restH = hessian - leftH;
    if (leftH >= minChild && restH >= minChild) {
      const leftG = g + missingG;
      const restG = gradient - leftG;
      const leftBy = leftH + lambda;
      const restBy = restH + lambda;
      if (leftG * leftG * restBy + restG * restG * leftBy > best * (leftBy * restBy)) {
        const score = (leftG * leftG) / leftBy + (restG * restG) / restBy;
        if (score > best) {
          best = score;
          better = 1;
          found[1] = (at - from) >> 1;
          found[2] = 1;
          found[3] = leftG;
          found[4] = leftH;
        }
      }
    }
  }
  found[0] = best;
  return better;
}
