import { posix } from 'node:path';
import { builtinCatalog } from '../../src/cli/catalog.ts';
import type { Compiled, CompileHost } from '../../src/dsl/compile.ts';
import { compileFlow } from '../../src/dsl/compile-flow.ts';
import type { Schema } from '../../src/engine/contract/types.ts';
import { typeText } from '../../src/engine/contract/types.ts';
import type { Plan, StageNode } from '../../src/engine/plan/plan.ts';

const CATALOG = builtinCatalog();

export interface Around {
  readonly files?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>> | null;
  readonly only?: string;
  readonly model?: CompileHost['model'];
}

/** Compiles a text as `main.flow`, beside other files by name. */
export function compileText(text: string, around: Around = {}): Compiled {
  const files: Readonly<Record<string, string>> = { ...around.files, 'main.flow': text };
  const host: CompileHost = {
    read: path => (Object.hasOwn(files, path) ? (files[path] ?? null) : null),
    resolve: (from, relative) => posix.join(posix.dirname(from), relative),
    env: () => undefined,
    ...(around.model === undefined ? {} : { model: around.model }),
  };
  return compileFlow({
    path: 'main.flow',
    catalog: CATALOG,
    host,
    params: around.params === undefined ? {} : around.params,
    ...(around.only === undefined ? {} : { only: around.only }),
  });
}

/** `E201 3:14` for each. */
export function said(compiled: Compiled): readonly string[] {
  return compiled.diagnostics.map(({ code, span }) => `${code} ${span.line}:${span.column}`);
}

/** The plan of a flow that must be right. */
export function planOfText(text: string, around: Around = {}): Plan {
  const compiled = compileText(text, around);
  const errors = compiled.diagnostics.filter(each => each.severity === 'error');
  if (errors.length > 0 || compiled.plan === null) {
    throw new Error(
      errors.map(each => `${each.code} ${each.span.line}:${each.span.column} ${each.message}`).join('\n'),
    );
  }
  return compiled.plan;
}

export function stage(plan: Plan, id: string): StageNode {
  const node = plan.nodes.find(each => each.id === id);
  if (node?.kind !== 'stage') throw new Error(`no stage ${id} among ${plan.nodes.map(each => each.id).join(', ')}`);
  return node;
}

/** `id: int, p: float?` of a node's port. */
export function fields(plan: Plan, id: string, port = 'out'): string {
  const type = plan.nodes.find(each => each.id === id)?.ports[port];
  return type?.kind === 'rows' ? schemaText(type.schema) : `no rows at ${id}.${port}`;
}

export function schemaText(schema: Schema): string {
  return schema.fields.map(field => `${field.name}: ${typeText(field.type, field.nullable)}`).join(', ');
}

export const VISITS = `
schema Visit {
  id: int @id, patient: string @entity @phi, name: string? @phi, ward: string, age: int in 0..120
  sex: enum("F", "M"), hr: float? @unit("/min"), temp: float? @unit("Cel"), stay: int @unit("d"), at: timestamp, soon: bool @label
}
source visits = file("visits.csv") { schema: Visit, on_bad: fail }
`;
