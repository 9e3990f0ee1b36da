/** Names and order of what `multiclassMetrics` computes. */
export const MULTICLASS_METRICS = ['accuracy', 'macro_f1', 'log_loss', 'brier'] as const;

const PROBABILITY_FLOOR = 1e-15;

/** Rows of an evaluation of several classes, with what stays the same over resamples. */
export interface ClassedRows {
  readonly rows: number;
  readonly classes: number;
  readonly label: Int32Array;
  /** Class of the highest probability; the first of equals. */
  readonly predicted: Int32Array;
  readonly logLoss: Float64Array;
  /** Σ over classes of (probability − indicator)²; 0 to 2. */
  readonly squaredError: Float64Array;
}

export function classedRows(probabilities: readonly Float64Array[], labels: Float64Array, rows: number): ClassedRows {
  const classed = {
    rows,
    classes: probabilities.length,
    label: Int32Array.from(labels.subarray(0, rows)),
    predicted: new Int32Array(rows),
    logLoss: new Float64Array(rows),
    squaredError: new Float64Array(rows),
  };
  for (let row = 0; row < rows; row++) {
    const label = classed.label[row];
    for (let k = 0; k < probabilities.length; k++) {
      const p = probabilities[k][row];
      if (p > probabilities[classed.predicted[row]][row]) classed.predicted[row] = k;
      classed.squaredError[row] += (p - (k === label ? 1 : 0)) ** 2;
    }
    classed.logLoss[row] = -Math.log(Math.max(probabilities[label][row], PROBABILITY_FLOOR));
  }
  return classed;
}

export function confusionOf(classed: ClassedRows, weight: Float64Array): Float64Array {
  const counts = new Float64Array(classed.classes ** 2);
  for (let row = 0; row < classed.rows; row++) {
    counts[classed.label[row] * classed.classes + classed.predicted[row]] += weight[row];
  }
  return counts;
}

/** `macro_f1` is the mean over the classes that occur, as label or prediction. */
export function multiclassMetrics(classed: ClassedRows, weight: Float64Array): Float64Array {
  const { rows, classes } = classed;
  const counts = confusionOf(classed, weight);
  let total = 0;
  let losses = 0;
  let squares = 0;
  for (let row = 0; row < rows; row++) {
    total += weight[row];
    losses += weight[row] * classed.logLoss[row];
    squares += weight[row] * classed.squaredError[row];
  }
  let right = 0;
  let f1Sum = 0;
  let present = 0;
  for (let k = 0; k < classes; k++) {
    let labelled = 0;
    let predicted = 0;
    for (let j = 0; j < classes; j++) {
      labelled += counts[k * classes + j];
      predicted += counts[j * classes + k];
    }
    right += counts[k * classes + k];
    if (labelled + predicted === 0) continue;
    present += 1;
    f1Sum += (2 * counts[k * classes + k]) / (labelled + predicted);
  }
  return Float64Array.of(right / total, f1Sum / present, losses / total, squares / total);
}
