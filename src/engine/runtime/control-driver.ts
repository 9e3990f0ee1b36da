import { assert } from '../base/assert.ts';
import type { Json } from '../base/json.ts';
import { OperationalError } from '../base/operational-error.ts';
import { writeError } from '../base/system-error.ts';
import type { Expression } from '../contract/expression.ts';
import type { ControlContext, RegistryWriter, SideValue } from '../contract/operator.ts';
import { replaceFile } from '../models/staged-folder.ts';
import { expressionText } from '../plan/expression-text.ts';
import type { ControlJob } from '../plan/physical.ts';
import type { PortRef, SinkNode, StageNode } from '../plan/plan.ts';
import { portKey } from '../plan/port-key.ts';
import type { JobContext, JobOutcome } from './job-context.ts';
import { runValueStage } from './value-stage.ts';

/** What works on values alone, on the main thread: gates, publication, reports to files, stages from value to value. */
export async function runControlJob(context: JobContext, job: ControlJob): Promise<JobOutcome> {
  const { node } = job;
  if (node.kind === 'sink') return writeValueSink(context, node);
  const execution = context.host.catalog.operators.get(node.op)?.execution;
  if (execution?.mode === 'value') return runValueStage(context, job, node);
  assert(execution?.mode === 'control', `${node.id} cannot run on values`);
  const made = context.ready[portKey(node.input)];
  assert(made !== undefined, `${portKey(node.input)} is not ready`);
  const published: Record<string, { hash: string; version: string }> = {};
  const result = await execution.run((await controlContext(context, node, published)) as ControlContext<never>);
  if (result.outcome === 'fail') {
    throw new OperationalError('R520', result.note, { operator: node.id, hint: 'the model was not released' });
  }
  const sinks = { [node.binding]: { outcome: result.outcome, note: result.note, ...result.details } };
  if (result.outcome === 'stop') return { ready: {}, counts: [], reused: false, sinks, skipped: true };
  const ready = node.ports['out'] === undefined ? {} : { [portKey({ node: node.id, port: 'out' })]: made };
  return { ready, counts: [], reused: false, sinks, models: published };
}

async function controlContext(
  context: JobContext,
  node: StageNode,
  published: Record<string, { hash: string; version: string }>,
): Promise<ControlContext<unknown>> {
  const sides = new Map<string, readonly SideValue[]>();
  for (const [param, refs] of Object.entries(node.sides)) {
    sides.set(param, await Promise.all(refs.map(ref => sideValue(context, ref))));
  }
  const made = context.ready[portKey(node.input)];
  const input =
    made?.kind === 'table'
      ? { name: node.binding, hash: made.hash, version: null, content: { json: null, bytes: {} } }
      : await sideValue(context, node.input);
  const registry: RegistryWriter = {
    async publish(name, model, tag, attached) {
      const result = await context.registry.publish(name, model, tag, attached);
      published[model.name] = { hash: model.hash, version: result.version };
      return result;
    },
  };
  return {
    params: node.params,
    id: node.id,
    input,
    values: param => sides.get(param) ?? [],
    text: param => expressionText(node.params[param] as Expression),
    registry,
    writeFile: (path, bytes) => writeOutput(node.id, path, bytes),
  };
}

async function sideValue(context: JobContext, ref: PortRef): Promise<SideValue> {
  const made = context.ready[portKey(ref)];
  assert(made?.kind === 'value', `value ${portKey(ref)} is not ready`);
  return context.host.sides.value(made);
}

/** A report or model as files: each beside its target first, then renamed. */
async function writeValueSink(context: JobContext, sink: SinkNode): Promise<JobOutcome> {
  const definition = context.host.catalog.sinks.get(sink.connector.connector);
  assert(definition?.renderValue !== undefined, `sink ${sink.connector.connector} takes no values`);
  const value = await sideValue(context, sink.input);
  const files = await definition.renderValue(sink.connector.options as never, value.content, value.name);
  for (const file of files) await writeOutput(sink.id, file.path, file.bytes);
  const details: Readonly<Record<string, Json>> = { files: files.map(file => file.path) };
  return { ready: {}, counts: [], reused: false, sinks: { [sink.binding]: details } };
}

async function writeOutput(operator: string, path: string, bytes: Uint8Array | string): Promise<void> {
  try {
    await replaceFile(path, bytes);
  } catch (cause) {
    throw writeError(path, cause, operator);
  }
}
