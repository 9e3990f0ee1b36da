import type { Millis } from '../../base/units.ts';
import { refuseTooMany } from '../poison-limit.ts';
import type { TaskRun } from '../task-spec.ts';
import type { Fetched } from './input-reader.ts';
import { Narrowing } from './narrowing.ts';
import { OperatorFailure, StreamSession } from './stream-session.ts';
import type { StreamResult, StreamTaskSpec } from './stream-spec.ts';

/** Rows wait no longer for company in a commit than this. */
const LINGER_MS: Millis = 5;
/** A task without rows looks around this often. */
const IDLE_MS: Millis = 50;
const COMMIT_BYTES = 8 * 1024 * 1024;
/** Upstream pauses while a downstream partition is this many frames behind. */
const MAX_BACKLOG_FRAMES = 128n;
const BACKLOG_POLL_MS: Millis = 5;
/** So long it is not asked again how far downstream has come: over a network the answer is dear, and a backlog is no exact bound. */
const ROOM_MS: Millis = 20;
const TELL_MS: Millis = 200;

/** What the main thread wants of a running task. */
interface Wishes {
  stop: boolean;
  finish: boolean;
  until: bigint | null;
  drain: number | null;
}

/** One partition of a chain over the log, from its last commit to its end, a stop, or an error. */
export async function runStreamTask(run: TaskRun, spec: StreamTaskSpec): Promise<StreamResult> {
  const wishes: Wishes = { stop: false, finish: false, until: null, drain: null };
  run.onOrder(order => {
    if (order.kind === 'stop') wishes.stop = true;
    else if (order.kind === 'finish') wishes.finish = true;
    else if (order.kind === 'drain') wishes.drain = order.drain;
    else if (order.kind === 'until') wishes.until = BigInt(order.offset);
  });
  const narrowing = new Narrowing(run.host.batchRows);
  for (;;) {
    const session = await StreamSession.open(run, spec, narrowing.batchRows);
    // What has been committed: a task that gets on between its failures is not given up.
    run.tell({ kind: 'counts', counts: session.counts.list(), ...session.reader.outlook() });
    try {
      const result = await new Life(run, session, wishes, narrowing).live();
      if (result !== null) return result;
    } catch (error) {
      if (!(error instanceof OperatorFailure)) throw await session.asFenced(error);
      narrowing.failed(error.failure, error.rows, error.before);
    } finally {
      await session.close();
    }
  }
}

class Life {
  readonly #run: TaskRun;
  readonly #session: StreamSession;
  readonly #wishes: Wishes;
  readonly #narrowing: Narrowing;
  #firstAt: Millis | null = null;
  #toldAt: Millis;
  /** Downstream had room at the last look, which counts until then. */
  #roomUntil: Millis = 0;
  /** Since the last commit. */
  #rowsTaken = 0;

  constructor(run: TaskRun, session: StreamSession, wishes: Wishes, narrowing: Narrowing) {
    this.#run = run;
    this.#session = session;
    this.#wishes = wishes;
    this.#narrowing = narrowing;
    this.#toldAt = run.host.clock.elapsed();
  }

  /** Null: the rows in doubt are behind, and the task is to be opened anew with whole batches. */
  async live(): Promise<StreamResult | null> {
    if (this.#session.last?.ended === true) return this.#result('ended', true);
    const wasNarrow = this.#narrowing.isActive;
    for (;;) {
      this.#run.signal.throwIfAborted();
      if (this.#wishes.until !== null) this.#session.reader.setUntil(this.#wishes.until);
      if (this.#wishes.stop) return this.#leave('stopped');
      if (wasNarrow && !this.#narrowing.isActive) return null;
      const { drain } = this.#wishes;
      if (drain !== null && this.#session.isDrained(drain)) return this.#drain(drain);
      if (!(await this.#hasRoom())) continue;
      const fetched = await this.#next();
      if (fetched.kind === 'until') return this.#leave('caught-up');
      if (fetched.kind === 'end') {
        await this.#session.end();
        this.#run.tell({ kind: 'counts', counts: this.#session.counts.list(), done: 1, lag: null });
        return this.#result('ended', false);
      }
      if (fetched.kind === 'rows') this.#take(fetched);
      await this.#commitIfDue(fetched.kind === 'none');
      this.#tell();
    }
  }

  /** A chain that needs no more rows, or whose rows nobody needs, takes its input for ended. */
  async #next(): Promise<Fetched> {
    if (this.#session.isDone || this.#wishes.finish) return { kind: 'end' };
    return this.#session.reader.next(this.#narrowing.batchRows, this.#patience());
  }
  /** Rows that have been taken are committed on time, though no others come. */
  #patience(): Millis {
    if (!this.#session.uncommitted || this.#firstAt === null) return IDLE_MS;
    return Math.max(0, this.#firstAt + LINGER_MS - this.#run.host.clock.elapsed());
  }

  #take(fetched: Extract<Fetched, { kind: 'rows' }>): void {
    const { batch } = fetched;
    this.#rowsTaken += batch?.rows ?? 0;
    const refusals = batch === null ? [] : this.#narrowing.verdict(batch.rows);
    this.#session.take(fetched, refusals);
    if (refusals.length === 0) return;
    const { poisoned, poisonedInARow } = this.#session.numbers;
    const rows = Math.max(0, ...this.#session.counts.list().map(count => count.rowsIn));
    refuseTooMany(refusals[0].operator, { poisoned, inARow: poisonedInARow, rows });
  }

  /** While rows are being narrowed down every batch is committed, so that a failure costs no more than itself. */
  async #commitIfDue(isIdle: boolean): Promise<void> {
    if (!this.#session.uncommitted) return;
    const now = this.#run.host.clock.elapsed();
    this.#firstAt ??= now;
    const isDue = isIdle || now - this.#firstAt >= LINGER_MS || this.#session.outputBytes >= COMMIT_BYTES;
    if (!isDue && !this.#narrowing.isActive) return;
    await this.#session.commit();
    this.#firstAt = null;
    if (!this.#narrowing.isActive) {
      this.#rowsTaken = 0;
      return;
    }
    await this.#session.settle();
    this.#narrowing.passed(this.#rowsTaken);
    this.#rowsTaken = 0;
  }

  async #hasRoom(): Promise<boolean> {
    const { clock } = this.#run.host;
    if (this.#wishes.finish || clock.elapsed() < this.#roomUntil) return true;
    if (!(await this.#session.isDownstreamFull(MAX_BACKLOG_FRAMES, clock.elapsed()))) {
      this.#roomUntil = clock.elapsed() + ROOM_MS;
      return true;
    }
    if (this.#session.uncommitted) await this.#session.commit();
    this.#tell();
    await clock.sleep(BACKLOG_POLL_MS, this.#run.signal);
    return false;
  }

  async #drain(drain: number): Promise<StreamResult> {
    const already = this.#session.numbers.drained === drain;
    if (!already) await this.#session.drain(drain);
    return this.#result('drained', already);
  }
  async #leave(how: StreamResult['how']): Promise<StreamResult> {
    if (this.#session.uncommitted) await this.#session.commit();
    await this.#session.settle();
    return this.#result(how, false);
  }
  #result(how: StreamResult['how'], already: boolean): StreamResult {
    return { how, counts: this.#session.counts.list(), already };
  }
  #tell(): void {
    const now = this.#run.host.clock.elapsed();
    if (now - this.#toldAt < TELL_MS) return;
    this.#toldAt = now;
    const { done, lag } = this.#session.reader.outlook();
    this.#run.tell({ kind: 'counts', counts: this.#session.counts.list(), done, lag });
  }
}
