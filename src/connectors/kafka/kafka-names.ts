import type { TaskId } from '../../engine/contract/log.ts';
import { LogError } from '../../engine/contract/log.ts';

/** What Kafka calls things. `prefix` begins every name, so that several installations can share a cluster; mostly empty. */
export class KafkaNames {
  readonly #prefix: string;

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Throws LogError `no-topic` for a name that Kafka does not take. */
  topic(name: string): string {
    return this.#legal(`${this.#prefix}${escaped(name)}`);
  }
  /** Topic of the deltas and commit records of a chain's tasks, a partition each. */
  changelog({ flow, chain }: TaskId): string {
    return this.#legal(`${this.#prefix}weir.${escaped(flow)}.${escaped(chain)}.changelog`);
  }
  transactionalId({ flow, chain, partition }: TaskId): string {
    return `${this.#prefix}weir.${flow}.${chain}.${partition}`;
  }
  group(flow: string): string {
    return `${this.#prefix}weir.${flow}`;
  }
  /** Topic that holds what other topics are. */
  get specs(): string {
    return this.#legal(`${this.#prefix}weir.topics`);
  }

  #legal(name: string): string {
    if (name.length <= 249 && name !== '.' && name !== '..') return name;
    throw new LogError('no-topic', `Kafka takes no topic name of ${name.length} letters: ${name.slice(0, 40)}…`);
  }
}

/** Letters that Kafka does not allow in names, as their UTF-8 bytes in hexadecimal. */
function escaped(name: string): string {
  return name.replace(/[^a-zA-Z0-9._-]/gu, letter => `_x${Buffer.from(letter).toString('hex')}`);
}
