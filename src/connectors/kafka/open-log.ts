import { fileURLToPath } from 'node:url';
import type { Clock } from '../../engine/base/clock.ts';
import type { Json } from '../../engine/base/json.ts';
import type { Log } from '../../engine/contract/log.ts';
import { parseKafkaAddress } from './kafka-address.ts';
import { openKafkaLog } from './kafka-log.ts';

/** Path of this module, which every thread imports. */
export const kafkaLogModule: string = fileURLToPath(import.meta.url);

/** `options`: the address as text. Throws R117. */
export function openLog(options: Json, clock: Clock): Log {
  return openKafkaLog({ ...parseKafkaAddress(String(options)), clock });
}
