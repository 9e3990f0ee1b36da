import { assert } from '../engine/base/assert.ts';
import { scalarFunctions } from '../engine/columnar/functions/all.ts';
import { withColumn } from '../engine/columnar/take.ts';
import { createTransform } from '../engine/columnar/transform.ts';
import { defineOperator } from '../engine/contract/operator.ts';
import { optional } from '../engine/contract/parameter.ts';
import { type Field, fieldOf, typeText } from '../engine/contract/types.ts';
import type { TransformContent } from '../engine/contract/value.ts';
import { FEATURES, transformed } from './support/model-rows.ts';
import { rowsInput, withFields } from './support/schema.ts';

export const apply = defineOperator({
  name: 'apply',
  summary: 'Puts a pipeline’s stages here, or adds the features a fitted transform makes of each row.',
  details:
    'A pipeline that learns nothing is put in place of the stage, with its parameters bound by name: `apply day, labs: labs`. A transform that `fit` gave adds one column, `features`, and changes none: what learners read.',
  params: {
    pipeline: optional('pipeline', 'Stages to put here.', { position: 0, inline: true }),
    transform: optional('transform', 'What `fit` learned.', { position: 0 }),
  },
  addsColumnsOnly: true,
  examples: [
    {
      title: 'Shared stages',
      flow: 'apply visit_columns',
      schema: 'days: int, drugs: int',
      setup: 'let visit_columns = pipeline { | derive { per_day = drugs / days } }',
    },
    {
      title: 'Features for a learner',
      flow: 'apply fitted',
      schema: 'age: float',
      setup: 'let prep = pipeline { | normalize { age = zscore } }\nlet fitted = rows | fit prep',
    },
  ],
  check({ input, bindings, report }) {
    const rows = rowsInput(input);
    const [binding] = bindings.transform ?? [];
    if (binding?.type.kind !== 'transform') return { out: rows };
    if (fieldOf(rows.schema, FEATURES) !== undefined) {
      report('E510', 'transform', { of: '`apply`', what: 'is given rows that have features already' });
      return { out: rows };
    }
    const { input: wanted, features } = binding.type;
    let phi: { readonly phi?: true } = {};
    for (const field of wanted.fields) {
      const found = fieldOf(rows.schema, field.name);
      if (found?.phi) phi = { phi: true };
      if (found !== undefined && typeText(found.type) === typeText(field.type)) continue;
      const what =
        found === undefined
          ? `the rows lack \`${field.name}\``
          : `\`${field.name}\` is ${typeText(found.type)} and was ${typeText(field.type)}`;
      report('E504', 'transform', { name: binding.name, what, hint: 'Apply it to rows like those it was fitted on.' });
    }
    const field: Field = { name: FEATURES, type: { kind: 'features', names: features }, nullable: false, ...phi };
    return { out: withFields(rows, [...rows.schema.fields, field]) };
  },
  execution: {
    mode: 'rows',
    placement: () => ({ kind: 'rows' }),
    create({ values, catalog, reject, output }) {
      const [side] = values('transform');
      assert(side !== undefined, 'apply runs with a transform');
      const content = side.content.json as unknown as TransformContent;
      const transform = createTransform(content, catalog, scalarFunctions());
      const declared = fieldOf(output(), FEATURES);
      assert(declared !== undefined, 'apply adds features');
      const field: Field = { ...declared, type: { kind: 'features', names: transform.features } };
      return {
        onBatch(batch, emit) {
          const { rows, features } = transformed(batch, content.input, transform, reject);
          if (rows.rows > 0) emit(withColumn(rows, field, features));
        },
      };
    },
  },
});
