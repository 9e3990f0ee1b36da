import { assert } from '../engine/base/assert.ts';
import type { Json } from '../engine/base/json.ts';
import { columnWriter } from '../engine/columnar/column-writer.ts';
import { createDictionary } from '../engine/columnar/dictionary.ts';
import type { Column } from '../engine/contract/batch.ts';
import { defineOperator } from '../engine/contract/operator.ts';
import { required } from '../engine/contract/parameter.ts';
import { type Field, fieldOf, type Type } from '../engine/contract/types.ts';
import { classesOf, typeOfClasses } from './support/labels.ts';
import { FEATURES, featureReader, type ReadyModel, readyModel } from './support/model-rows.ts';
import { rowsInput, withFields } from './support/schema.ts';

const FLOAT: Type = { kind: 'float' };

export const score = defineOperator({
  name: 'score',
  summary: 'Adds what a model says of each row.',
  details: `The model's own transform makes the features wherever the rows have the columns it reads; a column \`features\` is used where they have not.

Hidden fields go along for later stages: \`risk.version\` (what scored the row), \`risk.threshold\`, and what \`top_features\` needs.`,
  params: { model: required('model', 'The model.', { position: 0 }) },
  block: {
    kind: 'outputs',
    doc: 'Fields to add.',
    outputs: {
      probability: { doc: 'Probability of a class: `probability(true)`.', args: 1 },
      predicted: {
        doc: 'The class: of two, the last from the model’s threshold on; else the likeliest.',
        args: 0,
      },
      probabilities: { doc: 'A record of the probabilities of all classes.', args: 0 },
    },
  },
  addsColumnsOnly: true,
  examples: [
    {
      title: 'A risk and a yes or no',
      flow: 'score risk { p = probability(true), class = predicted }',
      schema: 'age: float',
      setup: 'model risk = registry("readmission") { serve: champion, predicts: bool }',
    },
  ],
  check({ input, params, bindings, report }) {
    const rows = rowsInput(input);
    const [binding] = bindings.model;
    assert(binding.type.kind === 'model', 'score takes a model');
    const classes = classesOf(binding.type.predicts) ?? [];
    const fields = [...rows.schema.fields];
    const made = fieldOf(rows.schema, FEATURES);
    const read = binding.type.features;
    const isRead = (field: Field) => field.phi && read.includes(field.name);
    // What is said of a row is computed from what was read of it.
    const personal = binding.type.phi || made?.phi || rows.schema.fields.some(isRead);
    const phi = personal ? { phi: true as const } : {};
    const add = (field: Field, at: string): void => {
      if (fieldOf({ fields }, field.name) !== undefined) report('E210', at, { name: field.name });
      else fields.push(field);
    };
    params.block.forEach(({ name, output, args }, entry) => {
      if (output === 'probability' && !classes.some(value => value === args[0])) {
        const known = classes.map(value => JSON.stringify(value)).join(', ');
        report('E511', `block.${entry}`, { classes: known, found: JSON.stringify(args[0]) });
      }
      add({ name, type: outputType(output, classes), nullable: false, ...phi }, `block.${entry}`);
    });
    const hidden = { nullable: false, hidden: true } as const;
    add({ name: `${binding.name}.version`, type: { kind: 'string' }, ...hidden }, 'model');
    add({ name: `${binding.name}.threshold`, type: FLOAT, ...hidden }, 'model');
    const type: Type = { kind: 'features', names: binding.type.features };
    add({ name: `${binding.name}.features`, type, ...hidden, ...phi }, 'model');
    return { out: withFields(rows, fields) };
  },
  execution: {
    mode: 'rows',
    placement: () => ({ kind: 'rows' }),
    create({ params, input, output, values, catalog, reject, id }) {
      const [side] = values('model');
      assert(side !== undefined, 'score runs with a model');
      const model = readyModel(side, catalog);
      const read = featureReader(model, id, reject, catalog);
      const declared = output().fields.slice(input.fields.length);
      const featuresType: Type = { kind: 'features', names: model.content.features };
      const added = declared.map((field, i) => (i === declared.length - 1 ? { ...field, type: featuresType } : field));
      return {
        onBatch(batch, emit) {
          const { rows, features } = read(batch);
          if (rows.rows === 0) return;
          const out = model.content.classes.map(() => new Float64Array(rows.rows));
          model.scorer.probabilities(features.columns, rows.rows, out);
          const made = params.block.map((entry, i) =>
            outputColumn(entry.output, entry.args, added[i].type, model, out, rows.rows),
          );
          const version = sameText(model.version, rows.rows);
          const threshold = new Float64Array(rows.rows).fill(model.threshold);
          emit({
            ...rows,
            schema: { fields: [...rows.schema.fields, ...added] },
            columns: [
              ...rows.columns,
              ...made,
              version,
              { kind: 'number', values: threshold, validity: null },
              features,
            ],
          });
        },
      };
    },
  },
});

function outputType(output: string, classes: readonly (boolean | string)[]): Type {
  if (output === 'probability') return FLOAT;
  if (output === 'predicted') return typeOfClasses(classes);
  return {
    kind: 'record',
    fields: classes.map(value => ({ name: String(value), type: FLOAT, nullable: false })),
  };
}

function outputColumn(
  output: string,
  args: readonly Json[],
  type: Type,
  model: ReadyModel,
  probabilities: readonly Float64Array[],
  rows: number,
): Column {
  const { classes } = model.content;
  const column = (values: Float64Array): Column => ({ kind: 'number', values, validity: null });
  if (output === 'probability') return column(probabilities[classes.indexOf(args[0] as boolean | string)]);
  if (output === 'probabilities') return { kind: 'record', children: probabilities.map(column), validity: null };
  const writer = columnWriter(type);
  for (let row = 0; row < rows; row++) writer.appendValue(classes[decided(model, probabilities, row)]);
  return writer.finish();
}

/** Of two classes the last one from the threshold on, of more the likeliest; the first among equals. */
function decided(model: ReadyModel, probabilities: readonly Float64Array[], row: number): number {
  if (probabilities.length === 2) return probabilities[1][row] >= model.threshold ? 1 : 0;
  let best = 0;
  for (let c = 1; c < probabilities.length; c++) if (probabilities[c][row] > probabilities[best][row]) best = c;
  return best;
}

function sameText(text: string, rows: number): Column {
  const dictionary = createDictionary();
  dictionary.intern(text);
  return { kind: 'string', ids: new Int32Array(rows), dictionary, validity: null };
}
