import type { Rng } from '../base/rng.ts';
import type { Millis } from '../base/units.ts';
import { LogError } from '../contract/log.ts';
import type { Fault } from './fault.ts';
import type { SimulatedProcess } from './process.ts';
import type { Due, World } from './world.ts';

/** Who has no answer by then asks again, or takes the commit for unknown. */
const REQUEST_TIMEOUT: Millis = 800;
const USUAL_LATENCY: Millis = 1.5;
/** One message in this many takes up to the time after it. */
const SLOW_SHARE = 25;
const SLOW_LATENCY: Millis = 25;

export interface Request<T> {
  /** For the trace. */
  readonly name: string;
  /** It is made once at most: no answer is an error, `unknown`. Others are made again. */
  readonly once: boolean;
  /** It may arrive twice, whether or not the first was answered. */
  readonly mayDouble: boolean;
  /** At the other side. */
  work(): Promise<T>;
}

type OneShot = Extract<Fault, { kind: 'lose' | 'delay' | 'twice' }>;

/** Requests and their answers between processes and the log: each takes its time, and faults take the next that fits. */
export class Network {
  readonly #world: World;
  readonly #rng: Rng;
  readonly #armed: OneShot[] = [];
  readonly #cuts = new Map<SimulatedProcess, Millis>();
  /** Of killed processes: when the last of what they sent may arrive. */
  readonly #late = new Map<SimulatedProcess, Millis>();
  readonly #slowness: number;
  /** Of requests from here on; see `REQUEST_TIMEOUT`. */
  timeout: Millis = REQUEST_TIMEOUT;

  /** Messages take `slowness` times as long as usual. */
  constructor(world: World, rng: Rng, slowness: number) {
    this.#world = world;
    this.#rng = rng;
    this.#slowness = slowness;
  }

  arm(fault: OneShot): void {
    this.#armed.push(fault);
  }
  cut(process: SimulatedProcess, time: Millis): void {
    this.#cuts.set(process, this.#world.now + time);
  }
  isCut(process: SimulatedProcess): boolean {
    return (this.#cuts.get(process) ?? 0) > this.#world.now;
  }
  killed(process: SimulatedProcess, late: Millis): void {
    this.#late.set(process, late);
  }

  latency(): Millis {
    const most = this.#rng.below(SLOW_SHARE) === 0 ? SLOW_LATENCY : USUAL_LATENCY;
    return this.#rng.next() * most * this.#slowness;
  }

  request<T>(process: SimulatedProcess, request: Request<T>): Promise<T> {
    if (process.isDead) return new Promise(() => {});
    return new Promise<T>((resolve, reject) => {
      let isAnswered = false;
      let timer: Due | null = null;
      const answer = (tell: () => void): void => {
        if (isAnswered) return;
        isAnswered = true;
        timer?.cancel();
        tell();
      };
      const send = (): void => {
        timer = this.#world.after(this.timeout, () =>
          process.hear(() => {
            if (isAnswered) return;
            if (!request.once) send();
            else answer(() => reject(unknown(request.name)));
          }),
        );
        this.#send(process, request, {
          resolve: value => answer(() => resolve(value)),
          reject: error => answer(() => reject(error)),
        });
      };
      send();
    });
  }

  #send<T>(
    process: SimulatedProcess,
    request: Request<T>,
    to: { resolve(value: T): void; reject(error: unknown): void },
  ): void {
    const lose = request.once ? this.#take(fault => fault.kind === 'lose') : null;
    const delay = this.#take(fault => fault.kind === 'delay' && (fault.of === 'any' || request.once));
    const late = delay?.kind === 'delay' ? delay.for : 0;
    const losesRequest = lose?.kind === 'lose' && lose.what === 'request';
    const losesAnswer = lose?.kind === 'lose' && lose.what === 'answer';
    if (late > 0) this.#world.tell(`${process.name}: ${request.name} is ${late.toFixed(1)} ms late`);
    if (losesRequest) this.#world.tell(`${process.name}: ${request.name} is lost`);
    if (losesAnswer) this.#world.tell(`${process.name}: the answer to ${request.name} is lost`);
    const arrive = (isFirst: boolean): void => {
      // Sent before its sender was killed: it may be under way for longer.
      const rest = this.#late.get(process);
      if (rest !== undefined && process.isDead && isFirst && rest > 0) {
        this.#world.after(this.#rng.next() * rest, () => arrive(false));
        return;
      }
      if (process.isDead) this.#world.tell(`${process.name}, dead: ${request.name} arrives all the same`);
      const back = (tell: () => void): void => {
        if (!losesAnswer) this.#world.after(this.#held(process) + this.latency(), () => process.hear(tell));
      };
      request.work().then(
        value => back(() => to.resolve(value)),
        error => back(() => to.reject(error)),
      );
    };
    if (!losesRequest) this.#world.after(this.#held(process) + this.latency() + late, () => arrive(true));
    const twice = request.mayDouble ? this.#take(fault => fault.kind === 'twice') : null;
    if (twice?.kind !== 'twice') return;
    this.#world.tell(`${process.name}: ${request.name} arrives twice`);
    this.#world.after(this.latency() + twice.again, () => void request.work().catch(() => undefined));
  }

  /** Until a cut is over. */
  #held(process: SimulatedProcess): Millis {
    return Math.max(0, (this.#cuts.get(process) ?? 0) - this.#world.now);
  }
  #take(fits: (fault: OneShot) => boolean): OneShot | null {
    const at = this.#armed.findIndex(fits);
    return at < 0 ? null : this.#armed.splice(at, 1)[0];
  }
}

function unknown(name: string): LogError {
  return new LogError('unknown', `No answer to ${name} in time.`);
}
