import { assert } from '../engine/base/assert.ts';
import { columnWriter } from '../engine/columnar/column-writer.ts';
import { columnOf, withColumn } from '../engine/columnar/take.ts';
import { defineOperator } from '../engine/contract/operator.ts';
import { required } from '../engine/contract/parameter.ts';
import { type Field, fieldOf, type Type } from '../engine/contract/types.ts';
import { readyModel } from './support/model-rows.ts';
import { Reasons } from './support/reasons.ts';
import { rowsInput, withFields } from './support/schema.ts';

const SENTENCES: Type = { kind: 'list', item: { kind: 'string' } };
const TEXT: Type = { kind: 'string' };
const COUNT = { name: 'n', type: { kind: 'int' }, default: 3 } as const;

export const attribute = defineOperator({
  name: 'attribute',
  summary: 'The stage behind `top_features` and `why_text`: why a model scored a row as it did.',
  details: `Not written in flows; the compiler puts it before the stage that uses \`top_features(risk, 3)\` or \`why_text(risk, 3)\`.

A reason is a feature and what it added to the log-odds of the model's last class, by the model's own exact contributions: TreeSHAP, or the terms of a linear model. Base and all contributions add up to the prediction. Indicators of one column are one reason, told by the value the row has: \`race is Asian lowers the risk (−0.12)\`. Values are shown as the row has them, not as they were scaled.`,
  params: {
    function: required('choice', 'Which of the functions.', { choices: ['top_features', 'why_text'] }),
    args: required('ints', 'Its arguments: how many reasons.'),
    column: required('string', 'Name of the hidden column to add.'),
    model: required('model', 'The model that scored the rows.'),
  },
  addsColumnsOnly: true,
  examples: [
    {
      title: 'The three strongest reasons',
      flow: 'score risk { p = probability(true) } | derive { why = top_features(risk, 3) }',
      schema: 'age: float',
      setup: 'model risk = registry("readmission") { serve: champion, predicts: bool }',
    },
  ],
  modelFunctions: {
    top_features: {
      summary: 'The features that moved the score most, each as a sentence, strongest first.',
      args: [COUNT],
      gives: { type: SENTENCES, nullable: false },
    },
    why_text: {
      summary: 'The same in one text.',
      args: [COUNT],
      gives: { type: TEXT, nullable: false },
    },
  },
  check({ input, params, bindings, report }) {
    const rows = rowsInput(input);
    const [{ name }] = bindings.model;
    const scored = fieldOf(rows.schema, `${name}.features`);
    if (scored === undefined) report('E356', null, { what: `\`${params.function}\`` });
    const field: Field = {
      name: params.column,
      type: params.function === 'why_text' ? TEXT : SENTENCES,
      nullable: false,
      hidden: true,
      ...(scored?.phi ? { phi: true } : {}),
    };
    return { out: withFields(rows, [...rows.schema.fields, field]) };
  },
  execution: {
    mode: 'rows',
    placement: () => ({ kind: 'rows' }),
    create({ params, output, values, catalog }) {
      const [side] = values('model');
      const field = fieldOf(output(), params.column);
      assert(side !== undefined && field !== undefined, 'attribute runs with a model');
      const model = readyModel(side, catalog);
      const reasons = new Reasons(model.content);
      const count = params.args[0] ?? COUNT.default;
      return {
        onBatch(batch, emit) {
          const { columns: features, rows } = {
            columns: columnOf(batch, hiddenFeatures(batch.schema.fields, model.name)),
            rows: batch.rows,
          };
          assert(features.kind === 'features', 'scored rows carry their features');
          const contributions = model.content.features.map(() => new Float64Array(rows));
          model.scorer.contributions(features.columns, rows, contributions);
          const told = reasons.of(batch, features.columns, contributions, count);
          const writer = columnWriter(field.type);
          for (const sentences of told) {
            writer.appendValue(params.function === 'why_text' ? sentences.join('; ') : sentences);
          }
          emit(withColumn(batch, field, writer.finish()));
        },
      };
    },
  },
});

/** The features a model's `score` left: by its own name, or the last ones where the model was passed under another. */
function hiddenFeatures(fields: readonly Field[], model: string): string {
  const left = fields.filter(field => field.hidden && field.type.kind === 'features');
  const own = left.find(field => field.name === `${model}.features`) ?? left.at(-1);
  assert(own !== undefined, 'scored rows carry their features');
  return own.name;
}
