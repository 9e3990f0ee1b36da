/** How each metric is titled and explained to a reader of the report. */
export const METRIC_WORDS: Readonly<Record<string, { readonly title: string; readonly words: string }>> = {
  auroc: { title: 'AUROC', words: 'Chance that a positive row scores above a negative one; 0.5 is guessing.' },
  auprc: {
    title: 'Average precision',
    words: 'Area under the precision–recall curve; guessing gives the rate of positives.',
  },
  brier: { title: 'Brier score', words: 'Mean squared error of the probability; lower is better.' },
  log_loss: { title: 'Log loss', words: 'Mean surprise of the outcome in nats; lower is better.' },
  ece: { title: 'ECE', words: 'Expected calibration error over ten bins of equal width; 0 is perfect.' },
  calibration_slope: {
    title: 'Calibration slope',
    words:
      'By logistic recalibration; 1 is perfect, below 1 the scores are too extreme. None where the scores part the classes without a mistake: there is no best one.',
  },
  calibration_intercept: {
    title: 'Calibration in the large',
    words: 'Recalibration intercept with slope 1; 0 is perfect, above 0 risks are underestimated.',
  },
  accuracy: { title: 'Accuracy', words: 'Share of rows predicted right.' },
  precision: { title: 'Precision', words: 'Of the rows flagged, the share that is positive.' },
  recall: { title: 'Recall (sensitivity)', words: 'Of the positive rows, the share that is flagged.' },
  specificity: { title: 'Specificity', words: 'Of the negative rows, the share that is not flagged.' },
  f1: { title: 'F1', words: 'Harmonic mean of precision and recall.' },
  macro_f1: { title: 'Macro F1', words: 'Mean over the classes of each class’s F1.' },
};
