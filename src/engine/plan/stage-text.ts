import type { Catalog } from '../contract/catalog.ts';
import type { Expression } from '../contract/expression.ts';
import type { OperatorDefinition } from '../contract/operator.ts';
import type {
  BlockSpec,
  BlockValues,
  ConnectorCall,
  ParameterSpec,
  ParameterSpecs,
  RuleCall,
} from '../contract/parameter.ts';
import { assignedValue, expressionText } from './expression-text.ts';

/** What a stage is given: values by parameter, and bindings, told by their names. */
export interface StageArguments {
  readonly params: Readonly<Record<string, unknown>>;
  readonly sides: Readonly<Record<string, readonly string[]>>;
}

/**
 * A stage as a user would write it: `aggregate by: ward { visits = count() }`, in one piece or, where it is longer than `width`,
 * its block entry by entry. What is left out or the default is not told.
 */
export function stageLines(op: string, given: StageArguments, catalog: Catalog, width: number): readonly string[] {
  const definition = catalog.operators.get(op);
  const args = argumentTexts(given, definition?.params ?? {}, catalog);
  const entries = blockTexts(definition, given.params['block']);
  const head = `${op} ${args.join(', ')}`.trimEnd();
  if (entries.length === 0) return [head];
  const line = `${head} { ${entries.join(', ')} }`;
  return line.length <= width ? [line] : [`${head} {`, ...entries.map(entry => `  ${entry}`), '}'];
}

/** `file("visits.csv")`, `generate(900, seed: 11)` */
export function connectorText({ connector, options }: ConnectorCall, catalog: Catalog): string {
  const specs = (catalog.sources.get(connector) ?? catalog.sinks.get(connector))?.options ?? {};
  return `${connector}(${argumentTexts({ params: options, sides: {} }, specs, catalog).join(', ')})`;
}

/** By place first, then by name. */
function argumentTexts({ params, sides }: StageArguments, specs: ParameterSpecs, catalog: Catalog): string[] {
  const known = Object.entries(specs);
  const placed = known.filter(([, spec]) => spec.position !== undefined);
  placed.sort(([, a], [, b]) => (a.position ?? 0) - (b.position ?? 0));
  const named = known.filter(([, spec]) => spec.position === undefined);
  const texts: string[] = [];
  const later: string[] = [];
  for (const [name, spec] of [...placed, ...named]) {
    const value = spec.kind === 'gate' ? params[name] : (sides[name] ?? params[name]);
    if (value === undefined || value === null || isDefault(value, spec)) continue;
    const text = argumentText(value, spec, catalog);
    texts.push(spec.position !== undefined || spec.kind === 'named_floats' ? text : `${name}: ${text}`);
    // A learner's own settings stand beside those of the stage.
    const rule = spec.kind === 'rule' ? (value as unknown as RuleCall) : null;
    if (rule !== null) later.push(...settingTexts(rule, catalog.learners.get(rule.rule)?.params));
  }
  return [...texts, ...later];
}

function isDefault(value: unknown, spec: ParameterSpec): boolean {
  return spec.default !== undefined && JSON.stringify(value) === JSON.stringify(spec.default);
}

function argumentText(value: unknown, spec: ParameterSpec, catalog: Catalog): string {
  switch (spec.kind) {
    case 'expression':
    case 'gate':
      return expressionText(value as Expression);
    case 'column':
    case 'choice':
      return String(value);
    case 'columns':
    case 'models':
    case 'reports':
      return namesText(value as readonly string[], spec);
    case 'stream':
    case 'transform':
    case 'model':
    case 'report':
      return (value as readonly string[]).join(', ');
    case 'words':
      return `[${(value as readonly string[]).join(', ')}]`;
    case 'named_floats':
      return (value as readonly { name: string; value: number }[])
        .map(part => `${part.name}: ${part.value}`)
        .join(', ');
    case 'rule':
      return (value as RuleCall).rule;
    case 'pipeline':
      return (value as { readonly name: string }).name;
    case 'connector':
      return connectorText(value as ConnectorCall, catalog);
    default:
      return plainText(value);
  }
}

function namesText(names: readonly string[], spec: ParameterSpec): string {
  if (names.length === 0) return spec.none === true ? 'none' : '[]';
  if (spec.variadic === true || (names.length === 1 && spec.kind === 'columns')) return names.join(', ');
  return `[${names.join(', ')}]`;
}

/** By name, those of a rule or learner too that have a place. */
function settingTexts({ params }: RuleCall, specs: ParameterSpecs | undefined): string[] {
  return Object.entries(params)
    .filter(([name, value]) => value !== null && !(specs?.[name] !== undefined && isDefault(value, specs[name])))
    .map(([name, value]) => `${name}: ${plainText(value)}`);
}

function blockTexts(definition: OperatorDefinition | undefined, block: unknown): readonly string[] {
  if (definition?.block === undefined) return [];
  const { kind } = definition.block;
  return ((block ?? []) as readonly unknown[]).map(entry => entryText(kind, entry, definition));
}

function entryText(kind: BlockSpec['kind'], entry: unknown, definition: OperatorDefinition): string {
  switch (kind) {
    case 'assignments':
    case 'aggregates': {
      const assignment = entry as BlockValues['assignments'][number];
      return assigned(assignment.name, expressionText(assignedValue(assignment) as Expression));
    }
    case 'rules': {
      const { columns, rule } = entry as BlockValues['rules'][number];
      const settings = settingTexts(rule, definition.rules?.find(one => one.name === rule.rule)?.params);
      const names = columns.length === 1 ? columns[0] : `[${columns.join(', ')}]`;
      return `${names} = ${rule.rule}${settings.length === 0 ? '' : `(${settings.join(', ')})`}`;
    }
    case 'fields': {
      const { name, from } = entry as BlockValues['fields'][number];
      return assigned(name, from);
    }
    case 'outputs': {
      const { name, output, args } = entry as BlockValues['outputs'][number];
      return `${name} = ${output}${args.length === 0 ? '' : `(${args.map(plainText).join(', ')})`}`;
    }
  }
}

/** A field taken over is told by its name alone. */
const assigned = (name: string, text: string): string => (name === text ? name : `${name} = ${text}`);

function plainText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plainText).join(', ')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).map(([name, member]) => `${name}: ${plainText(member)}`);
  return `{ ${members.join(', ')} }`;
}
