import type { Catalog } from '../../src/engine/contract/catalog.ts';
import type { AggregateDefinition, FunctionDefinition } from '../../src/engine/contract/function.ts';
import { escaped, examplesOf, note, parameterTable } from './describe-params.ts';

/** `src/connectors/REFERENCE.md`. */
export function connectorReference({ sources, sinks, formats }: Catalog): string {
  return [
    note('the definitions in src/connectors'),
    '# Connectors and formats',
    '',
    '## Sources',
    '',
    ...[...sources.values()].flatMap(({ name, summary, nature, options, examples }) => [
      `### source: ${name}`,
      '',
      summary,
      '',
      nature === 'bounded' ? '*Its rows end.*' : '*Its rows never end.*',
      '',
      ...parameterTable(options),
      ...examplesOf(examples, 'source s = '),
    ]),
    '## Sinks',
    '',
    ...[...sinks.values()].flatMap(({ name, summary, delivery, options, examples }) => [
      `### sink: ${name}`,
      '',
      summary,
      '',
      `*Delivery: ${delivery}.*`,
      '',
      ...parameterTable(options),
      ...examplesOf(examples, '| '),
    ]),
    '## Formats',
    '',
    ...[...formats.values()].flatMap(({ name, summary, extensions, options, examples }) => [
      `### format: ${name}`,
      '',
      summary,
      '',
      ...(extensions.length === 0
        ? []
        : [`*Files that end in ${extensions.map(end => `\`${end}\``).join(', ')}.*`, '']),
      ...parameterTable(options),
      ...examplesOf(examples, ''),
    ]),
  ].join('\n');
}

/** `src/learners/REFERENCE.md`. */
export function learnerReference({ learners }: Catalog): string {
  return [
    note('the definitions in src/learners'),
    '# Learners',
    '',
    ...[...learners.values()].flatMap(({ name, summary, details, multiclass, params, examples }) => [
      `## ${name}`,
      '',
      summary,
      '',
      ...(details === undefined ? [] : [details, '']),
      multiclass ? '*Two classes or more.*' : '*Two classes.*',
      '',
      ...parameterTable(params),
      ...examplesOf(examples, '| '),
    ]),
  ].join('\n');
}

/** `docs/functions.md`. */
export function functionReference({ functions, aggregates }: Catalog): string {
  const sorted = <T extends { readonly name: string }>(all: Iterable<T>) =>
    [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
  return [
    note('the definitions in src/engine/columnar'),
    '# Functions',
    '',
    'Nulls pass through unless a function says otherwise. `it` is the element in the body of a list function.',
    '',
    ...functionTable(sorted(functions.values())),
    '# Aggregates',
    '',
    'Over the rows of a group; nulls are skipped. What is marked *bounded* needs every value of a group.',
    '',
    ...aggregateTable(sorted(aggregates.values())),
  ].join('\n');
}

function functionTable(all: readonly FunctionDefinition[]): readonly string[] {
  const rows = all.map(({ name, sign, summary, examples }) => {
    const shown = examples.map(({ call, gives }) => `\`${call}\` = \`${JSON.stringify(gives)}\``).join(', ');
    return `| \`${escaped(sign ?? name)}\` | ${escaped(summary)} | ${escaped(shown)} |`;
  });
  return ['| function | | example |', '|---|---|---|', ...rows, ''];
}

function aggregateTable(all: readonly AggregateDefinition[]): readonly string[] {
  const rows = all.map(({ name, summary, examples, running }) => {
    const shown = examples.map(
      ({ call, of, gives }) =>
        `\`${call}\` of ${of.map(value => JSON.stringify(value)).join(', ')} = \`${JSON.stringify(gives)}\``,
    );
    const bounded = running === undefined ? ' *bounded*' : '';
    return `| \`${name}\` | ${escaped(summary)}${bounded} | ${escaped(shown.join('; '))} |`;
  });
  return ['| aggregate | | example |', '|---|---|---|', ...rows, ''];
}
