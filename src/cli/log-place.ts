import { resolve } from 'node:path';
import { isKafkaAddress, parseKafkaAddress } from '../connectors/kafka/kafka-address.ts';
import type { Clock } from '../engine/base/clock.ts';
import type { LogReader } from '../engine/contract/log.ts';
import type { LogModule } from '../engine/contract/log-module.ts';
import { openLogView } from '../engine/log/embedded/log-view.ts';
import { logFolder } from '../engine/runtime/weir-folder.ts';

/** Where `--log` says things are: a folder, or a Kafka cluster beside the folder of artifacts and models. */
export class LogPlace {
  /** Of artifacts, models and snapshots; of the log, too, where it is the embedded one. */
  readonly dir: string;
  readonly #kafka: string | null;

  /** Throws R117 for a `kafka://` that is no address. */
  constructor(text: string, dir: string) {
    this.dir = dir;
    this.#kafka = isKafkaAddress(text) ? text : null;
    if (this.#kafka !== null) parseKafkaAddress(this.#kafka);
  }

  get folder(): string {
    return resolve(this.dir);
  }
  /** What threads open; null: the embedded log. */
  async module(): Promise<LogModule | null> {
    if (this.#kafka === null) return null;
    // Kafka's client is large, and most runs have no need of it.
    const { kafkaLogModule } = await import('../connectors/kafka/open-log.ts');
    return { path: kafkaLogModule, options: kafkaOptions(this.#kafka) };
  }
  /** For whoever looks at topics without taking part. */
  async reader(clock: Clock): Promise<LogReader> {
    if (this.#kafka === null) return openLogView({ dir: logFolder(this.folder), clock });
    const { openLog } = await import('../connectors/kafka/open-log.ts');
    return openLog(kafkaOptions(this.#kafka), clock);
  }
  /** As it was named, for messages. */
  toString(): string {
    return this.#kafka ?? this.dir;
  }
}

function kafkaOptions(address: string): { readonly address: string; readonly password: string | null } {
  return { address, password: process.env['WEIR_KAFKA_PASSWORD'] ?? null };
}
