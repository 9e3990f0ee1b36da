import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../../engine/base/clock.ts';
import type { Json } from '../../engine/base/json.ts';
import { OperationalError } from '../../engine/base/operational-error.ts';
import type { Log } from '../../engine/contract/log.ts';
import type { OnOutage } from '../../engine/contract/log-module.ts';
import { type KafkaAddress, parseKafkaAddress } from './kafka-address.ts';
import { type KafkaLogOptions, openKafkaLog } from './kafka-log.ts';

/** Path of this module, which every thread imports. */
export const kafkaLogModule: string = fileURLToPath(import.meta.url);

/** What the module is told; the password comes from the environment and is never part of an address. */
export interface OpenLogOptions {
  readonly address: string;
  readonly password: string | null;
}

/** `options`: see `OpenLogOptions`. Throws R117, R119 for a user without a password, R201 or R203 for a file of certificates that cannot be read. */
export function openLog(options: Json, clock: Clock, onOutage?: OnOutage): Log {
  const { address, password } = options as unknown as OpenLogOptions;
  const { bootstrap, prefix, tls, sasl } = parseKafkaAddress(address);
  const security = { tls: certificates(tls), sasl: login(sasl, password) };
  return openKafkaLog({ bootstrap, prefix, clock, security, ...(onOutage && { onOutage }) });
}

function certificates(tls: KafkaAddress['tls']): NonNullable<KafkaLogOptions['security']>['tls'] {
  if (tls === null) return null;
  if (tls.ca === null) return {};
  try {
    return { ca: readFileSync(tls.ca) };
  } catch (cause) {
    throw new OperationalError('R201', `the file of certificates ${tls.ca} cannot be read`, {
      hint: 'name it in the address: ?tls=true&ca=FILE',
      cause,
    });
  }
}

function login(sasl: KafkaAddress['sasl'], password: string | null): NonNullable<KafkaLogOptions['security']>['sasl'] {
  if (sasl === null) return null;
  if (password !== null) return { ...sasl, password };
  throw new OperationalError('R119', `user ${sasl.user} needs a password`, {
    hint: 'put it into the environment variable WEIR_KAFKA_PASSWORD',
  });
}
