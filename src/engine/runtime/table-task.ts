import type { MessagePort } from 'node:worker_threads';
import { assert } from '../base/assert.ts';
import { decodeFrame, encodeFrames, type FrameDictionaries, frameDictionaries } from '../columnar/frame.ts';
import type { StageCount } from '../contract/artifact.ts';
import type { Batch } from '../contract/batch.ts';
import { DEAD_LETTER_SCHEMA } from '../contract/dead-letter.ts';
import type { Schema } from '../contract/types.ts';
import { StageCounts } from '../observe/stage-counts.ts';
import type { PortRef } from '../plan/plan.ts';
import { outputRef } from '../plan/refs.ts';
import type { ChainTap } from './chain.ts';
import { DeadLetterLog } from './dead-letter-log.ts';
import { DeadLetters } from './dead-letters.ts';
import { portMessages } from './port-messages.ts';
import { isStateless, runBoundedChain } from './run-chain.ts';
import { projected, TableOutputs } from './table-outputs.ts';
import type { TableCollectSpec, TablePartSpec, TableResult, TaskRun } from './task-spec.ts';

/** What a part sends its collector. Each message is acknowledged; a part has at most `WINDOW` unacknowledged. */
type PartMessage =
  | {
      readonly kind: 'rows';
      readonly output: number;
      readonly schema: Schema | null;
      readonly frames: readonly Uint8Array[];
    }
  | { readonly kind: 'bad'; readonly topic: string; readonly frames: readonly Uint8Array[] }
  | { readonly kind: 'end'; readonly counts: readonly StageCount[] };

/** Bounds what waits at the collector for parts that are ahead of their turn. */
const WINDOW = 16;
/** Frames between threads have no limit of the log's kind. */
const ANY_SIZE = 1 << 30;

/** Where a part's rows go: the job's outputs themselves, or the port of the collector. */
interface RowsTaker {
  write(output: number, batch: Batch): Promise<void>;
  deadLetters(topic: string, rows: Batch): Promise<void>;
}

export async function runTablePart(run: TaskRun, spec: TablePartSpec): Promise<TableResult | null> {
  if (spec.collect !== null) {
    const outputs = outputsOf(run, spec.collect);
    try {
      const counts = await runPart(run, spec, outputs);
      return await outputs.publish(counts);
    } catch (error) {
      await outputs.abandon();
      throw error;
    }
  }
  const [port] = run.ports;
  const sender = new PartSender(port, run.signal);
  const counts = await runPart(run, spec, sender);
  await sender.send({ kind: 'end', counts });
  port.close();
  return null;
}

function outputsOf(run: TaskRun, spec: TableCollectSpec): TableOutputs {
  const { host } = run;
  return new TableOutputs(
    host,
    spec,
    new DeadLetterLog(() => host.log(), host.plan.flow.name, spec.job.id, spec.jobKey),
  );
}

async function runPart(run: TaskRun, spec: TablePartSpec, taker: RowsTaker): Promise<readonly StageCount[]> {
  const { chain } = spec.job;
  const counts = new StageCounts();
  const deadLetters = new DeadLetters(run.host);
  const waiting: { output: number; batch: Batch }[] = [];
  let kept = 0;
  const refs = chain.outputs.map(outputRef);
  const taps = chain.outputs.map((output, i): ChainTap => {
    const take = (batch: Batch) => {
      waiting.push({ output: i, batch: output.kind === 'table' ? projected(batch, output.schema) : batch });
    };
    return { ref: refs[i], take };
  });
  await runBoundedChain(run, {
    chain,
    part: spec.part,
    ready: spec.ready,
    taps,
    counts,
    deadLetters,
    sides: [],
    isStateless: isStateless(run.host, chain),
    keep() {
      kept = waiting.length;
    },
    forget() {
      waiting.length = kept;
    },
    async drain(letters) {
      kept = 0;
      for (const { output, batch } of waiting.splice(0)) {
        const end = chain.outputs[output];
        if (end.kind === 'sink') countSink(run, counts, end.sink.binding, refs[output], batch.rows);
        await taker.write(output, batch);
      }
      for (const { topic, rows } of letters) await taker.deadLetters(topic, rows);
    },
  });
  run.tell({ kind: 'counts', counts: counts.list(), done: 1, lag: null });
  return counts.list();
}

/** Rows a sink takes: in where they come from another binding, and always out. */
export function countSink(run: TaskRun, counts: StageCounts, sink: string, from: PortRef, rows: number): void {
  counts.add(sink, run.host.node(from.node).binding === sink ? 0 : rows, rows, 0);
}

class PartSender implements RowsTaker {
  readonly #port: MessagePort;
  readonly #signal: AbortSignal;
  readonly #schemas: (Schema | null)[] = [];
  #unacknowledged = 0;
  #wake: (() => void) | null = null;

  constructor(port: MessagePort, signal: AbortSignal) {
    this.#port = port;
    this.#signal = signal;
    port.on('message', () => {
      this.#unacknowledged -= 1;
      this.#wake?.();
    });
    signal.addEventListener('abort', () => this.#wake?.(), { once: true });
  }
  write(output: number, batch: Batch): Promise<void> {
    const isKnown = this.#schemas[output] === batch.schema;
    this.#schemas[output] = batch.schema;
    const frames = encodeFrames(batch, ANY_SIZE);
    return this.send({ kind: 'rows', output, schema: isKnown ? null : batch.schema, frames });
  }
  deadLetters(topic: string, rows: Batch): Promise<void> {
    return this.send({ kind: 'bad', topic, frames: encodeFrames(rows, ANY_SIZE) });
  }
  async send(message: PartMessage): Promise<void> {
    while (this.#unacknowledged >= WINDOW) {
      this.#signal.throwIfAborted();
      await new Promise<void>(resolve => (this.#wake = resolve));
    }
    this.#unacknowledged += 1;
    this.#port.postMessage(message);
  }
}

export async function runTableCollect(run: TaskRun, spec: TableCollectSpec): Promise<TableResult> {
  const outputs = outputsOf(run, spec);
  const counts = new StageCounts();
  try {
    for (const port of run.ports) counts.addAll(await collectPart(run, port, outputs));
    return await outputs.publish(counts.list());
  } catch (error) {
    await outputs.abandon();
    throw error;
  } finally {
    for (const port of run.ports) port.close();
  }
}

/** One part's rows into the outputs. Messages wait in the port until it is listened to, so parts are taken in their order. */
async function collectPart(run: TaskRun, port: MessagePort, outputs: TableOutputs): Promise<readonly StageCount[]> {
  const schemas: Schema[] = [];
  const dictionaries: FrameDictionaries[] = [];
  const next = portMessages<PartMessage>(port, run.signal);
  for (;;) {
    const message = await next();
    if (message.kind === 'end') return message.counts;
    if (message.kind === 'bad') {
      for (const frame of message.frames) {
        await outputs.deadLetters(message.topic, decodeFrame(frame, DEAD_LETTER_SCHEMA));
      }
    } else {
      const { output } = message;
      if (message.schema !== null) schemas[output] = message.schema;
      dictionaries[output] ??= frameDictionaries();
      assert(schemas[output] !== undefined, 'a part names the schema before its first rows');
      for (const frame of message.frames) {
        await outputs.write(output, decodeFrame(frame, schemas[output], dictionaries[output]));
      }
    }
    port.postMessage('taken');
  }
}
