import type { Catalog } from '../contract/catalog.ts';
import type { RuleCall } from '../contract/parameter.ts';
import type { Schema } from '../contract/types.ts';
import type { BindingType } from '../contract/value.ts';
import type { Chain, ChainInput, ChainOutput, Job, PhysicalPlan } from './physical.ts';
import type { Plan, PlanNode, PortRef } from './plan.ts';
import { connectorText, stageLines } from './stage-text.ts';

/** The plan for people: what each binding computes, then the jobs and chains it is run as. Long lines go on, indented. */
export function explainText(plan: Plan, physical: PhysicalPlan, catalog: Catalog): string {
  const lines = [`flow ${plan.flow.name} v${plan.flow.version}`, '', 'Logical plan'];
  let binding = '';
  for (const node of plan.nodes) {
    if (node.binding !== binding) lines.push(`  ${node.binding}`);
    binding = node.binding;
    lines.push(...logicalLines(plan, node, catalog).map(line => `    ${line}`));
  }
  lines.push('', 'Physical plan');
  physical.jobs.forEach((job, index) => {
    lines.push(...jobLines(job, index + 1, catalog).map(line => `  ${line}`));
  });
  return `${lines.flatMap(wrapped).join('\n')}\n`;
}

const WIDTH = 120;
/** Of a stage, with its sign. */
const INDENT = 6;

/** Broken behind a comma where there is one in the second half, else behind a word; what follows stands further to the right. */
function wrapped(line: string): readonly string[] {
  const indent = ' '.repeat(line.search(/\S/) + 4);
  const lines: string[] = [];
  let rest = line;
  while (rest.length > WIDTH) {
    const comma = rest.lastIndexOf(', ', WIDTH - 2) + 1;
    const at = comma > WIDTH / 2 ? comma : rest.lastIndexOf(' ', WIDTH);
    if (at <= indent.length) break;
    lines.push(rest.slice(0, at));
    rest = indent + rest.slice(at + 1);
  }
  return [...lines, rest];
}

function logicalLines(plan: Plan, node: PlanNode, catalog: Catalog): readonly string[] {
  switch (node.kind) {
    case 'source':
      return [
        `${connectorText(node.connector, catalog)}${node.format === null ? '' : ` as ${node.format.name}`}, ${badText(node)}`,
        ...portLines(node),
      ];
    case 'registry':
      return [`registry("${node.registry}") at ${node.alias}, predicts ${node.predicts.kind}`, ...portLines(node)];
    case 'sink':
      return [`← ${refText(plan, node.input)}`, `write ${connectorText(node.connector, catalog)}, ${node.delivery}`];
    case 'stage': {
      const sides = Object.fromEntries(
        Object.entries(node.sides).map(([name, refs]) => [name, refs.map(ref => refText(plan, ref))]),
      );
      const [first, ...more] = stageLines(node.op, { params: node.params, sides }, catalog, WIDTH - INDENT);
      return [`| ${first}`, ...more.map(line => `  ${line}`), ...portLines(node)];
    }
  }
}

function badText(node: Extract<PlanNode, { kind: 'source' }>): string {
  if (node.onBad.kind === 'topic') return `bad rows to topic ${node.onBad.topic}`;
  return node.onBad.kind === 'drop' ? 'bad rows are dropped' : 'a bad row ends the run';
}

function portLines(node: PlanNode): readonly string[] {
  return Object.entries(node.ports).map(([port, type]) => `  → ${port === 'out' ? '' : `.${port} `}${typeLine(type)}`);
}

function typeLine(type: BindingType): string {
  switch (type.kind) {
    case 'rows': {
      const role = type.role === undefined ? '' : `, ${type.role} rows`;
      return `rows${type.bounded ? '' : ', endless'}${role}: ${fieldsText(type.schema)}`;
    }
    case 'transform':
      return `transform to ${type.features.length} features`;
    case 'model':
      return `model of ${type.predicts.kind} from ${type.features.length} features`;
    case 'report':
      return `report: ${type.metrics.join(', ')}`;
    case 'done':
      return 'done';
  }
}

function fieldsText(schema: Schema): string {
  const names = schema.fields.filter(field => !field.hidden).map(field => field.name);
  return names.length > 8 ? `${names.slice(0, 8).join(', ')} and ${names.length - 8} more` : names.join(', ');
}

function refText(plan: Plan, ref: PortRef): string {
  const node = plan.nodes.find(candidate => candidate.id === ref.node);
  const name = node === undefined || node.id !== node.binding ? ref.node : node.binding;
  return ref.port === 'out' ? name : `${name}.${ref.port}`;
}

function jobLines(job: Job, number: number, catalog: Catalog): readonly string[] {
  const head = `${number}. ${job.kind} ${job.id}`;
  switch (job.kind) {
    case 'registry':
      return [`${head}: read registry("${job.node.registry}") at ${job.node.alias}`];
    case 'control':
      return [
        `${head}: ${job.node.kind === 'stage' ? job.node.op : `write ${connectorText(job.node.connector, catalog)}`} on the main thread`,
      ];
    case 'train':
      return [head, ...trainLines(job, catalog)];
    case 'table':
      return [head, ...chainLines(job.chain, catalog)];
    case 'value':
      return [
        head,
        ...chainLines(job.chain, catalog),
        `   ${job.prepare ? 'first pass of' : 'into'} ${job.node.op}, one task`,
      ];
    case 'stream':
      return [head, ...job.chains.flatMap(chain => [`   chain ${chain.id}`, ...chainLines(chain, catalog)])];
  }
}

/** Training is a loop in the plan: one step on each partition, one merge in partition order, until the merge says done. */
function trainLines(job: Extract<Job, { kind: 'train' }>, catalog: Catalog): readonly string[] {
  const execution = catalog.operators.get(job.node.op)?.execution;
  const learner = execution?.mode === 'train' ? (job.node.params[execution.learner] as RuleCall).rule : job.node.op;
  return [
    `   read   table ${job.node.input.node}.${job.node.input.port}, fixed partitions`,
    `   loop   train_step ${learner} on each partition, in parallel`,
    '          train_merge of the steps in partition order, one task → broadcast to all partitions',
    '   until  train_merge is done → model',
  ];
}

function chainLines(chain: Chain, catalog: Catalog): readonly string[] {
  const stages = chain.steps.map(step => `${step.node.op}${step.inputParam === null ? '' : ` (${step.inputParam})`}`);
  return [
    `   read   ${inputText(chain.input)}, ${spreadText(chain)}`,
    ...(stages.length === 0 ? [] : [`   fused  ${stages.join(' → ')}`]),
    ...chain.steps.flatMap(({ node }) => {
      const execution = catalog.operators.get(node.op)?.execution;
      if (execution?.mode !== 'rows' || execution.processingTime?.(node.params as never) !== true) return [];
      return [`   clock  ${node.id} depends on processing time: a replay may give other rows`];
    }),
    ...chain.outputs.map(output => `   ${outputText(output, catalog)}`),
  ];
}

function spreadText(chain: Chain): string {
  if (chain.spread === 'single') return 'one task';
  if (chain.spread === 'keyed') return 'a task per partition';
  return chain.input.kind === 'table' ? 'a task per range of rows' : 'a task per split';
}

function inputText(input: ChainInput): string {
  switch (input.kind) {
    case 'source':
      return `source ${input.source.id} (${input.source.schema.fields.length} columns)`;
    case 'table':
      return `table ${input.ref.node}.${input.ref.port} (${input.schema.fields.length} columns)`;
    case 'topic':
      return `topic ${input.topic}`;
    case 'exchange':
      return `exchange ${input.topic} from ${input.upstreams.join(', ')}`;
  }
}

function outputText(output: ChainOutput, catalog: Catalog): string {
  switch (output.kind) {
    case 'table':
      return `keep   table ${output.ref.node}.${output.ref.port} (${output.schema.fields.length} columns)`;
    case 'sink':
      return `write  sink ${output.sink.binding}: ${connectorText(output.sink.connector, catalog)}`;
    case 'exchange':
      return `send   exchange ${output.topic} ${exchangeBy(output)}`;
  }
}

function exchangeBy(output: Extract<ChainOutput, { kind: 'exchange' }>): string {
  if (output.single) return 'to one partition';
  return output.by.length === 0 ? 'in turn' : `by hash of ${output.by.join(', ')}`;
}
