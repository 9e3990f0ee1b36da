import { apiVersionsV3, type Connection } from '@platformatic/kafka';
import { LogError } from '../../engine/contract/log.ts';

/** Versions of requests as they are asked here, by key, from Kafka's protocol guide. */
const ASKED: readonly (readonly [key: number, version: number])[] = [
  [0, 11],
  [1, 12],
  [2, 7],
  [3, 12],
  [10, 6],
  [11, 9],
  [12, 4],
  [13, 5],
  [14, 5],
  [19, 7],
  [20, 6],
  [21, 2],
  [22, 5],
  [24, 3],
  [26, 4],
  [32, 4],
  [37, 3],
];

/** Throws LogError `too-old` for a broker that does not know all requests. */
export async function refuseOldBroker(connection: Connection, address: string): Promise<void> {
  const { apiKeys } = await apiVersionsV3.api.async(connection, 'weir', '1');
  const known = new Map(apiKeys.map(api => [api.apiKey, api]));
  const isKnown = ([key, version]: readonly [number, number]): boolean => {
    const api = known.get(key);
    return api !== undefined && api.minVersion <= version && version <= api.maxVersion;
  };
  if (ASKED.every(isKnown)) return;
  throw new LogError('too-old', `The broker at ${address} does not know all requests that are needed.`);
}

/** Why a broker does not let us in, where trying again mends nothing; else null. */
export function refusalOf(address: string, error: unknown): LogError | null {
  const codes = [error, ...causesOf(error)].map(one => String((one as { readonly code?: unknown }).code ?? ''));
  const refused = (why: string) => new LogError('denied', `The broker at ${address} ${why}.`, { cause: error });
  if (codes.includes('PLT_KFK_AUTHENTICATION')) return refused('does not let this user in');
  if (codes.some(code => /CERT|SIGNATURE|ISSUER/.test(code))) return refused('shows a certificate that is not trusted');
  if (codes.some(code => code === 'PLT_KFK_USER' || code.startsWith('ERR_SSL'))) {
    return refused('speaks TLS where the address does not, or the other way round');
  }
  return null;
}

function causesOf(error: unknown): readonly unknown[] {
  const { cause, errors = [] } = (error ?? {}) as { readonly cause?: unknown; readonly errors?: readonly unknown[] };
  const next = [...(cause === undefined ? [] : [cause]), ...(Array.isArray(errors) ? errors : [])];
  return next.flatMap(one => [one, ...causesOf(one)]);
}
