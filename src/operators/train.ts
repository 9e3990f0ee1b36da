import { type CheckContext, defineOperator } from '../engine/contract/operator.ts';
import { hasPersonalFeature, optional, required } from '../engine/contract/parameter.ts';
import { fieldOf, type Schema } from '../engine/contract/types.ts';
import { checkFeatures } from './support/features.ts';
import { checkLabel } from './support/labels.ts';
import { FEATURES } from './support/model-rows.ts';
import { rowsInput } from './support/schema.ts';

export const train = defineOperator({
  name: 'train',
  summary: 'Learns a model from the features of training rows.',
  details: `A model learns from the column \`features\` that \`apply\` adds, and from nothing else; the rest of the row is carried along. \`features: prep\` is short for a \`fit\` on these rows and an \`apply\` to them, and to those of \`early_stop\`. With \`early_stop:\` the learner watches rows it does not learn from and stops where they are predicted best.

It runs as rounds: \`train_step\` on every part of the rows, \`train_merge\` over what the parts found, in their order, and on. So the model is the same, byte for byte, with any number of workers. The learner's own arguments are written beside the stage's: \`train gbdt, label: soon, trees: 400\`.`,
  params: {
    learner: required('rule', 'What learns: see the reference of learners.', { position: 0 }),
    label: required('column', 'What is to be predicted.', { learned: true }),
    features: optional('pipeline', 'Feature stages to learn on the same rows first, instead of an `apply` before.'),
    weight: optional('column', 'How much a row counts.', { types: ['int', 'float'] }),
    early_stop: optional('stream', 'Rows with features and label by which to stop.', { role: 'val' }),
    seed: optional('int', 'Of what is random in learning.', { default: 0 }),
  },
  boundedOnly: true,
  role: 'train',
  examples: [
    {
      title: 'Boosted trees that stop in time',
      flow: 'apply fitted | train gbdt, label: soon, trees: 400, early_stop: va, seed: 7',
      schema: 'age: float, soon: bool',
      from: 'parts.train',
      setup:
        'let parts = rows | split train: 0.8, val: 0.2, group: none, seed: 1\nlet prep = pipeline { | normalize { age = zscore } }\nlet fitted = parts.train | fit prep\nlet va = parts.val | apply fitted',
    },
  ],
  check({ input, params, bindings, report }) {
    const rows = rowsInput(input);
    const label = checkLabel(rows.schema, params.label, 'train', report);
    const { features } = params;
    const names = features?.features ?? featuresOf(rows.schema, null, report);
    if (features !== undefined) {
      checkFeatures(features, rows.schema, 'features', report);
      if (fieldOf(rows.schema, FEATURES) !== undefined) {
        report('E510', 'features', { of: '`train`', what: 'is given rows that have features already' });
      }
    }
    const [held] = bindings.early_stop ?? [];
    if (held?.type.kind === 'rows') {
      if (!held.type.bounded) report('E413', 'early_stop', { of: '`train`', name: held.name });
      if (features === undefined) featuresOf(held.type.schema, 'early_stop', report);
      if (fieldOf(held.type.schema, params.label) === undefined) {
        report('E307', 'early_stop', { of: '`early_stop`', field: params.label, hint: '' });
      }
    }
    const phi = (features !== undefined && hasPersonalFeature(features)) || fieldOf(rows.schema, FEATURES)?.phi;
    const model = { kind: 'model', features: names, predicts: label?.type ?? { kind: 'bool' } } as const;
    return { out: phi ? { ...model, phi } : model };
  },
  reads: params => [FEATURES, params.label, ...(params.weight === undefined ? [] : [params.weight])],
  shorthand({ features, ...params }) {
    if (features === undefined) return null;
    const learn = { op: 'fit', params: { pipeline: features, label: params.label } };
    return { params, learn, put: { op: 'apply', side: 'transform' }, streams: ['early_stop'] };
  },
  execution: { mode: 'train', learner: 'learner' },
});

function featuresOf(schema: Schema, at: string | null, report: CheckContext<unknown>['report']): readonly string[] {
  const field = fieldOf(schema, FEATURES);
  if (field?.type.kind === 'features') return field.type.names;
  report('E510', at, { of: at === null ? '`train`' : `\`${at}\``, what: 'is given rows without features' });
  return [];
}
