import { OperationalError } from '../../engine/base/operational-error.ts';
import type { BrokerAddress } from './brokers.ts';

/** A cluster as it is named on the command line: `kafka://host:9092,other:9092/prefix`. */
export interface KafkaAddress {
  readonly bootstrap: readonly BrokerAddress[];
  /** Begins every name on the cluster; mostly empty. */
  readonly prefix: string;
}

const SCHEME = 'kafka://';
const DEFAULT_PORT = 9092;

export function isKafkaAddress(text: string): boolean {
  return text.startsWith(SCHEME);
}

/** Throws R117 for what is not one. */
export function parseKafkaAddress(text: string): KafkaAddress {
  const [hosts, prefix = '', ...more] = text.slice(SCHEME.length).split('/');
  if (!isKafkaAddress(text) || more.length > 0 || !/^[a-zA-Z0-9._-]*$/.test(prefix)) throw wrong(text);
  const bootstrap = hosts.split(',').map(host => {
    const found = /^([a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(?::(\d{1,5}))?$/.exec(host);
    const port = Number(found?.[2] ?? DEFAULT_PORT);
    if (found === null || port < 1 || port > 65_535) throw wrong(text);
    return { host: found[1].replace(/^\[|\]$/g, ''), port };
  });
  return { bootstrap, prefix: prefix === '' ? '' : `${prefix}.` };
}

function wrong(text: string): OperationalError {
  // Whatever stands before an @ may be a secret.
  const shown = text.includes('@') ? `${SCHEME}…` : text;
  return new OperationalError('R117', `${shown} is not the address of a Kafka cluster`, {
    hint: 'as in kafka://host:9092,other:9092; a name behind a / begins all names on the cluster: kafka://host:9092/test',
  });
}
