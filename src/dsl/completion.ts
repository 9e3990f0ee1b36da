import type { AggregateDefinition, FunctionDefinition } from '../engine/contract/function.ts';
import type { ModelFunction } from '../engine/contract/operator.ts';
import type { ParameterSpec, ParameterSpecs } from '../engine/contract/parameter.ts';
import type { Field } from '../engine/contract/types.ts';
import type { BindingType } from '../engine/contract/value.ts';
import { describeBinding, type Port } from './bindings.ts';
import { describeType } from './types.ts';

/** One thing that may be written at a place. */
export interface Completion {
  readonly label: string;
  readonly kind: CompletionKind;
  /** What is put in place of the word being typed. */
  readonly insert: string;
  /** Its signature or type. */
  readonly detail: string;
  readonly doc: string;
}
export type CompletionKind =
  | 'stage'
  | 'parameter'
  | 'rule'
  | 'function'
  | 'aggregate'
  | 'column'
  | 'binding'
  | 'part'
  | 'connector'
  | 'format'
  | 'option'
  | 'choice'
  | 'keyword'
  | 'annotation'
  | 'type';

export function plain(kind: CompletionKind, label: string, detail: string, doc: string): Completion {
  return { label, kind, insert: label, detail, doc };
}

/** `join right, on: columns, kind?: left | inner` */
export function signatureOf(name: string, params: ParameterSpecs): string {
  const shown = Object.entries(params).map(([param, spec]) => argumentText(param, spec));
  return shown.length === 0 ? name : `${name} ${shown.join(', ')}`;
}
/** `onehot(min_count: int)` */
function callOf(name: string, params: ParameterSpecs): string {
  const shown = Object.entries(params).map(([param, spec]) => argumentText(param, spec));
  return shown.length === 0 ? name : `${name}(${shown.join(', ')})`;
}

function argumentText(name: string, spec: ParameterSpec): string {
  if (spec.kind === 'named_floats') return 'name: float …';
  const mark = spec.optional || spec.default !== undefined ? '?' : '';
  return spec.position === undefined ? `${name}${mark}: ${kindText(spec)}` : `${name}${mark}`;
}

function kindText(spec: ParameterSpec): string {
  return spec.choices === undefined ? spec.kind : spec.choices.join(' | ');
}

/** What an argument must be: `int 1..100 = 20`. */
function specText(spec: ParameterSpec): string {
  const { min, max } = spec;
  const range = min === undefined && max === undefined ? '' : ` ${min ?? ''}..${max ?? ''}`;
  const types = spec.types === undefined ? '' : ` of ${spec.types.join(' or ')}`;
  const otherwise =
    spec.default !== undefined ? ` = ${JSON.stringify(spec.default)}` : spec.optional ? ', may be left out' : '';
  return `${kindText(spec)}${types}${range}${otherwise}`;
}

export function named(kind: 'parameter' | 'option', name: string, spec: ParameterSpec): Completion {
  return { label: name, kind, insert: `${name}: `, detail: specText(spec), doc: spec.doc };
}

/** A rule, learner or connector: a bare word where it needs no arguments. */
export function callable(
  kind: 'rule' | 'connector',
  name: string,
  params: ParameterSpecs,
  summary: string,
  always = kind === 'connector',
): Completion {
  const needs = Object.values(params).some(spec => !spec.optional && spec.default === undefined);
  const open = (always && Object.keys(params).length > 0) || needs;
  return { label: name, kind, insert: open ? `${name}(` : name, detail: callOf(name, params), doc: summary };
}

export function functionItem(definition: FunctionDefinition): Completion {
  const { name, parameters, examples, summary } = definition;
  const detail = parameters === undefined ? (examples[0]?.call ?? `${name}(…)`) : `${name}(${parameters.join(', ')})`;
  return { label: name, kind: 'function', insert: `${name}(`, detail, doc: summary };
}

export function modelFunctionItem(name: string, fn: ModelFunction): Completion {
  const args = ['model', ...fn.args.map(arg => `${arg.name}: ${describeType(arg.type)}`)];
  const detail = `${name}(${args.join(', ')}): ${describeType(fn.gives.type, fn.gives.nullable)}`;
  return { label: name, kind: 'function', insert: `${name}(`, detail, doc: fn.summary };
}

export function aggregateItem({ name, examples, summary }: AggregateDefinition): Completion {
  return {
    label: name,
    kind: 'aggregate',
    insert: `${name}(`,
    detail: examples[0]?.call ?? `${name}(…)`,
    doc: summary,
  };
}

export function columnItem(field: Field, label = field.name): Completion {
  const marks = (['entity', 'phi', 'label', 'id'] as const).filter(mark => field[mark]).map(mark => ` @${mark}`);
  const unit = field.unit === undefined ? '' : ` in ${field.unit}`;
  return plain('column', label, `${describeType(field.type, field.nullable)}${unit}${marks.join('')}`, '');
}

export function typeOfPort(port: Port): string {
  return port.type === null ? 'not known' : typeOfBinding(port.type);
}
function typeOfBinding(type: BindingType): string {
  switch (type.kind) {
    case 'rows': {
      const count = type.schema.fields.filter(field => field.hidden !== true).length;
      return `rows of ${count} field${count === 1 ? '' : 's'}${type.bounded ? '' : ', without end'}`;
    }
    case 'transform':
      return `a fitted transform to ${type.features.length} features`;
    case 'model':
      return `a model of ${describeType(type.predicts)}`;
    case 'report':
      return `a report of ${type.metrics.join(', ')}`;
    default:
      return describeBinding(type);
  }
}

/** What begins as the word typed does, each once. */
export function matching(found: readonly Completion[], word: string): readonly Completion[] {
  const typed = word.toLowerCase();
  const seen = new Set<string>();
  return found.filter(({ label, kind }) => {
    const key = `${kind} ${label}`;
    if (!label.toLowerCase().startsWith(typed) || seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
