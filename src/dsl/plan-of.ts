import type { Json } from '../engine/base/json.ts';
import { sha256 } from '../engine/base/sha256.ts';
import { expandStages } from '../engine/plan/expand-stages.ts';
import type { Plan, PlanNode } from '../engine/plan/plan.ts';
import type { FlowContext } from './flow-context.ts';
import { parameterValue } from './flow-params.ts';

/** The plan of everything the roots need, inputs before their readers. */
export function planOf(
  context: FlowContext,
  roots: readonly string[],
  sources: ReadonlyMap<string, string>,
): Plan | null {
  const { flow } = context.main.file;
  if (flow === null) return null;
  const nodes: PlanNode[] = [];
  const done = new Set<string>();
  const visit = (id: string): void => {
    if (done.has(id)) return;
    done.add(id);
    const node = context.nodes.get(id);
    if (node === undefined) return;
    for (const input of inputsOf(node)) visit(input);
    nodes.push(node);
  };
  for (const root of roots) visit(root);
  const { text } = context.main.file;
  const others = [...sources].filter(([path]) => path !== context.main.path).map(([, each]) => each);
  return {
    format: 1,
    flow: { name: flow.name.text, version: flow.version },
    textHash: sha256({ texts: [text, ...others] }),
    text,
    params: paramsOf(context),
    nodes: asJson(expandStages(nodes, context.catalog)),
  };
}

function inputsOf(node: PlanNode): readonly string[] {
  switch (node.kind) {
    case 'source':
    case 'registry':
      return [];
    case 'sink':
      return [node.input.node];
    case 'stage':
      return [node.input.node, ...Object.values(node.sides).flatMap(refs => refs.map(ref => ref.node))];
  }
}

/** As it would come back from a file: no undefined members, no shared parts. */
function asJson(nodes: readonly PlanNode[]): readonly PlanNode[] {
  return JSON.parse(JSON.stringify(nodes)) as readonly PlanNode[];
}

function paramsOf(context: FlowContext): Readonly<Record<string, Json>> {
  const params: Record<string, Json> = {};
  for (const [name, declaration] of context.main.declarations) {
    if (declaration.kind !== 'param' || !name.startsWith('$')) continue;
    const constant = parameterValue(declaration, context);
    if (constant !== null && constant.secret === undefined) params[declaration.name] = constant.value;
  }
  return params;
}
