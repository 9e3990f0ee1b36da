import type { TableArtifact, ValueArtifact } from '../contract/artifact.ts';
import type { JobContext } from './job-context.ts';

type Context = Pick<JobContext, 'host' | 'fresh' | 'tell'>;

/** The value an earlier run made; null where there is none, or where `fresh` has taken it away. */
export async function earlierValue(context: Context, job: string, key: string): Promise<ValueArtifact | null> {
  if (await takenAway(context, job, [key])) return null;
  return context.host.artifacts.value(key);
}

/** The tables an earlier run made; null where one is missing, or where `fresh` has taken them away. */
export async function earlierTables(
  context: Context,
  job: string,
  keys: readonly string[],
): Promise<readonly TableArtifact[] | null> {
  if (await takenAway(context, job, keys)) return null;
  const tables: TableArtifact[] = [];
  for (const key of keys) {
    const table = await context.host.artifacts.table(key);
    if (table === null) return null;
    tables.push(table);
  }
  return tables;
}

async function takenAway({ host, fresh, tell }: Context, job: string, keys: readonly string[]): Promise<boolean> {
  if (!fresh) return false;
  let were = false;
  for (const key of keys) were = (await host.artifacts.remove(key)) || were;
  if (were) tell({ event: 'job', job, state: 'replacing' });
  return true;
}
