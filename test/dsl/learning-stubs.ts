import type { LearnerDefinition } from '../../src/engine/contract/learner.ts';
import { defineOperator, type OperatorDefinition } from '../../src/engine/contract/operator.ts';
import { optional, type ParameterSpecs, required } from '../../src/engine/contract/parameter.ts';
import type { Field, Type } from '../../src/engine/contract/types.ts';
import type { BindingType } from '../../src/engine/contract/value.ts';

/** Stages that learn, as far as the checker needs them: what they take and give. Nothing here runs. */
const never = (): never => {
  throw new Error('a stub does not run');
};

const rows = (type: BindingType) => (type.kind === 'rows' ? type : never());
const FLOAT: Type = { kind: 'float' };

const fit = defineOperator({
  name: 'fit',
  summary: 'Learns a pipeline.',
  params: { pipeline: required('pipeline', 'What is learned.', { position: 0 }) },
  examples: [],
  check({ params, report }) {
    for (const field of params.pipeline.stages[0]?.input.fields ?? []) {
      if (params.pipeline.features.includes(field.name) && field.label) {
        report('E502', 'pipeline', { field: field.name, role: 'the label' });
      }
    }
    return { out: { kind: 'transform', input: { fields: [] }, features: params.pipeline.features } };
  },
  execution: { mode: 'value', create: never },
});

const apply = defineOperator({
  name: 'apply',
  summary: 'Applies a pipeline or a fitted transform.',
  params: {
    pipeline: optional('pipeline', 'Stages to put here.', { position: 0, inline: true }),
    transform: optional('transform', 'What fit learned.', { position: 0 }),
  },
  examples: [],
  check({ input, bindings }) {
    const type = bindings['transform']?.[0]?.type;
    const names = type?.kind === 'transform' ? type.features : [];
    const field: Field = { name: 'features', type: { kind: 'features', names }, nullable: false };
    const { schema, ...rest } = rows(input);
    return { out: { ...rest, schema: { fields: [...schema.fields, field] } } };
  },
  execution: { mode: 'rows', placement: () => ({ kind: 'rows' }), create: never },
});

const train = defineOperator({
  name: 'train',
  summary: 'Learns a model.',
  params: {
    learner: required('rule', 'Which learner.', { position: 0 }),
    label: required('column', 'What to predict.', { types: ['bool', 'enum'] }),
    features: optional('pipeline', 'Fitted and applied first.'),
    early_stop: optional('stream', 'Rows to stop on.'),
  },
  examples: [],
  check({ input, params }) {
    const { schema } = rows(input);
    const label = schema.fields.find(field => field.name === params.label);
    const made = schema.fields.find(field => field.name === 'features')?.type;
    const features = params.features?.features ?? (made?.kind === 'features' ? made.names : []);
    return { out: { kind: 'model', features, predicts: label?.type ?? { kind: 'bool' } } };
  },
  execution: { mode: 'train', learner: 'learner' },
});

const choose = defineOperator({
  name: 'choose',
  summary: 'Chooses the best model.',
  params: {
    models: required('models', 'Among which.', { position: 0 }),
    metric: required('choice', 'By what.', { choices: ['auroc', 'brier'] }),
  },
  examples: [],
  check({ input, bindings, report }) {
    const { role } = rows(input);
    if (role !== undefined && role !== 'val') {
      report('E503', null, { stage: 'choose', expected: 'val', found: role, hint: '' });
    }
    return { out: bindings['models']?.[0]?.type ?? never() };
  },
  execution: { mode: 'value', create: never },
});

const score = defineOperator({
  name: 'score',
  summary: 'Scores rows.',
  params: { model: required('model', 'By which model.', { position: 0 }) },
  block: {
    kind: 'outputs',
    doc: 'What is kept of the prediction.',
    outputs: {
      probability: { doc: 'Of a class.', args: 1 },
      predicted: { doc: 'The class.', args: 0 },
    },
  },
  examples: [],
  check({ input, params, bindings }) {
    const name = bindings['model']?.[0]?.name ?? '';
    const made = params.block.map(({ name }): Field => ({ name, type: FLOAT, nullable: false }));
    const hidden = ['version', 'threshold'].map(
      (part): Field => ({
        name: `${name}.${part}`,
        type: part === 'version' ? { kind: 'string' } : FLOAT,
        nullable: part === 'threshold',
        hidden: true,
      }),
    );
    const { schema, ...rest } = rows(input);
    return { out: { ...rest, schema: { fields: [...schema.fields, ...made, ...hidden] } } };
  },
  execution: { mode: 'rows', placement: () => ({ kind: 'rows' }), create: never },
});

const explain = defineOperator({
  name: 'explain_scores',
  summary: 'Says why.',
  params: { model: required('model', 'Of which model.') },
  examples: [],
  modelFunctions: {
    top_features: {
      summary: 'The features that weigh most.',
      args: [{ name: 'n', type: { kind: 'int' }, default: 3 }],
      gives: { type: { kind: 'list', item: { kind: 'string' } }, nullable: false },
    },
  },
  check({ input, params }) {
    const column = String((params as unknown as { readonly column: string }).column);
    const { schema, ...rest } = rows(input);
    const made: Field = {
      name: column,
      type: { kind: 'list', item: { kind: 'string' } },
      nullable: false,
      hidden: true,
    };
    return { out: { ...rest, schema: { fields: [...schema.fields, made] } } };
  },
  execution: { mode: 'rows', placement: () => ({ kind: 'rows' }), create: never },
});

const evaluate = defineOperator({
  name: 'evaluate',
  summary: 'Measures predictions.',
  params: {
    probability: required('column', 'The prediction.', { position: 0, types: ['float'] }),
    label: required('column', 'The truth.'),
    metrics: required('words', 'Which figures.', { choices: ['auroc', 'auprc', 'brier', 'ece'] }),
    by: optional('columns', 'Subgroups.'),
    capacity: optional('float', 'Share.', { min: 0, max: 1 }),
    intervals: optional('int', 'Bootstrap rounds.'),
    seed: optional('int', 'Seed.'),
  },
  examples: [],
  check: ({ params }) => ({ out: { kind: 'report', metrics: params.metrics } }),
  execution: { mode: 'value', create: never },
});

const require = defineOperator({
  name: 'require',
  summary: 'A gate.',
  params: {
    gate: required('gate', 'What must be true.', { position: 0 }),
    else: optional('choice', 'Else.', { choices: ['fail', 'skip'], default: 'fail' }),
  },
  takes: ['rows', 'model', 'report'],
  examples: [],
  check: ({ input }) => ({ out: input }),
  execution: { mode: 'control', run: never },
});

const publish = defineOperator({
  name: 'publish',
  summary: 'Publishes a model.',
  params: {
    registry: required('connector', 'Where to.', { position: 0 }),
    tag: required('choice', 'As what.', { default: 'challenger' }),
    with: optional('reports', 'What to attach.'),
  },
  takes: ['model'],
  examples: [],
  check: () => ({ out: { kind: 'done' } }),
  execution: { mode: 'control', run: never },
});

const aggregate = defineOperator({
  name: 'aggregate',
  summary: 'Many rows to one.',
  params: { by: optional('columns', 'Keys.') },
  block: { kind: 'aggregates', doc: 'What is made of the rows of a key.' },
  examples: [],
  check({ input, params }) {
    const { schema, ...rest } = rows(input);
    const keys = schema.fields.filter(field => params.by?.includes(field.name));
    const made = params.block.map(({ name, value }) => ({ name, type: value.type, nullable: value.nullable }));
    return { out: { ...rest, schema: { fields: [...keys, ...made] } } };
  },
  execution: { mode: 'rows', placement: () => ({ kind: 'single' }), create: never },
});

export const LEARNING_STUBS: readonly OperatorDefinition[] = [
  fit,
  apply,
  train,
  choose,
  score,
  explain,
  evaluate,
  require,
  publish,
  aggregate,
];

function learner(name: string, params: ParameterSpecs): LearnerDefinition {
  const stub = { kind: 'learner', name, summary: name, params, examples: [], multiclass: false };
  return { ...stub, step: never, merge: never, scorer: never } as unknown as LearnerDefinition;
}
export const LEARNER_STUBS: readonly LearnerDefinition[] = [
  learner('gbdt', {
    trees: required('int', 'Trees.', { default: 100, min: 1 }),
    depth: required('int', 'Depth.', { default: 5 }),
    rate: required('float', 'Rate.', { default: 0.1 }),
    seed: required('int', 'Seed.', { default: 0 }),
  }),
  learner('logistic', { l2: required('float', 'Penalty.', { default: 1 }) }),
];
