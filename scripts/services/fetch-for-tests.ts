import { fetchJars, isFetched, type ServiceName } from './fetch-jars.ts';
import { missingForFetch } from './programs.ts';

/** A mirror that answers slowly must not take the place of the tests. */
const LONGEST_FETCH_MS = 300_000;

/**
 * Fetches what the tests against real services run, where it is not there yet. Gives, of each service that is not there afterwards,
 * why; its tests are skipped then. WEIR_NO_SERVICES=1 fetches nothing.
 */
export async function fetchForTests(
  services: readonly ServiceName[],
  say: (line: string) => void,
): Promise<readonly string[]> {
  const absent: string[] = [];
  for (const service of services) {
    if (isFetched(service)) continue;
    const why = process.env.WEIR_NO_SERVICES
      ? 'WEIR_NO_SERVICES is set'
      : (missingForFetch() ?? (await fetch(service, say)));
    if (why !== null) absent.push(`${service}: ${why}`);
  }
  return absent;
}

async function fetch(service: ServiceName, say: (line: string) => void): Promise<string | null> {
  try {
    await fetchJars(service, say, AbortSignal.timeout(LONGEST_FETCH_MS));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
