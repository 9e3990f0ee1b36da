import type { OperatorDefinition, RuleDefinition } from '../../src/engine/contract/operator.ts';
import { escaped, examplesOf, note, parameterTable } from './describe-params.ts';

/** `src/operators/REFERENCE.md`. */
export function operatorReference(operators: Iterable<OperatorDefinition>): string {
  const all = [...operators];
  const index = all.map(({ name, summary }) => `| [\`${name}\`](#${name}) | ${escaped(summary)} |`);
  return [
    note('the definitions in src/operators'),
    '# Stages',
    '',
    '| stage | |',
    '|---|---|',
    ...index,
    '',
    ...all.flatMap(operatorSection),
  ].join('\n');
}

function operatorSection(operator: OperatorDefinition): readonly string[] {
  const { name, summary, details, params, block, rules, modelFunctions } = operator;
  return [
    `## ${name}`,
    '',
    summary,
    '',
    ...(details === undefined ? [] : [details, '']),
    ...facts(operator),
    ...parameterTable(params),
    ...(block === undefined ? [] : [`Block: ${block.doc}`, '']),
    ...(block?.kind === 'outputs'
      ? [...Object.entries(block.outputs).map(([output, { doc }]) => `- \`${output}\`: ${doc}`), '']
      : []),
    ...Object.entries(modelFunctions ?? {}).flatMap(([fn, { summary: what, args }]) => [
      `- \`${fn}(model${args.map(arg => `, ${arg.name}`).join('')})\`: ${what}`,
    ]),
    ...(modelFunctions === undefined ? [] : ['']),
    ...examplesOf(operator.examples, '| '),
    ...(rules ?? []).flatMap(ruleSection),
  ];
}

function facts({ takes, boundedOnly, execution }: OperatorDefinition): readonly string[] {
  const lines = [
    ...(takes === undefined ? [] : [`Takes a ${takes.join(', a ')}.`]),
    ...(boundedOnly ? ['Rows must end.'] : []),
    ...(execution.mode === 'fitted' ? ['Stands in a pipeline that is fitted.'] : []),
  ];
  return lines.length === 0 ? [] : [`*${lines.join(' ')}*`, ''];
}

function ruleSection(rule: RuleDefinition): readonly string[] {
  return [
    `### ${rule.op}: ${rule.name}`,
    '',
    rule.summary,
    '',
    ...parameterTable(rule.params),
    ...examplesOf(rule.examples, '| '),
  ];
}
