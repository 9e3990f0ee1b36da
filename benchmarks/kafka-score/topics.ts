import { type Admin, Kafka, logLevel, type Producer } from 'kafkajs';
import type { JsonRecord } from './records.ts';

const LOT = 1_000;

/** Topics as some other program makes and fills them. */
export class TopicsForBenchmark {
  readonly #admin: Admin;
  readonly #producer: Producer;

  private constructor(admin: Admin, producer: Producer) {
    this.#admin = admin;
    this.#producer = producer;
  }
  static async connect(bootstrap: string): Promise<TopicsForBenchmark> {
    process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1';
    const kafka = new Kafka({ clientId: 'benchmark', brokers: bootstrap.split(','), logLevel: logLevel.ERROR });
    const [admin, producer] = [kafka.admin(), kafka.producer()];
    await Promise.all([admin.connect(), producer.connect()]);
    return new TopicsForBenchmark(admin, producer);
  }
  async make(topic: string, partitions: number, settings: Readonly<Record<string, string>> = {}): Promise<void> {
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    await this.#admin.createTopics({
      topics: [{ topic, numPartitions: partitions, configEntries }],
      waitForLeaders: true,
    });
  }
  /** All records, `times` over. */
  async fill(topic: string, partitions: number, records: readonly JsonRecord[], times: number): Promise<void> {
    await this.make(topic, partitions);
    for (let time = 0; time < times; time++) {
      for (let at = 0; at < records.length; at += LOT) {
        await this.#producer.send({ topic, messages: records.slice(at, at + LOT).map(record => ({ ...record })) });
      }
    }
  }
  async close(): Promise<void> {
    await Promise.all([this.#admin.disconnect(), this.#producer.disconnect()]);
  }
}
