import type { OperatorExample } from '../../src/engine/contract/operator.ts';
import type { ParameterSpec, ParameterSpecs } from '../../src/engine/contract/parameter.ts';

/** What a person writes for a parameter of each kind. */
const KIND_WORDS: Readonly<Partial<Record<ParameterSpec['kind'], string>>> = {
  column: 'field',
  columns: 'field, or list of fields',
  named_floats: '`name: share`, several',
  strings_by_name: '`{ name: "text" }`',
  start: '`earliest`, `latest`, an instant, an offset or a list of offsets',
  strings: 'list of texts',
  ints: 'list of ints',
  floats: 'list of floats',
  words: 'list of words',
  literal: 'value',
  rule: 'rule with its arguments',
  gate: 'condition over figures of reports',
  transform: 'fitted transform',
  models: 'list of models',
  reports: 'list of reports',
  bytes: 'size, such as `64MB`',
  duration: 'duration, such as `5m`',
  stream: 'stream or table',
};

/** A table of parameters; empty where there are none. */
export function parameterTable(params: ParameterSpecs): readonly string[] {
  const rows = Object.entries(params).map(([name, spec]) => {
    const shown = spec.position === undefined ? `\`${name}:\`` : `\`${name}\` (${ordinal(spec)})`;
    return `| ${shown} | ${wantedBy(spec)} | ${presence(spec)} | ${escaped(spec.doc)} |`;
  });
  if (rows.length === 0) return [];
  return ['| parameter | value | | |', '|---|---|---|---|', ...rows, ''];
}

function ordinal(spec: ParameterSpec): string {
  const place = ['first', 'second', 'third', 'fourth'][spec.position ?? 0] ?? `${(spec.position ?? 0) + 1}th`;
  return spec.variadic ? `from the ${place} place on` : `${place} place`;
}

function wantedBy(spec: ParameterSpec): string {
  const words = spec.choices === undefined ? null : spec.choices.map(choice => `\`${choice}\``).join(', ');
  const kind = KIND_WORDS[spec.kind] ?? spec.kind;
  const types = spec.types === undefined ? '' : ` (${spec.types.join(', ')})`;
  const range = spec.min === undefined && spec.max === undefined ? '' : `, ${spec.min ?? ''}..${spec.max ?? ''}`;
  const none = spec.none ? ' or `none`' : '';
  return words === null ? `${kind}${types}${range}${none}` : `${spec.kind === 'words' ? 'of ' : ''}${words}`;
}

function presence(spec: ParameterSpec): string {
  if (spec.default !== undefined) return `default \`${String(spec.default)}\``;
  return spec.optional ? 'optional' : 'required';
}

/** Examples as code, with the rows before and after where they are given. */
export function examplesOf(examples: readonly OperatorExample[], prefix: string): readonly string[] {
  return examples.flatMap(example => {
    const before = example.setup === undefined ? [] : [example.setup];
    const lines = [`${example.title}:`, '', '```flow', ...before, `${prefix}${example.flow}`, '```', ''];
    const { input, output } = example;
    if (input === undefined || output === undefined) return lines;
    const tables = Object.entries(example.tables ?? {}).map(([name, table]) => `${name}: ${json(table.rows)}`);
    return [...lines, '```', `in:  ${json(input)}`, ...tables, `out: ${json(output)}`, '```', ''];
  });
}

const json = (rows: readonly object[]): string =>
  rows.map(row => JSON.stringify(row).replaceAll('":', '": ').replaceAll(',"', ', "')).join('  ');

export function escaped(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

export function note(source: string): string {
  return `<!-- Generated from ${source} by \`npm run gen\`. Do not edit. -->`;
}
