import { OperationalError } from '../../base/operational-error.ts';
import { LogError } from '../../contract/log.ts';
import { safeError } from '../../observe/redact.ts';
import type { StreamTaskSpec } from './stream-spec.ts';

type Task = Pick<StreamTaskSpec, 'chain' | 'topics' | 'input'>;

/** An error of the log, with the sink or source whose topic it is of: the log knows topics alone. Others as they are. */
export function withPlace(error: unknown, task: Task): unknown {
  if (!(error instanceof LogError)) return error;
  const of = error.code === 'gap' || error.code === 'corrupt' ? sourceOf(task) : sinkOf(task, error);
  if (of === null) return error;
  const { code, message, hint, retriable } = safeError(error);
  return new OperationalError(code, `${of.where}: ${message}`, {
    ...(of.operator !== null && { operator: of.operator }),
    ...(hint !== null && { hint }),
    retriable,
    cause: error,
  });
}

interface Place {
  readonly where: string;
  readonly operator: string | null;
}
/** What a running task reads is its input alone. */
function sourceOf({ input }: Task): Place | null {
  if (input.kind !== 'topic' && input.kind !== 'records') return null;
  return { where: `source ${input.source.binding}, topic ${input.topic}`, operator: input.source.id };
}
function sinkOf({ chain, topics }: Task, { parts: { place } }: LogError): Place | null {
  if (place === undefined) return null;
  const sinks = chain.outputs.flatMap(output => (output.kind === 'sink' ? [output.sink] : []));
  const sink = sinks.find(one => topics[one.id]?.name === place.topic);
  if (sink === undefined) return { where: `topic ${place.topic}`, operator: null };
  return { where: `sink ${sink.binding}, topic ${place.topic}`, operator: sink.id };
}
