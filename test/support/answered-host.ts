import { registeredSchema } from '../../src/connectors/schema-registry/registered-schema.ts';
import type { CompileHost } from '../../src/dsl/compile.ts';
import { askedSchemas } from '../../src/dsl/compile-flow.ts';
import { askKey, type SchemaAnswer } from '../../src/engine/contract/registered-schema.ts';
import { SUBJECTS } from './registered-subjects.ts';

/** With what `SUBJECTS` has of what the flow asks for; nothing is asked over a network. */
export async function answeredHost(path: string, host: CompileHost): Promise<CompileHost> {
  const answers = new Map<string, SchemaAnswer>();
  for (const ask of askedSchemas(path, host)) {
    const versions = SUBJECTS[ask.subject];
    const text = typeof versions === 'object' ? versions[(ask.version ?? 0) - 1] : undefined;
    if (text === undefined) continue;
    answers.set(askKey(ask), { kind: 'schema', schema: await registeredSchema(text, async () => null) });
  }
  return { ...host, registered: ask => answers.get(askKey(ask)) };
}
