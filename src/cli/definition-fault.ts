import type { FormatDefinition } from '../engine/contract/connector.ts';
import type { Definition } from './catalog.ts';

type Test = (value: unknown) => boolean;
type Shape = Readonly<Record<string, readonly [what: string, test: Test]>>;

const isObject: Test = value => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = ['a text', (value: unknown) => typeof value === 'string' && value !== ''] as const;
const name = [
  'a name of letters, digits and _',
  (value: unknown) => typeof value === 'string' && /^[A-Za-z_]\w*$/.test(value),
] as const;
const list = ['a list', (value: unknown) => Array.isArray(value)] as const;
const object = ['an object', isObject] as const;
const method = ['a function', (value: unknown) => typeof value === 'function'] as const;
const flag = ['true or false', (value: unknown) => typeof value === 'boolean'] as const;
const oneOf = (...words: readonly string[]) =>
  [`one of ${words.join(', ')}`, (value: unknown) => words.includes(value as string)] as const;

const OWN: Readonly<Record<Definition['kind'], Shape>> = {
  operator: { params: object, check: method, execution: object },
  source: { options: object, nature: oneOf('bounded', 'unbounded', 'log') },
  sink: {
    options: object,
    delivery: oneOf('exactly-once', 'at-least-once'),
    nature: oneOf('log', 'file', 'console', 'value'),
  },
  format: { extensions: list, options: object, accepts: method },
  learner: { params: object, multiclass: flag, step: method, merge: method, scorer: method },
};
const EXECUTIONS: Readonly<Record<string, Shape>> = {
  expressions: { lower: method },
  rows: { placement: method, create: method },
  value: { create: method },
  train: { learner: text },
  fitted: {},
  control: { run: method },
};
const SPLITS: Shape = { splits: method, open: method };
const CODERS: Shape = { decoder: method, encoder: method };
const SINKS: Readonly<Record<string, Shape>> = {
  file: { open: method },
  console: { open: method },
  value: { renderValue: method },
  log: {},
};

/**
 * What a definition from outside lacks, naming the field: what is written there may be JavaScript, or types that were not
 * checked, and would be told of much later as a fault of ours. Null where it has all.
 */
export function definitionFault(definition: Definition): string | null {
  const { kind } = definition;
  const own = faultIn(definition, { name, summary: text, examples: list, ...OWN[kind] }, '');
  if (own !== null) return own;
  if (definition.kind === 'sink') return faultIn(definition, SINKS[definition.nature], '');
  if (definition.kind === 'source') return definition.nature === 'log' ? null : faultIn(definition, SPLITS, '');
  if (definition.kind === 'format') return codersFault(definition);
  if (definition.kind !== 'operator') return null;
  const { execution } = definition;
  return (
    faultIn(execution, { mode: oneOf(...Object.keys(EXECUTIONS)) }, 'execution.') ??
    faultIn(execution, EXECUTIONS[execution.mode], 'execution.')
  );
}

function codersFault({ files, records }: FormatDefinition): string | null {
  if (files === undefined && records === undefined) {
    return '`files` is missing, and `records` too: one of them must be an object with `decoder` and `encoder`';
  }
  return (
    (files === undefined ? null : faultIn(files, CODERS, 'files.')) ??
    (records === undefined ? null : faultIn(records, CODERS, 'records.'))
  );
}

function faultIn(holder: object, shape: Shape, path: string): string | null {
  for (const [field, [what, test]] of Object.entries(shape)) {
    const value = (holder as Readonly<Record<string, unknown>>)[field];
    if (!test(value))
      return `\`${path}${field}\` ${value === undefined ? 'is missing' : 'is wrong'}: it must be ${what}`;
  }
  return null;
}
