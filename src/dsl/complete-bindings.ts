import type { BindingType } from '../engine/contract/value.ts';
import type { Port } from './bindings.ts';
import { type Around, bindingOf, declared } from './complete-around.ts';
import { type Completion, plain, typeOfPort } from './completion.ts';
import type { FlowContext } from './flow-context.ts';
import { registryPort } from './models.ts';
import type { Declaration } from './modules.ts';

type Kinds = readonly BindingType['kind'][];

/** Which bindings a parameter of a kind takes. */
export const BINDINGS_OF: Readonly<Record<string, Kinds>> = {
  stream: ['rows'],
  transform: ['transform'],
  model: ['model'],
  models: ['model'],
  report: ['report'],
  reports: ['report'],
  gate: ['report'],
};

/** Every stream, model or other value of these kinds, parts with their binding's name. `own` is the one being declared. */
export function bindingItems(around: Around, kinds: Kinds, own: string | null): readonly Completion[] {
  const { context } = around;
  const found: Completion[] = [];
  for (const declaration of declared(context.main, ['source', 'table', 'model', 'let'])) {
    if (declaration.name === own || declaration.imported !== undefined) continue;
    for (const [part, port] of portsOf(declaration, context)) {
      // A part of what is not known may be anything.
      if (port.type !== null && !kinds.includes(port.type.kind)) continue;
      const label = part === 'out' ? declaration.name : `${declaration.name}.${part}`;
      found.push(plain('binding', label, typeOfPort(port), declaration.statement.doc ?? ''));
    }
  }
  for (const param of kinds.includes('rows') ? around.params : []) {
    if (context.main.declarations.get(param.type.name.text)?.kind === 'schema') {
      found.push(plain('binding', `$${param.name.text}`, `rows of ${param.type.name.text}`, ''));
    }
  }
  return found;
}

export function pipelineItems({ context }: Around, own: string | null): readonly Completion[] {
  return declared(context.main, ['pipeline', 'unknown'])
    .filter(each => each.kind === 'pipeline' && each.name !== own)
    .map(each => plain('binding', each.name, 'a pipeline', each.statement.doc ?? ''));
}

export function schemaItems({ context }: Around): readonly Completion[] {
  return declared(context.main, ['schema']).map(each => {
    const members = each.statement.kind === 'schema' ? each.statement.members : [];
    const detail = members === null ? 'a schema of a registry' : `a schema of ${members.length} members`;
    return plain('type', each.name, detail, each.statement.doc ?? '');
  });
}

/** What may follow `name.`: ports of a binding, figures of a report. */
export function partItems(name: string, { context }: Around): readonly Completion[] {
  const declaration = context.main.declarations.get(name);
  if (declaration === undefined) return [];
  const ports = portsOf(declaration, context);
  const items = [...ports]
    .filter(([part]) => part !== 'out')
    .map(([part, port]) => plain('part', part, typeOfPort(port), ''));
  const type = ports.get('out')?.type;
  if (type?.kind !== 'report') return items;
  const figures = type.metrics.flatMap(metric => [metric, `${metric}_low`, `${metric}_high`]);
  return [...items, ...figures.map(figure => plain('part', figure, 'float', `of the report \`${name}\``))];
}

function portsOf(declaration: Declaration, context: FlowContext): ReadonlyMap<string, Port> {
  const binding = bindingOf(declaration, context);
  if (binding?.kind === 'ports') {
    return new Map([...binding.ports].map(([part, port]) => [part, isMade(port) ? port : { ...port, type: null }]));
  }
  if (binding?.kind !== 'registry') return new Map();
  try {
    return new Map([['out', registryPort(declaration, null, context)]]);
  } catch {
    return new Map();
  }
}

/** `$name` of the flow and of the pipeline the place is in; only those whose type begins with one of `types`, where given. */
export function parameterItems({ context, params }: Around, types?: readonly string[]): readonly Completion[] {
  const flow = declared(context.main, ['param']).map(({ name, statement }) =>
    plain('parameter', `$${name}`, typeTextOf(statement, context), statement.doc ?? ''),
  );
  const own = params.map(param => plain('parameter', `$${param.name.text}`, param.type.name.text, ''));
  return [...own, ...flow].filter(({ detail }) => types?.includes(/^\w*/.exec(detail)?.[0] ?? '') ?? true);
}

function typeTextOf(statement: Declaration['statement'], context: FlowContext): string {
  return statement.kind === 'param' ? context.reporter.textOf(statement.type.span) : '';
}

/** What an operator's check gives for arguments that are half written may be half a type. */
function isMade({ type }: Port): boolean {
  const given: Readonly<Record<string, unknown>> = { ...type };
  switch (type?.kind) {
    case 'report':
      return Array.isArray(given['metrics']);
    case 'model':
      return given['predicts'] !== undefined;
    case 'transform':
      return Array.isArray(given['features']);
    default:
      return true;
  }
}
