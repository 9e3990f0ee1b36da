import { cpus } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { openLog } from '../../src/connectors/kafka/open-log.ts';
import { systemClock } from '../../src/engine/base/system-clock.ts';
import { cpuSecondsOf } from '../partitions/usage.ts';
import type { Alert } from '../score-stream/rxjs-pipeline.ts';
import type { Engine } from './engines.ts';

export interface Task {
  readonly from: string;
  readonly to: string;
  readonly partitions: number;
  /** In the topic `from`. */
  readonly records: number;
}
export interface Measured {
  readonly perCpuSecond: number;
  readonly perSecond: number;
  /** Cores of this machine that were busy, with whatever. */
  readonly busyCores: number;
}

/** The part of the alerts after which measuring begins. */
const WARM = 1 / 3;
const LONGEST_MS = 300_000;
const READ_BYTES = 1 << 20;
/** Looking takes CPU from the engines: as seldom as a run of seconds allows. */
const LOOK_MS = 100;

/** Alerts in one form, whoever wrote them: the number of a record, the patient, the probability as a double, the model. */
export function alertLines(alerts: readonly Alert[]): readonly string[] {
  return alerts.map(({ encounter_id, patient_nbr, p, model }) => JSON.stringify([encounter_id, patient_nbr, p, model]));
}

/** Starts an engine over a full topic, waits until its alerts are committed, ends it, and holds them against those that are wanted. */
export async function measure(
  engine: Engine,
  task: Task,
  wanted: readonly string[],
  bootstrap: string,
): Promise<Measured> {
  const running = await engine(task);
  const log = openLog({ address: `kafka://${bootstrap}`, password: null }, systemClock);
  const bodies: Uint8Array[] = [];
  const moments: { readonly alerts: number; readonly cpu: number; readonly busyMs: number; readonly ms: number }[] = [];
  try {
    const offsets = new Array<bigint>(task.partitions).fill(0n);
    const until = performance.now() + LONGEST_MS;
    while (bodies.length < wanted.length) {
      running.check();
      if (performance.now() > until) throw new Error(`${bodies.length} of ${wanted.length} alerts in ${LONGEST_MS} ms`);
      const before = bodies.length;
      for (let partition = 0; partition < task.partitions; partition++) {
        const at = { topic: task.to, partition, offset: offsets[partition] };
        const read = await log.read(at, { bytes: READ_BYTES, waitMs: 0 });
        for (const { body } of read.frames) bodies.push(body.slice());
        offsets[partition] = read.next.offset;
      }
      const cpu = cpuSecondsOf(running.pid);
      if (cpu === null) throw new Error('the engine has ended');
      if (bodies.length > before) moments.push({ alerts: bodies.length, cpu, busyMs: busyMs(), ms: performance.now() });
      await delay(LOOK_MS);
    }
  } finally {
    await running.stop();
    await log.close();
  }
  const text = new TextDecoder();
  const got = alertLines(bodies.map(body => JSON.parse(text.decode(body)) as Alert)).toSorted();
  const differs = got.findIndex((line, i) => line !== wanted[i]);
  if (got.length !== wanted.length || differs >= 0) throw new Error(`alert ${differs} of ${got.length} is another one`);
  const first = moments.find(({ alerts }) => alerts >= wanted.length * WARM);
  const last = moments.at(-1);
  if (first === undefined || last === undefined || first === last) throw new Error('all alerts came at once');
  const records = (task.records * (last.alerts - first.alerts)) / wanted.length;
  const ms = last.ms - first.ms;
  return {
    perCpuSecond: records / (last.cpu - first.cpu),
    perSecond: (records * 1000) / ms,
    busyCores: (last.busyMs - first.busyMs) / ms,
  };
}

/** Of all cores, since they are on. */
function busyMs(): number {
  return cpus().reduce((sum, { times: { user, nice, sys, irq } }) => sum + user + nice + sys + irq, 0);
}
