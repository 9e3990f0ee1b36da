import { defineSink, defineSource } from '../../engine/contract/connector.ts';
import { optional, required } from '../../engine/contract/parameter.ts';
import { RECORD_CODECS } from '../../engine/contract/record-topics.ts';

export const topicSource = defineSource({
  name: 'topic',
  summary:
    "A topic of the run's log, as it is committed: rows of a flow, or with `format:` records of any program, a row each.",
  options: {
    name: required('string', 'Name of the topic.', { position: 0, names: 'topic' }),
    from: required(
      'start',
      'Where the first start of a flow begins: `latest` at the end the topic has then; with `format:` also the first record of an instant or later, or an offset, of all partitions or of each. Later runs go on from there.',
      { default: 'earliest' },
    ),
    partitions: optional('int', 'Partitions, where the topic is created; a topic that exists must have as many.', {
      min: 1,
      max: 128,
    }),
    tombstones: required(
      'choice',
      'With `format:`: what a record without a value is: a bad row, or passed over and counted.',
      { default: 'bad', choices: ['bad', 'skip'] },
    ),
  },
  examples: [
    { title: 'Rows of another flow', flow: 'topic("vitals.clean") { schema: Vital }' },
    {
      title: 'Records that another program writes',
      flow: 'topic("ehr.vitals") { format: json, schema: Vital, on_bad: dlq("ehr.vitals.bad") }',
    },
  ],
  nature: 'log',
});

export const topicSink = defineSink({
  name: 'topic',
  summary:
    "Writes rows to a topic of the run's log, in the same commit as the input positions; with `format:` a record each.",
  options: {
    name: required('string', 'Name of the topic.', { position: 0, names: 'topic' }),
    partitions: optional('int', 'Partitions, where the topic is created; a topic that exists must have as many.', {
      min: 1,
      max: 128,
    }),
    compression: required('choice', 'With `format:`: how records are packed in Kafka.', {
      default: 'none',
      choices: RECORD_CODECS,
    }),
  },
  examples: [
    { title: 'Alerts, in order per patient', flow: 'write topic("alerts"), key: patient_id' },
    {
      title: 'Records for other programs, keyed as Kafka clients do',
      flow: 'write topic("ehr.alerts"), key: patient_id, format: json',
    },
  ],
  delivery: 'exactly-once',
  nature: 'log',
});
