import { builtinCatalog, type Definition } from '../../src/cli/catalog.ts';
import { compileFlow } from '../../src/dsl/compile-flow.ts';
import type { Diagnostic } from '../../src/engine/contract/diagnostic.ts';
import type { OperatorExample } from '../../src/engine/contract/operator.ts';
import type { Schema } from '../../src/engine/contract/types.ts';
import type { Plan, StageNode } from '../../src/engine/plan/plan.ts';

export interface CompiledStage {
  readonly node: StageNode;
  readonly plan: Plan;
  readonly input: Schema;
  /** Schemas of the tables it names. */
  readonly tables: Readonly<Record<string, Schema>>;
}

type StageText = Pick<OperatorExample, 'flow' | 'from' | 'schema' | 'setup' | 'tables'>;

/** A flow of one stage over `rows`: from a file, or endless, from a topic. */
export function flowOfStage({ flow, from, schema, setup, tables }: StageText, endless = false): string {
  const source = (name: string, fields: string, unbounded: boolean) =>
    `schema S_${name} { ${fields} }\nsource ${name} = ${unbounded ? `topic("${name}")` : `file("${name}.json")`} { format: json, schema: S_${name}, on_bad: fail }\n`;
  return [
    'flow example v1\n',
    source('rows', schema ?? 'id: int', endless),
    ...Object.entries(tables ?? {}).map(([name, table]) => source(name, table.schema, false)),
    setup === undefined ? '' : `${setup}\n`,
    `let out = ${from ?? 'rows'} | ${flow}\n`,
  ].join('');
}

export function compileText(
  text: string,
  extra: readonly Definition[] = [],
  only: string | null = 'out',
): { readonly plan: Plan | null; readonly diagnostics: readonly Diagnostic[] } {
  return compileFlow({
    path: 'example.flow',
    catalog: builtinCatalog(extra),
    host: {
      read: path => (path === 'example.flow' ? text : null),
      resolve: (_, relative) => relative,
      env: () => undefined,
    },
    params: null,
    ...(only === null ? {} : { only }),
  });
}

/** Compiles one stage; throws with the diagnostics where it is wrong. */
export function compileStage(stage: StageText, options: { endless?: boolean; extra?: readonly Definition[] } = {}) {
  const text = flowOfStage(stage, options.endless);
  const { plan, diagnostics } = compileText(text, options.extra);
  const wrong = diagnostics.filter(one => one.severity === 'error');
  if (plan === null || wrong.length > 0) {
    throw new Error(`${text}\n${wrong.map(one => `${one.code} ${one.message}`).join('\n')}`);
  }
  const node = plan.nodes.find(one => one.id === 'out');
  if (node?.kind !== 'stage') throw new Error('the flow has no stage out');
  const schemaOf = (id: string): Schema => {
    const found = plan.nodes.find(one => one.id === id);
    const type = found?.ports['out'];
    if (type?.kind !== 'rows') throw new Error(`${id} gives no rows`);
    return type.schema;
  };
  const tables = Object.fromEntries(Object.keys(stage.tables ?? {}).map(name => [name, schemaOf(name)]));
  return { node, plan, input: schemaOf(node.input.node), tables } satisfies CompiledStage;
}
