import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';
import { isFetched } from '../../scripts/services/fetch-jars.ts';
import { missingJava } from '../../scripts/services/programs.ts';
import { type SchemaRegistry, startRegistry } from '../../scripts/services/registry.ts';

const START_MS = 200_000;

/** Why tests against a real schema registry are not run here; null where they are. */
export function registrySkipReason(): string | null {
  return isFetched('registry')
    ? missingJava()
    : 'the schema registry is not fetched; run npm run services -- up registry once';
}

/** A registry of the suite's own, schemas in memory: started before its first test, gone after its last. */
export function registryForTests(): () => SchemaRegistry {
  let folder: string | null = null;
  let registry: SchemaRegistry | null = null;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weir-registry-'));
    registry = await startRegistry({ dir: folder });
  }, START_MS);
  afterAll(async () => {
    await registry?.stop(0);
    if (folder !== null) await rm(folder, { recursive: true, force: true });
  });
  return () => {
    if (registry === null) throw new Error('the registry is there within tests and hooks alone');
    return registry;
  };
}
