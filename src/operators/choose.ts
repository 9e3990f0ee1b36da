import { OperationalError } from '../engine/base/operational-error.ts';
import type { Batch } from '../engine/contract/batch.ts';
import { METRICS, metricsOf } from '../engine/contract/evaluation.ts';
import { defineOperator } from '../engine/contract/operator.ts';
import { optional, required } from '../engine/contract/parameter.ts';
import { type Field, fieldOf, type Schema, typeText } from '../engine/contract/types.ts';
import { checkLabel, classesOf, labelIndexes } from './support/labels.ts';
import { featureReader, readyModel } from './support/model-rows.ts';
import { rowsInput } from './support/schema.ts';

const CHOICES = Object.keys(METRICS).filter(name => METRICS[name] !== 'none' && !name.endsWith('_at_capacity'));

export const choose = defineOperator({
  name: 'choose',
  summary: 'Gives the model that does best on validation rows.',
  details:
    'The label is the column marked `@label`, or made from such a one, that has the type the models predict; `label:` names it where that is not plain. Among equals the first model written wins.',
  params: {
    models: required('models', 'The models to choose from.', { position: 0 }),
    metric: required('choice', 'What “best” means.', {
      choices: CHOICES,
    }),
    label: optional('column', 'The true value.', { types: ['bool', 'enum'] }),
  },
  boundedOnly: true,
  role: 'val',
  examples: [
    {
      title: 'The better of two',
      flow: 'choose [lr, gb], metric: auroc',
      schema: 'age: float, soon: bool @label',
      setup: 'model lr = registry("plain") { predicts: bool }\nmodel gb = registry("boosted") { predicts: bool }',
    },
  ],
  check({ input, params, bindings, report }) {
    const rows = rowsInput(input);
    const models = bindings.models.flatMap(({ type }) => (type.kind === 'model' ? [type] : []));
    const [first] = models;
    if (first === undefined) return { out: { kind: 'done' } };
    for (const other of models) {
      if (typeText(other.predicts) === typeText(first.predicts)) continue;
      const expected = `models of ${typeText(first.predicts)}`;
      report('E301', 'models', { where: '`choose`', expected, found: `one of ${typeText(other.predicts)}`, hint: '' });
    }
    const classes = classesOf(first.predicts)?.length ?? 0;
    const possible = metricsOf(classes, CHOICES);
    if (!possible.includes(params.metric)) {
      const hint = `Choose by ${possible.join(', ')}.`;
      report('E519', 'metric', { figure: params.metric, why: `of ${classes} classes`, hint });
    }
    if (params.label !== undefined) checkLabel(rows.schema, params.label, 'choose', report);
    else if (labelOf(rows.schema, typeText(first.predicts)) === null) {
      const doc = `the true value, ${typeText(first.predicts)}.`;
      report('E207', null, { name: 'label', of: '`choose`', shown: 'label: …', doc });
    }
    return { out: first };
  },
  execution: {
    mode: 'value',
    create({ params, input, values, catalog, reject, id }) {
      const models = values('models').map(side => {
        const model = readyModel(side, catalog);
        return { side, model, read: featureReader(model, id, reject, catalog), scores: [] as Float64Array[][] };
      });
      const [first] = models;
      const predicts = first.model.content.classes;
      const label = params.label ?? labelOf(input, predicts)?.name;
      const type = label === undefined ? undefined : fieldOf(input, label)?.type;
      const labels: Int32Array[] = [];
      let rows = 0;
      return {
        onBatch(batch: Batch) {
          if (batch.rows === 0 || label === undefined || type === undefined) return;
          models.forEach(({ model, read, scores }, m) => {
            const { rows: taken, features } = read(batch);
            if (m === 0) {
              labels.push(labelIndexes(taken, label, type));
              rows += taken.rows;
            }
            const out = model.content.classes.map(() => new Float64Array(taken.rows));
            model.scorer.probabilities(features.columns, taken.rows, out);
            scores.push(out);
          });
        },
        finish() {
          if (rows === 0) {
            throw new OperationalError('R433', 'there are no validation rows to choose by', { operator: id });
          }
          const truth = joined(labels, rows);
          const figures = models.map(({ model, scores }) => {
            const probabilities = model.content.classes.map((_, c) => {
              const all = new Float64Array(rows);
              let at = 0;
              for (const part of scores) {
                all.set(part[c], at);
                at += part[c].length;
              }
              return all;
            });
            const report = catalog.evaluator(
              { rows, classes: model.content.classes, probabilities, labels: truth, clusters: null, subgroups: [] },
              { metrics: [params.metric], intervals: 0, threshold: null, capacity: null, seed: 0 },
            );
            const figure = report.metrics[params.metric] ?? null;
            if (figure === null) return Number.NEGATIVE_INFINITY;
            return METRICS[params.metric] === 'low' ? -figure : figure;
          });
          if (figures.every(figure => figure === Number.NEGATIVE_INFINITY)) {
            throw new OperationalError('R435', `\`${params.metric}\` is undefined on the validation rows`, {
              operator: id,
              hint: 'they may hold one class only: choose by log_loss or brier, or on more rows',
            });
          }
          return models[figures.indexOf(Math.max(...figures))].side.content;
        },
      };
    },
  },
});

/** The one labelled field of a type. */
function labelOf(schema: Schema, predicts: string | readonly (boolean | string)[]): Field | null {
  const wanted = typeof predicts === 'string' ? predicts : JSON.stringify(predicts);
  const own = (field: Field) =>
    typeof predicts === 'string' ? typeText(field.type) : JSON.stringify(classesOf(field.type));
  const found = schema.fields.filter(field => field.label && own(field) === wanted);
  return found.length === 1 ? found[0] : null;
}

function joined(parts: readonly Int32Array[], rows: number): Int32Array {
  const all = new Int32Array(rows);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
