import { defineOperator } from '../engine/contract/operator.ts';
import { optional, required } from '../engine/contract/parameter.ts';

export const publish = defineOperator({
  name: 'publish',
  summary: 'Puts a model into a registry as its next version.',
  details:
    'The version is immutable; the tag is a name that moves to it, and by which a flow that scores asks for it. What `with:` names is kept beside the model. A model that is there already keeps its version.',
  params: {
    registry: required('connector', 'The registry: `registry("readmission")`.', { position: 0 }),
    tag: required('choice', 'Name that moves to this version.', { default: 'challenger', names: 'tag' }),
    with: optional('reports', 'Reports to keep with the model.'),
  },
  takes: ['model'],
  examples: [
    {
      title: 'With its report',
      flow: 'publish registry("readmission"), tag: challenger, with: [card]',
      from: 'gb',
      schema: 'p: float, soon: bool, age: float',
      setup:
        'let prep = pipeline { | normalize { age = zscore } }\nlet fitted = rows | fit prep\nlet gb = rows | apply fitted | train gbdt, label: soon\nlet card = rows | evaluate p, label: soon, metrics: [auroc, ece]',
    },
  ],
  check({ params, report }) {
    const { connector } = params.registry;
    if (connector !== 'registry') {
      report('E301', 'registry', {
        where: '`publish`',
        expected: 'a registry',
        found: `\`${connector}\``,
        hint: 'Write `publish registry("name"), tag: challenger`.',
      });
    }
    return { out: { kind: 'done' } };
  },
  execution: {
    mode: 'control',
    async run({ params, input, values, registry }) {
      const name = String(params.registry.options['name']);
      const { version } = await registry.publish(name, input, params.tag, values('with'));
      return {
        outcome: 'pass',
        note: `published ${name} version ${version} as ${params.tag}`,
        details: { registry: name, version, tag: params.tag },
      };
    },
  },
});
