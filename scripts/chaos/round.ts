import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Rng } from '../../src/engine/base/rng.ts';
import type { KafkaCluster } from '../services/kafka-cluster.ts';
import { FlowProcess } from './flow-process.ts';
import { judge, type Verdict } from './judge.ts';
import { PARTITIONS, type Workload } from './workload.ts';

/** What can go wrong: a process killed, frozen until others have its tasks, joined by another, stopped; a broker killed or frozen. */
export const FAULTS = ['kill', 'zombie', 'add', 'stop', 'broker', 'frozen-broker'] as const;
export type Fault = (typeof FAULTS)[number];

export interface Round {
  readonly number: number;
  readonly weir: string;
  readonly folder: string;
  readonly cluster: KafkaCluster;
  readonly workload: Workload;
  readonly rng: Rng;
  readonly batchRows: number;
  readonly sessionMs: number;
  readonly mostFaults: number;
  readonly say: (line: string) => void;
}

export interface RoundResult extends Verdict {
  readonly fired: Readonly<Record<Fault, number>>;
  readonly processes: number;
  /** Times a task began again after an error, by code. */
  readonly restarts: Readonly<Record<string, number>>;
  /** Processes that were started while no broker answered, and said so. */
  readonly gaveUp: number;
  /** Of processes that failed, or did not end. */
  readonly failures: readonly string[];
  readonly seconds: number;
  /** From the end of all faults to the end of all processes. */
  readonly secondsAfter: number;
}

/** After the faults the flow has to end within this time. */
const END_MS = 90_000;
const MOST_PROCESSES = 4;

/** One flow under a prefix of its own, disturbed until it is done or there have been enough faults. */
export async function runRound(round: Round): Promise<RoundResult> {
  const started = performance.now();
  const stage = new Stage(round);
  try {
    stage.start();
    stage.start();
    await stage.working();
    while (!stage.isDone && stage.total < round.mostFaults) {
      await delay(200 + round.rng.below(900));
      await stage.fire(FAULTS[round.rng.below(FAULTS.length)]);
    }
    await stage.mend();
    const calm = performance.now();
    const failures = await stage.finish();
    const secondsAfter = Math.round(performance.now() - calm) / 1000;
    const verdict = await judge(round.weir, stage.log, round.workload);
    const { fired, restarts, gaveUp } = stage;
    const seconds = Math.round(performance.now() - started) / 1000;
    return { ...verdict, fired, restarts, gaveUp, failures, processes: stage.processes.length, seconds, secondsAfter };
  } finally {
    await stage.close();
  }
}

/** The processes of a round, and what happens to them. */
class Stage {
  readonly log: string;
  readonly processes: FlowProcess[] = [];
  readonly fired = Object.fromEntries(FAULTS.map(fault => [fault, 0])) as Record<Fault, number>;
  readonly #round: Round;
  /** Under way: a process that comes back, a broker that starts. */
  readonly #mending = new Set<Promise<void>>();
  readonly #started = performance.now();
  #isBrokerDown = false;

  constructor(round: Round) {
    this.#round = round;
    this.log = `kafka://${round.cluster.bootstrap}/round${round.number}`;
  }

  /** Whoever was asked to stop has ended well, too, with the flow where it was. */
  get isDone(): boolean {
    return this.processes.some(({ summary, isExcused }) => summary?.ok === true && !isExcused);
  }
  get total(): number {
    return Object.values(this.fired).reduce((sum, count) => sum + count, 0);
  }
  get restarts(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const reason of this.processes.flatMap(({ restarts }) => restarts)) {
      const code = reason.slice(reason.lastIndexOf(':') + 1);
      counts[code] = (counts[code] ?? 0) + 1;
    }
    return counts;
  }
  get gaveUp(): number {
    return this.processes.filter(one => this.#hasGivenUp(one)).length;
  }
  /** An address where nobody answers from the first is given up sooner than a cluster that has been there. */
  #hasGivenUp({ summary, hasRows }: FlowProcess): boolean {
    return !hasRows && summary?.error?.code === 'R104' && this.fired.broker + this.fired['frozen-broker'] > 0;
  }
  #tell(line: string): void {
    this.#round.say(`  ${Math.round(performance.now() - this.#started) / 1000} s: ${line}`);
  }
  get #atWork(): readonly FlowProcess[] {
    return this.processes.filter(({ isAtWork }) => isAtWork);
  }

  start(): void {
    const { weir, folder, workload, batchRows, sessionMs, number } = this.#round;
    const params = workload.params.flatMap(text => ['--param', text]);
    const flags = ['--workers', '1', '--partitions', `${PARTITIONS}`, '--batch-rows', `${batchRows}`, '--json'];
    const args = [weir, 'run', workload.flowFile, '--log', this.log, ...flags, ...params];
    const name = `round ${number}, process ${this.processes.length + 1}`;
    const dir = join(folder, `round${number}-${this.processes.length + 1}`);
    const env = { WEIR_DEBUG: '1', WEIR_SESSION_TIMEOUT_MS: `${sessionMs}` };
    this.processes.push(new FlowProcess(name, dir, args, env, line => this.#tell(line)));
  }
  /** Until rows flow. */
  async working(): Promise<void> {
    const until = performance.now() + END_MS;
    while (!this.processes.some(one => one.hasRows || one.hasEnded) && performance.now() < until) await delay(20);
  }

  /** Counted where it met a process at work, or a broker while the flow was. */
  async fire(fault: Fault): Promise<void> {
    const { rng, sessionMs } = this.#round;
    const atWork = this.#atWork;
    if (atWork.length === 0) {
      await this.#keepTwo();
      return;
    }
    const victim = atWork[rng.below(atWork.length)];
    const pause = rng.below(1_200);
    if (fault === 'kill') {
      victim.kill();
      this.#later(async () => {
        await delay(pause);
        if (!this.isDone) this.start();
      });
    } else if (fault === 'zombie') {
      victim.freeze();
      this.#later(async () => {
        await delay(sessionMs * 1.2 + 2 * pause);
        victim.thaw();
        this.#tell(`${victim.name} wakes`);
      });
      if (this.#atWork.length === 0) this.start();
    } else if (fault === 'stop') {
      victim.isExcused = true;
      victim.signal('SIGINT');
      this.#later(async () => {
        await delay(pause);
        if (!this.isDone) this.start();
      });
    } else if (fault === 'add') {
      if (this.processes.filter(one => !one.hasEnded).length >= MOST_PROCESSES) return;
      this.start();
    } else if (!this.#hurtBroker(fault)) return;
    this.fired[fault]++;
    this.#tell(fault);
    await this.#keepTwo();
  }

  /** One at a time, so that of three two are always there. */
  #hurtBroker(fault: 'broker' | 'frozen-broker'): boolean {
    const { cluster, rng } = this.#round;
    if (this.#isBrokerDown) return false;
    this.#isBrokerDown = true;
    const broker = cluster.brokers[rng.below(cluster.brokers.length)];
    const pause = rng.below(6_000);
    this.#later(async () => {
      if (fault === 'broker') {
        await broker.kill('SIGKILL');
        await delay(pause);
        await broker.restart();
        this.#tell('the broker is back');
      } else {
        broker.pause();
        await delay(1_000 + pause);
        broker.resume();
        this.#tell('the broker is back');
      }
      this.#isBrokerDown = false;
    });
    return true;
  }

  /** Whoever has failed, which is told at the end, does not end the round. */
  async #keepTwo(): Promise<void> {
    const alive = this.processes.filter(one => !one.hasEnded && one.summary === null && !one.isFrozen);
    if (alive.length === 0 && this.#mending.size === 0 && !this.isDone) this.start();
  }
  #later(work: () => Promise<void>): void {
    const done = work().finally(() => this.#mending.delete(done));
    this.#mending.add(done);
  }

  /** All faults end. */
  async mend(): Promise<void> {
    await Promise.all(this.#mending);
  }
  /** Waits until all have ended; what has not, or not well, is told. */
  async finish(): Promise<readonly string[]> {
    // Where all have left before the end, as when they gave up a cluster that was away, it is for others to go on.
    for (let others = 0; others < MOST_PROCESSES; others++) {
      const all = Promise.all(this.processes.map(({ ended }) => ended));
      await Promise.race([all, delay(END_MS, null, { ref: false })]);
      if (this.isDone || !this.processes.every(({ hasEnded }) => hasEnded)) break;
      this.start();
    }
    const failed = this.processes.filter(one => !one.isExcused && one.summary?.ok !== true && !this.#hasGivenUp(one));
    const hanging = this.processes.filter(one => !one.hasEnded && !failed.includes(one));
    return [...failed, ...hanging].map(one => one.story());
  }
  async close(): Promise<void> {
    await Promise.allSettled(this.#mending);
    for (const one of this.processes) one.signal('SIGKILL');
    await Promise.all(this.processes.map(({ ended }) => ended));
  }
}
