import { assert } from '../base/assert.ts';
import type { OperatorContext, ValueOperator } from '../contract/operator.ts';
import { StageCounts } from '../observe/stage-counts.ts';
import { sideRefs } from '../plan/refs.ts';
import type { ChainRunner } from './chain.ts';
import { DeadLetterLog } from './dead-letter-log.ts';
import { DeadLetters } from './dead-letters.ts';
import { runBoundedChain } from './run-chain.ts';
import type { TaskRun, ValueResult, ValueTaskSpec } from './task-spec.ts';

/** All rows of a bounded chain, in order, into one value: `fit`, `evaluate`, `choose`, or a stage's first pass. */
export async function runValueTask(run: TaskRun, spec: ValueTaskSpec): Promise<ValueResult> {
  const { host } = run;
  const { node, chain } = spec.job;
  const counts = new StageCounts();
  const deadLetters = new DeadLetters(host);
  const letters = new DeadLetterLog(() => host.log(), host.plan.flow.name, spec.job.id, spec.jobKey);
  const stage: { operator: ValueOperator | null } = { operator: null };
  counts.declare(node.binding);
  const isFromOutside = host.node(node.input.node).binding !== node.binding;
  try {
    await runBoundedChain(run, {
      chain,
      part: spec.part,
      ready: spec.ready,
      counts,
      deadLetters,
      // The value stage has seen the rows: it cannot unsee them.
      isStateless: false,
      keep() {},
      forget() {},
      sides: sideRefs(node),
      taps: [
        {
          ref: node.input,
          take(batch) {
            if (isFromOutside && !spec.job.prepare) counts.add(node.binding, batch.rows, 0, 0);
            stage.operator?.onBatch(batch);
          },
        },
      ],
      start(runner) {
        stage.operator = valueOperator(run, spec.job, runner);
      },
      async drain(dead) {
        for (const { topic, rows } of dead) await letters.append(topic, rows);
      },
    });
    assert(stage.operator !== null, `${node.id} was never started`);
    const content = stage.operator.finish();
    await letters.finish();
    const about = { binding: node.binding, inputs: spec.inputs, counts: counts.list() };
    const value = await host.artifacts.putValue(spec.key, content, about);
    return { key: spec.key, hash: value.hash, counts: counts.list() };
  } catch (error) {
    await letters.close();
    throw error;
  }
}

function valueOperator(
  run: TaskRun,
  { node, input, prepare }: ValueTaskSpec['job'],
  runner: ChainRunner,
): ValueOperator {
  const execution = run.host.catalog.operators.get(node.op)?.execution;
  const context = runner.context(node, input) as OperatorContext<never>;
  if (prepare && execution?.mode === 'rows' && execution.prepare !== undefined) return execution.prepare(context);
  assert(execution?.mode === 'value', `${node.id} gives no value`);
  return execution.create(context);
}
