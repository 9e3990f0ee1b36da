import type { Json } from '../engine/base/json.ts';
import { selectColumns } from '../engine/columnar/take.ts';
import type { Batch } from '../engine/contract/batch.ts';
import { defineOperator } from '../engine/contract/operator.ts';
import { optional, required } from '../engine/contract/parameter.ts';
import { fieldOf } from '../engine/contract/types.ts';
import { checkFeatures, inputOf } from './support/features.ts';
import { fitPipeline } from './support/fit-pipeline.ts';
import { checkLabel, classesOf, labelIndexes } from './support/labels.ts';
import { rowsInput } from './support/schema.ts';

export const fit = defineOperator({
  name: 'fit',
  summary: 'Learns a pipeline of feature stages on training rows: gives a transform.',
  details: `The features are the fields the pipeline's stages assign, in order of first mention; \`derive { hr }\` passes one as it is, and a last \`select\` narrows them. Each stage is learned on the rows as the stages before it leave them.

\`apply\` puts the transform to rows. A model trained on such rows carries it along, so scoring uses the very same values.`,
  params: {
    pipeline: required('pipeline', 'The feature stages to learn.', { position: 0 }),
    label: optional('column', 'The label, for rules that learn from it (`target`).', {
      types: ['bool', 'enum'],
      learned: true,
    }),
  },
  boundedOnly: true,
  role: 'train',
  examples: [
    {
      title: 'Learned on training rows, applied to all',
      flow: 'fit prep',
      schema: 'age: float?',
      setup: 'let prep = pipeline { | impute { age = median } | normalize { age = zscore } }',
    },
  ],
  check({ input, params, report }) {
    const rows = rowsInput(input);
    checkFeatures(params.pipeline, rows.schema, 'pipeline', report);
    if (params.label !== undefined) checkLabel(rows.schema, params.label, 'fit', report);
    const features = params.pipeline.features;
    return { out: { kind: 'transform', input: inputOf(params.pipeline, rows.schema), features } };
  },
  reads: params => [
    ...(params.pipeline.stages[0]?.input.fields.map(field => field.name) ?? []),
    ...(params.label === undefined ? [] : [params.label]),
  ],
  execution: {
    mode: 'value',
    create({ params, input, catalog, id }) {
      const read = inputOf(params.pipeline, input);
      const names = read.fields.map(field => field.name);
      const { label } = params;
      const labelType = label === undefined ? undefined : fieldOf(input, label)?.type;
      const held: Batch[] = [];
      const places: Float64Array[] = [];
      return {
        onBatch(batch) {
          if (batch.rows === 0) return;
          held.push({ ...selectColumns(batch, names), schema: read });
          if (label === undefined || labelType === undefined) return;
          places.push(Float64Array.from(labelIndexes(batch, label, labelType), own => (own < 0 ? Number.NaN : own)));
        },
        finish() {
          const classes = labelType === undefined ? null : classesOf(labelType);
          const teaches = classes === null ? null : { classes: classes.map(String), places };
          const content = fitPipeline(params.pipeline, read, held, teaches, catalog, id);
          return { json: content as unknown as Json, bytes: {} };
        },
      };
    },
  },
});
