import { assert } from '../../engine/base/assert.ts';
import { defineSink, defineSource } from '../../engine/contract/connector.ts';
import { optional, required } from '../../engine/contract/parameter.ts';

export const topicSource = defineSource({
  name: 'topic',
  summary: "Rows of a topic of the run's log, as they are committed.",
  options: {
    name: required('string', 'Name of the topic.', { position: 0, names: 'topic' }),
    from: required(
      'choice',
      'Where the first start of a flow begins: `latest` at the end the topic has then. Later runs go on from there.',
      {
        default: 'earliest',
        choices: ['earliest', 'latest'],
      },
    ),
    partitions: optional('int', 'Partitions, where the topic is created; a topic that exists must have as many.', {
      min: 1,
      max: 128,
    }),
  },
  examples: [
    { title: 'Vital signs as they come', flow: 'topic("ehr.vitals") { schema: Vital, on_bad: dlq("ehr.vitals.bad") }' },
  ],
  nature: 'log',
  splits: async () => [],
  open: () => assert(false, 'a topic is read through the log') as never,
});

export const topicSink = defineSink({
  name: 'topic',
  summary: "Writes rows to a topic of the run's log, in the same commit as the input positions.",
  options: {
    name: required('string', 'Name of the topic.', { position: 0, names: 'topic' }),
    partitions: optional('int', 'Partitions, where the topic is created; a topic that exists must have as many.', {
      min: 1,
      max: 128,
    }),
  },
  examples: [{ title: 'Alerts, in order per patient', flow: 'write topic("alerts"), key: patient_id' }],
  delivery: 'exactly-once',
  nature: 'log',
});
