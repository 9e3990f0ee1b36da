import type { Evaluator } from '../../src/engine/contract/evaluation.ts';

/** AUROC by counting all pairs, and the Brier score: enough to test stages that evaluate. */
export const plainEvaluator: Evaluator = ({ rows, probabilities, labels, clusters, subgroups, classes }) => {
  const p = probabilities.at(-1)!;
  let better = 0;
  let pairs = 0;
  let brier = 0;
  for (let a = 0; a < rows; a++) {
    brier += (p[a]! - labels[a]!) ** 2 / rows;
    if (labels[a] !== 1) continue;
    for (let b = 0; b < rows; b++) {
      if (labels[b] !== 0) continue;
      pairs++;
      better += p[a]! > p[b]! ? 1 : p[a] === p[b] ? 0.5 : 0;
    }
  }
  return {
    metrics: { auroc: pairs === 0 ? null : better / pairs, brier },
    rows,
    classes: [...classes],
    clusters: clusters === null ? 0 : new Set(clusters).size,
    groups: Object.fromEntries(
      subgroups.map(({ name, values, ids }) => [
        name,
        values.map((value, id) => ({ value, rows: ids.filter(own => own === id).length })),
      ]),
    ),
  };
};
