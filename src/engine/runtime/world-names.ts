import { realpath } from 'node:fs/promises';
import { basename, dirname, join, matchesGlob, resolve } from 'node:path';
import { OperationalError } from '../base/operational-error.ts';
import type { Catalog } from '../contract/catalog.ts';
import type { ParameterSpecs } from '../contract/parameter.ts';
import { nameFault, type WorldName } from '../contract/world-name.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';

interface Use {
  readonly kind: WorldName;
  readonly name: string;
  readonly node: PlanNode;
  readonly writes: boolean;
}

/**
 * Holds what a plan names against the world before anything is opened: topics that no log takes (R115), and files that two
 * sinks write, or that the flow reads and writes (R216), by whatever links and patterns they are named.
 */
export async function refuseWorldNames(plan: Plan, catalog: Catalog): Promise<void> {
  const uses = plan.nodes.flatMap(node => usesOf(node, catalog));
  for (const { kind, name, node } of uses) {
    const fault = kind === 'topic' ? nameFault(kind, name) : null;
    if (fault === null) continue;
    throw new OperationalError('R115', `${node.binding} names the topic ${JSON.stringify(name)}: ${fault}`, {
      operator: node.id,
      hint: 'give another name',
    });
  }
  await refuseSharedFiles(uses.filter(use => use.kind === 'file'));
}

function usesOf(node: PlanNode, catalog: Catalog): readonly Use[] {
  if (node.kind !== 'source' && node.kind !== 'sink') return [];
  const { connector, options } = node.connector;
  const writes = node.kind === 'sink';
  const specs: ParameterSpecs = (writes ? catalog.sinks : catalog.sources).get(connector)?.options ?? {};
  const named = Object.entries(specs).flatMap(([option, spec]): readonly Use[] => {
    const name = options[option];
    return spec.names === undefined || typeof name !== 'string' ? [] : [{ kind: spec.names, name, node, writes }];
  });
  if (node.kind === 'sink') {
    const more = catalog.sinks.get(connector)?.alsoWrites?.(options as never) ?? [];
    return [...named, ...more.map((name): Use => ({ kind: 'file', name, node, writes }))];
  }
  if (node.onBad.kind !== 'topic') return named;
  return [...named, { kind: 'topic', name: node.onBad.topic, node, writes: true }];
}

async function refuseSharedFiles(uses: readonly Use[]): Promise<void> {
  const written = new Map<string, Use>();
  for (const use of uses) {
    if (!use.writes) continue;
    const path = await realTarget(use.name);
    const before = written.get(path);
    if (before !== undefined) {
      throw new OperationalError('R216', `${use.node.binding} and ${before.node.binding} write one file, ${use.name}`, {
        operator: use.node.id,
        hint: 'write to another file, or join the rows by union',
      });
    }
    written.set(path, use);
  }
  for (const use of uses) {
    if (use.writes) continue;
    const [real, pattern] = [await realTarget(use.name), resolve(use.name)];
    for (const [path, sink] of written) {
      if (path !== real && !matchesGlob(path, pattern) && !matchesGlob(resolve(sink.name), pattern)) continue;
      throw new OperationalError('R216', `${sink.node.binding} writes ${sink.name}, which ${use.node.binding} reads`, {
        operator: sink.node.id,
        hint: 'write where the flow does not read',
      });
    }
  }
}

/** The file a path leads to, whether it is there or not: links of the folders it is in are followed. */
async function realTarget(path: string): Promise<string> {
  const whole = resolve(path);
  try {
    return await realpath(whole);
  } catch {
    const folder = dirname(whole);
    return folder === whole ? whole : join(await realTarget(folder), basename(whole));
  }
}
