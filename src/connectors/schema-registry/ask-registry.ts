import { OperationalError } from '../../engine/base/operational-error.ts';
import type { Millis } from '../../engine/base/units.ts';
import type { RecordWorld } from '../../engine/contract/connector.ts';
import { askKey, type SchemaAnswer, type SchemaAsk } from '../../engine/contract/registered-schema.ts';
import { registeredSchema } from './registered-schema.ts';
import { SchemaRegistry } from './registry-client.ts';
import { SchemaDamage } from './unreadable-schema.ts';

/** So long an answer may take that nobody wants to wait for. */
const SOON: Millis = 2_000;
const ADDRESS = 'Write `url: "http://…"` beside the version, or set WEIR_SCHEMA_REGISTRY.';

/**
 * The schemas that a flow asks for, by `askKey`. What is wrong is an answer too: nothing is thrown but what is a bug. `patience`: how
 * long a registry is asked again that does not answer; 0: it is asked once, and waited for shortly.
 */
export async function askRegistries(
  asks: readonly SchemaAsk[],
  world: RecordWorld,
  patience: Millis,
): Promise<ReadonlyMap<string, SchemaAnswer>> {
  const answers = new Map<string, SchemaAnswer>();
  /** Who did not answer is not waited for again. */
  const silent = new Map<string, SchemaAnswer>();
  for (const ask of asks) {
    const key = askKey(ask);
    if (answers.has(key)) continue;
    const registry = askKey({ ...ask, subject: '', version: null });
    const answer = silent.get(registry) ?? (await answered(ask, world, patience));
    if (answer.kind === 'away' && ask.version !== null) silent.set(registry, answer);
    answers.set(key, answer);
  }
  return answers;
}

async function answered(ask: SchemaAsk, world: RecordWorld, patience: Millis): Promise<SchemaAnswer> {
  const { subject, version, url } = ask;
  // The latest is only for a hint.
  const isUrgent = patience === 0 || version === null;
  const options = {
    registry: url,
    // Where secrets are to be had from: as the options of formats are held in a plan.
    user: ask.user as string | undefined,
    password: ask.password as string | undefined,
    registry_wait: isUrgent ? 0 : patience,
    ...(isUrgent ? { timeout: SOON } : {}),
  };
  try {
    const registry = new SchemaRegistry(options, world);
    if (version === null) return { kind: 'unpinned', latest: await registry.latestVersion(subject) };
    const text = await registry.version(subject, version);
    if (text === null) return { kind: 'missing', latest: await registry.latestVersion(subject) };
    return { kind: 'schema', schema: await registeredSchema(text, (name, at) => registry.version(name, at)) };
  } catch (error) {
    if (error instanceof SchemaDamage) return { kind: 'unreadable', why: error.message };
    if (!(error instanceof OperationalError)) throw error;
    const hint = error.code === 'R151' ? ADDRESS : sentence(error.hint ?? '');
    return { kind: error.code === 'R156' ? 'refused' : 'away', why: error.message, hint };
  }
}

/** As hints of the compiler are written. */
function sentence(hint: string): string {
  return hint === '' ? '' : `${hint[0].toUpperCase()}${hint.slice(1)}.`;
}
