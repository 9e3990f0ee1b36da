import { assert } from '../engine/base/assert.ts';
import { OperationalError } from '../engine/base/operational-error.ts';
import { columnOf } from '../engine/columnar/take.ts';
import { countValid } from '../engine/columnar/validity.ts';
import type { Batch } from '../engine/contract/batch.ts';
import { METRICS, metricsOf } from '../engine/contract/evaluation.ts';
import { type CheckContext, defineOperator } from '../engine/contract/operator.ts';
import { optional, required } from '../engine/contract/parameter.ts';
import type { Schema } from '../engine/contract/types.ts';
import { fieldOf, PLAIN_KINDS, typeText } from '../engine/contract/types.ts';
import { CategoryTable, NULL } from './support/categories.ts';
import { Gathered } from './support/gathered.ts';
import { KeyIndex } from './support/key-index.ts';
import { checkLabel, classesOf, labelIndexes } from './support/labels.ts';
import { rowsInput } from './support/schema.ts';
import { entityColumns } from './support/unit-hash.ts';

export const evaluate = defineOperator({
  name: 'evaluate',
  summary: 'Compares predicted probabilities with the truth: gives a report.',
  details: `\`p\` is the probability of the label's last value (\`true\`), or for more classes the record that \`score … { all = probabilities }\` gives.

\`intervals: 1000\` adds \`_low\` and \`_high\`, the 95 % interval of that many bootstrap rounds. Whole groups are drawn, the \`@entity\` ones if \`group:\` says nothing, for rows of one patient are no independent evidence.

\`threshold:\` and \`capacity:\` (the share of rows that can be acted upon) give precision, recall and F1 there. \`by:\` repeats the figures for each value of the columns named.`,
  params: {
    probability: required('column', 'The predicted probability.', { position: 0, types: ['float', 'record'] }),
    label: required('column', 'The true value.'),
    metrics: required('words', 'Figures to report.', { choices: Object.keys(METRICS) }),
    by: optional('columns', 'Columns by whose values to break the figures down.', {
      types: ['string', 'enum', 'bool', 'int'],
    }),
    intervals: required('int', 'Bootstrap rounds; 0: no intervals.', { default: 0, min: 0, max: 100_000 }),
    threshold: optional('float', 'Probability from which a row counts as positive.', { min: 0, max: 1 }),
    capacity: optional('float', 'Share of rows that can be acted upon.', { min: 0, max: 1 }),
    group: optional('columns', 'Rows with the same value are drawn together; `none`: each alone.', {
      none: true,
      types: PLAIN_KINDS,
    }),
    seed: required('int', 'Of the bootstrap.', { default: 0 }),
  },
  boundedOnly: true,
  role: 'test',
  examples: [
    {
      title: 'Discrimination and calibration, for each sex',
      flow: 'evaluate p, label: soon, metrics: [auroc, brier, ece], by: [sex], intervals: 1000',
      schema: 'patient: string @entity, sex: string, p: float, soon: bool',
    },
  ],
  check({ input, params, report }) {
    const rows = rowsInput(input);
    const label = checkLabel(rows.schema, params.label, 'evaluate', report);
    const p = fieldOf(rows.schema, params.probability);
    const classes = label === null ? [] : (classesOf(label.type) ?? []);
    if (p !== undefined && label !== null) {
      const names = classes.map(String);
      const fits =
        p.type.kind === 'record' ? names.every(name => partOf(p.type, name) !== undefined) : classes.length === 2;
      if (!fits) {
        report('E301', 'probability', {
          where: '`evaluate`',
          expected: `probabilities of ${names.join(', ')}`,
          found: typeText(p.type),
          hint: 'Take them all from the model: `score m { all = probabilities }`.',
        });
      }
    }
    for (const name of params.by ?? []) {
      if (fieldOf(rows.schema, name)?.phi) report('E610', 'by', { field: name, target: 'the report' });
    }
    refuseUndefined(params, classes.length, report);
    return { out: { kind: 'report', metrics: params.metrics } };
  },
  execution: {
    mode: 'value',
    create({ params, input, catalog, id }) {
      const label = fieldOf(input, params.label);
      const classes = label === undefined ? null : classesOf(label.type);
      assert(label !== undefined && classes !== null, 'evaluate was checked with a label');
      const group = params.group ?? entityColumns(input);
      const clusters = group.length === 0 ? null : new KeyIndex(group);
      const tables = (params.by ?? []).map(name => ({ name, table: new CategoryTable([]), ids: new Gathered('i32') }));
      const truth = new Gathered('i32');
      const clusterIds = new Gathered('i32');
      const scores = classes.map(() => new Gathered('f64'));
      let alone = 0;
      return {
        onBatch(batch) {
          if (batch.rows === 0) return;
          truth.add(labelIndexes(batch, params.label, label.type));
          probabilitiesOf(batch, params.probability, classes, id).forEach((values, c) => {
            scores[c].add(values);
          });
          if (clusters !== null) {
            // A row without a group stands alone: its id is one that no group gets, counted down from the end.
            clusterIds.add(clusters.add(batch).map(key => (key >= 0 ? key : --alone)));
          }
          for (const { name, table, ids } of tables) ids.add(table.grow(columnOf(batch, name), batch.rows));
        },
        finish() {
          const report = catalog.evaluator(
            {
              rows: truth.length,
              classes,
              probabilities: scores.map(values => values.all() as Float64Array),
              labels: truth.all() as Int32Array,
              clusters:
                clusters === null
                  ? null
                  : (clusterIds.all() as Int32Array).map(key => (key >= 0 ? key : clusters.size - 1 - key)),
              subgroups: tables.map(({ name, table, ids }) => subgroup(name, table, ids.all() as Int32Array)),
            },
            {
              metrics: params.metrics,
              intervals: params.intervals,
              threshold: params.threshold ?? null,
              capacity: params.capacity ?? null,
              seed: params.seed,
            },
          );
          return { json: report as never, bytes: {} };
        },
      };
    },
  },
});

/** Figures, and what goes with figures, that the label's classes do not have. */
function refuseUndefined(
  params: { readonly metrics: readonly string[] } & Readonly<Record<'by' | 'threshold' | 'capacity', unknown>>,
  classes: number,
  report: CheckContext<unknown>['report'],
): void {
  const possible = metricsOf(classes);
  const why = `of ${classes} classes`;
  // Not there yet while the stage is being written.
  for (const figure of params.metrics ?? []) {
    if (!possible.includes(figure)) {
      report('E519', 'metrics', { figure, why, hint: `Those that are: ${possible.join(', ')}.` });
    } else if (figure.endsWith('_at_capacity') && params.capacity === undefined) {
      const hint = 'Say what share of the rows can be acted upon: `capacity: 0.05`.';
      report('E519', 'metrics', { figure, why: 'without `capacity:`', hint });
    }
  }
  if (classes <= 2) return;
  for (const name of ['by', 'threshold', 'capacity'] as const) {
    if (params[name] !== undefined) report('E519', name, { figure: `${name}:`, why, hint: 'Leave it out.' });
  }
}

function partOf(type: Schema['fields'][number]['type'], name: string) {
  return type.kind === 'record' ? fieldOf({ fields: type.fields }, name) : undefined;
}

/** `[class][row]`. */
function probabilitiesOf(
  batch: Batch,
  name: string,
  classes: readonly (boolean | string)[],
  id: string,
): readonly Float64Array[] {
  const column = columnOf(batch, name);
  const type = fieldOf(batch.schema, name)?.type;
  const parts =
    column.kind === 'record' && type?.kind === 'record'
      ? classes.map(value => column.children[type.fields.findIndex(field => field.name === String(value))])
      : [column];
  const values = parts.map(part => {
    assert(part.kind === 'number', 'a probability is a number');
    if (countValid(part.validity, batch.rows) < batch.rows) {
      throw new OperationalError('R432', `${name} has nulls, and a row without a probability cannot be evaluated`, {
        operator: id,
        hint: `keep the rows that have one: where ${name} != null`,
      });
    }
    const given = part.values.subarray(0, batch.rows);
    if (!given.every(p => p >= 0 && p <= 1)) {
      throw new OperationalError('R434', `${name} is no probability in every row: some lie outside 0 to 1`, {
        operator: id,
        hint: 'evaluate takes what score gives; keep other rows out before it',
      });
    }
    return given;
  });
  return values.length === 1 ? [values[0].map(p => 1 - p), values[0]] : values;
}

function subgroup(name: string, table: CategoryTable, ids: Int32Array) {
  const values = [...table.names()];
  if (!ids.includes(NULL)) return { name, values, ids };
  return { name, values: [...values, 'missing'], ids: ids.map(own => (own === NULL ? values.length : own)) };
}
