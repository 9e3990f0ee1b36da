import { OperationalError } from '../../engine/base/operational-error.ts';
import type { BrokerAddress } from './brokers.ts';

/** A cluster as it is named on the command line: `kafka://host:9092,other:9092/prefix?tls=true&sasl=scram-sha-512&user=weir`. */
export interface KafkaAddress {
  readonly bootstrap: readonly BrokerAddress[];
  /** Begins every name on the cluster; mostly empty. */
  readonly prefix: string;
  /** Null: no TLS. `ca`: file of the certificates to trust, the system's where it is null. */
  readonly tls: { readonly ca: string | null } | null;
  /** Null: nobody in particular. The password is never part of an address. */
  readonly sasl: { readonly mechanism: SaslMechanism; readonly user: string } | null;
}
export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

const SCHEME = 'kafka://';
const DEFAULT_PORT = 9092;
const MECHANISMS: readonly SaslMechanism[] = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'];
const OPTIONS = ['tls', 'ca', 'sasl', 'user'];

export function isKafkaAddress(text: string): boolean {
  return text.startsWith(SCHEME);
}

/** Throws R117 for what is not one. */
export function parseKafkaAddress(text: string): KafkaAddress {
  const [place, query = ''] = text.slice(SCHEME.length).split('?', 2);
  const [hosts, prefix = '', ...more] = place.split('/');
  if (!isKafkaAddress(text) || more.length > 0 || !/^[a-zA-Z0-9._-]*$/.test(prefix)) throw wrong(text);
  const bootstrap = hosts.split(',').map(host => {
    const found = /^([a-zA-Z0-9.-]+|\[[0-9a-fA-F:]+\])(?::(\d{1,5}))?$/.exec(host);
    const port = Number(found?.[2] ?? DEFAULT_PORT);
    if (found === null || port < 1 || port > 65_535) throw wrong(text);
    return { host: found[1].replace(/^\[|\]$/g, ''), port };
  });
  return { bootstrap, prefix: prefix === '' ? '' : `${prefix}.`, ...securityOf(text, new URLSearchParams(query)) };
}

function securityOf(text: string, given: URLSearchParams): Pick<KafkaAddress, 'tls' | 'sasl'> {
  for (const name of given.keys()) {
    if (!OPTIONS.includes(name))
      throw wrong(text, `it takes ${OPTIONS.join(', ')}; a password is named by WEIR_KAFKA_PASSWORD`);
  }
  const ca = given.get('ca');
  const user = given.get('user');
  const named = given.get('sasl')?.toUpperCase() ?? 'SCRAM-SHA-512';
  const mechanism = MECHANISMS.find(one => one === named);
  const isTls = given.get('tls') ?? (ca === null ? 'false' : 'true');
  if (isTls !== 'true' && isTls !== 'false') throw wrong(text, 'tls is true or false');
  if (mechanism === undefined) throw wrong(text, `sasl is one of ${MECHANISMS.join(', ').toLowerCase()}`);
  if (given.has('sasl') && user === null) throw wrong(text, 'sasl needs a user: …&user=weir');
  return { tls: isTls === 'true' ? { ca } : null, sasl: user === null ? null : { mechanism, user } };
}

/** Of what names brokers, but does not say that they are Kafka's. */
export function noScheme(text: string): OperationalError {
  if (/[@?]/.test(text)) return wrong(text);
  const brokers = text.replace(/^[a-z][\w+.-]*:\/\/|^kafka:\/?(?=.*:)/i, '');
  return wrong(text, `write ${SCHEME}${brokers}, or ./${text} for a folder of that name`);
}

function wrong(text: string, hint?: string): OperationalError {
  // Whatever stands before an @ may be a secret, and so may be options that are not ours.
  const shown = /[@?]/.test(text) ? `${SCHEME}…` : text;
  return new OperationalError('R117', `${shown} is not the address of a Kafka cluster`, {
    hint:
      hint ??
      'as in kafka://host:9092,other:9092; a name behind a / begins all names on the cluster: kafka://host:9092/test',
  });
}
