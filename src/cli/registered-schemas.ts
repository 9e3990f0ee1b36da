import { askRegistries } from '../connectors/schema-registry/ask-registry.ts';
import type { CompileHost } from '../dsl/compile.ts';
import { askedSchemas } from '../dsl/compile-flow.ts';
import { parseOnce } from '../dsl/parse-once.ts';
import type { Millis } from '../engine/base/units.ts';
import type { RecordWorld } from '../engine/contract/connector.ts';
import { askKey } from '../engine/contract/registered-schema.ts';

/** So long a registry is asked again that does not answer: somebody waits for it before anything runs. */
const PATIENCE: Millis = 10_000;

/**
 * The compiler's view of the world, with what the flow asks of schema registries answered. This is done once by whoever compiles a
 * flow; workers get its plan. The files that were parsed for it are not parsed again.
 */
export async function withRegisteredSchemas(
  path: string,
  bare: CompileHost,
  world: Omit<RecordWorld, 'env'>,
  patience: Millis = PATIENCE,
): Promise<CompileHost> {
  const host = { ...bare, parse: parseOnce() };
  const asks = askedSchemas(path, host);
  if (asks.length === 0) return host;
  const answers = await askRegistries(asks, { ...world, env: name => host.env(name) }, patience);
  return { ...host, registered: ask => answers.get(askKey(ask)) };
}
