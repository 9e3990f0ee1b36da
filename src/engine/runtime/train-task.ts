import { assert } from '../base/assert.ts';
import type { Json } from '../base/json.ts';
import type { TableArtifact } from '../contract/artifact.ts';
import type { LearnedContent, LearnerDefinition, LearnTask, Message, StepSide } from '../contract/learner.ts';
import type { RuleCall } from '../contract/parameter.ts';
import type { ModelContent, TransformContent } from '../contract/value.ts';
import type { StageNode } from '../plan/plan.ts';
import { type LearnColumns, learnColumns, readLearnPartition } from './learn-partitions.ts';
import { portMessages } from './port-messages.ts';
import type { TaskRun, TrainTaskSpec, ValueResult } from './task-spec.ts';
import { featureStagesHash, transformBehind } from './transform-behind.ts';

/** Rounds at most, whatever a learner thinks; a bound on the loop and nothing else. */
const MAX_ROUNDS = 10_000_000;

/** Steps on this task's partitions; the lead merges all answers, in partition order, until the learner is done. */
export async function runTrainTask(run: TaskRun, spec: TrainTaskSpec): Promise<ValueResult | null> {
  const learning = await openLearning(run, spec);
  if (spec.lead) return lead(run, spec, learning);
  const [port] = run.ports;
  const broadcasts = portMessages(port, run.signal);
  for (;;) {
    const message = (await broadcasts()) as { readonly broadcast: Message } | 'done';
    if (message === 'done') break;
    port.postMessage(learning.steps.map(side => side.step(message.broadcast)));
  }
  port.close();
  return null;
}

interface Learning {
  readonly call: RuleCall;
  readonly learner: LearnerDefinition;
  readonly columns: LearnColumns;
  readonly table: TableArtifact;
  readonly task: LearnTask;
  readonly steps: readonly StepSide[];
}

async function openLearning(run: TaskRun, spec: TrainTaskSpec): Promise<Learning> {
  const { host } = run;
  const { node } = spec.job;
  const call = learnerCall(run, node);
  const learner = host.catalog.learners.get(call.rule);
  assert(learner !== undefined, `the catalog has no learner ${call.rule}`);
  const table = await host.artifacts.table(spec.table.key);
  assert(table !== null, `the training rows of ${node.id} are gone`);
  const validation = spec.validation === null ? null : await host.artifacts.table(spec.validation.key);
  const weight = typeof node.params['weight'] === 'string' ? node.params['weight'] : null;
  const columns = learnColumns(table, String(node.params['label']), weight);
  const task: LearnTask = {
    featureNames: columns.featureNames,
    classes: columns.classes.length,
    seed: Number(node.params['seed'] ?? call.params['seed'] ?? 0),
    partitions: spec.partitions,
  };
  const steps: StepSide[] = [];
  for (const index of spec.own) {
    const rows = await readLearnPartition(table, columns, index, spec.partitions);
    const held = validation === null ? null : await readLearnPartition(validation, columns, index, spec.partitions);
    steps.push(learner.step(call.params as never, task, rows, held));
  }
  return { call, learner, columns, table, task, steps };
}

async function lead(run: TaskRun, spec: TrainTaskSpec, learning: Learning): Promise<ValueResult> {
  const merge = learning.learner.merge(learning.call.params as never, learning.task);
  const answersOf = run.ports.map(port => portMessages(port, run.signal));
  const answers: Message[] = new Array(spec.partitions);
  let broadcast: Message = null;
  for (let round = 0; round < MAX_ROUNDS; round++) {
    run.signal.throwIfAborted();
    for (const port of run.ports) port.postMessage({ broadcast });
    learning.steps.forEach((side, i) => {
      answers[spec.own[i]] = side.step(broadcast);
    });
    for (const [i, next] of answersOf.entries()) {
      const theirs = (await next()) as readonly Message[];
      spec.others[i].forEach((partition, at) => {
        answers[partition] = theirs[at];
      });
    }
    const merged = merge.merge(answers);
    run.tell({ kind: 'training', ...merge.progress() });
    if ('done' in merged) {
      for (const port of run.ports) port.postMessage('done');
      return keepModel(run, spec, learning, merged.done);
    }
    broadcast = merged.broadcast;
    // Lets orders and progress through between rounds when everything runs in this one thread.
    if (run.ports.length === 0) await new Promise<void>(resolve => setImmediate(resolve));
  }
  throw new Error('a learner without end');
}

async function keepModel(
  run: TaskRun,
  spec: TrainTaskSpec,
  learning: Learning,
  learned: LearnedContent,
): Promise<ValueResult> {
  const { host } = run;
  const { node } = spec.job;
  const { flow, text } = host.plan;
  const behind = transformBehind(host, node);
  const ref = behind === null ? undefined : spec.ready[`${behind.node}:${behind.port}`];
  const transform = ref?.kind === 'value' ? await host.sides.value(ref) : null;
  const model: ModelContent = {
    learner: learning.call.rule,
    params: learning.call.params,
    features: learning.columns.featureNames,
    classes: learning.columns.classes,
    transform: transform === null ? null : (transform.content.json as unknown as TransformContent),
    transformHash: behind === null ? null : (featureStagesHash(host, behind) ?? transform?.hash ?? null),
    threshold: null,
    trainedOn: learning.table.hash,
    recipe: { flow: `${flow.name} v${flow.version}`, text, rows: learning.table.rows },
    history: learned.history,
    ...((learned.warnings ?? []).length === 0 ? {} : { warnings: learned.warnings }),
    learned: learned.learned,
  };
  const counts = [{ name: node.binding, rowsIn: learning.table.rows, rowsOut: 0, rejected: 0 }];
  const about = { binding: node.binding, inputs: spec.inputs, counts };
  const content = { json: model as unknown as Json, bytes: learned.bytes };
  const value = await host.artifacts.putValue(spec.key, content, about);
  return { key: spec.key, hash: value.hash, counts };
}

function learnerCall(run: TaskRun, node: StageNode): RuleCall {
  const execution = run.host.catalog.operators.get(node.op)?.execution;
  assert(execution?.mode === 'train', `${node.id} learns nothing`);
  return node.params[execution.learner] as RuleCall;
}
