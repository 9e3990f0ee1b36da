// The peer of benchmarks/kafka-score.ts: kafkajs hands a record at a time to an rxjs pipeline. Arguments: brokers, model file, topics in
// and out, threshold. Alerts go out in lots, and at least once: a transaction around each lot would make it slower still.
import { readFileSync } from 'node:fs';
import { Kafka, logLevel } from 'kafkajs';
import { bufferTime, filter, Subject } from 'rxjs';
import type { ModelContent } from '../../src/engine/contract/value.ts';
import { forestFrom } from '../../src/learners/gbdt/forest.ts';
import { alertsOf, type Fields, recordModel } from '../score-stream/rxjs-pipeline.ts';

const LOT_MS = 50;
const LOT = 1_000;

const [brokers, modelFile, from, to, threshold] = process.argv.slice(2);
const { content, version, bytes } = JSON.parse(readFileSync(modelFile, 'utf8')) as {
  readonly content: ModelContent;
  readonly version: string;
  readonly bytes: Readonly<Record<string, string>>;
};
const arrays = Object.fromEntries(
  Object.entries(bytes).map(([name, text]) => [name, new Uint8Array(Buffer.from(text, 'base64'))]),
);
const model = recordModel(content, version, forestFrom(arrays, content.features.length, 1));

const kafka = new Kafka({ clientId: 'peer', brokers: brokers.split(','), logLevel: logLevel.ERROR });
const producer = kafka.producer();
const consumer = kafka.consumer({ groupId: `peer-${to}` });
const stays = new Subject<Fields>();
alertsOf(stays, model, Number(threshold))
  .pipe(
    bufferTime(LOT_MS, null, LOT),
    filter(lot => lot.length > 0),
  )
  .subscribe(lot => {
    const messages = lot.map(alert => ({ key: alert.patient_nbr, value: JSON.stringify(alert) }));
    producer.send({ topic: to, messages }).catch(error => {
      process.stderr.write(`${error}\n`);
      process.exit(1);
    });
  });
await Promise.all([producer.connect(), consumer.connect()]);
await consumer.subscribe({ topics: [from], fromBeginning: true });
await consumer.run({
  eachMessage: async ({ message }) => stays.next(JSON.parse(message.value!.toString()) as Fields),
});
