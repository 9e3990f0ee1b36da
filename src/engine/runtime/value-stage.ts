import { assert } from '../base/assert.ts';
import type { OperatorContext } from '../contract/operator.ts';
import { StageCounts } from '../observe/stage-counts.ts';
import type { ControlJob } from '../plan/physical.ts';
import type { StageNode } from '../plan/plan.ts';
import { inputRefs } from '../plan/refs.ts';
import { ChainRunner } from './chain.ts';
import { earlierValue } from './earlier.ts';
import type { JobContext, JobOutcome } from './job-context.ts';
import { inputsOf, jobKey } from './job-keys.ts';
import { valueOutcome } from './value-driver.ts';

/** A stage that makes a value of values: it sees no rows, so it runs where it stands. */
export async function runValueStage(context: JobContext, job: ControlJob, node: StageNode): Promise<JobOutcome> {
  const { host, ready } = context;
  const key = jobKey(context, job, []);
  const known = await earlierValue(context, job.id, key);
  if (known !== null) return valueOutcome(context, node, 'out', key, known.hash, [], true);
  const execution = host.catalog.operators.get(node.op)?.execution;
  assert(execution?.mode === 'value', `${node.id} gives no value`);
  const runner = new ChainRunner({
    chain: {
      id: node.id,
      input: { kind: 'table', ref: node.input, schema: { fields: [] } },
      steps: [],
      outputs: [],
      spread: 'single',
    },
    host,
    sides: await host.sides.load(inputRefs(node), ready),
    state: host.memoryState(),
    counts: new StageCounts(),
    taps: [],
    reject: () => assert(false, 'a stage without rows rejects none'),
  });
  const content = execution.create(runner.context(node, { fields: [] }) as OperatorContext<never>).finish();
  const about = { binding: node.binding, inputs: inputsOf(job, ready, []), counts: [] };
  const value = await host.artifacts.putValue(key, content, about);
  return valueOutcome(context, node, 'out', key, value.hash, [], false);
}
