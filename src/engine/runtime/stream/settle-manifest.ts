import { OperationalError } from '../../base/operational-error.ts';
import type { Millis } from '../../base/units.ts';
import { type CommitRecord, type Log, LogError } from '../../contract/log.ts';
import type { Chain, StreamJob } from '../../plan/physical.ts';
import { planPhysical } from '../../plan/physical-plan.ts';
import { sinksOf } from '../../plan/refs.ts';
import { outlineOf, type WorkOutline } from '../../plan/work-outline.ts';
import type { JobContext } from '../job-context.ts';
import { planHash } from '../job-keys.ts';
import { withGrownTopics } from './grown-topics.ts';
import { inputsNow } from './inputs-now.ts';
import { hasSameInput, keptStarts, keptTasks } from './kept-inputs.ts';
import { everyTask, leftOutChains, withLeftOut } from './left-out-chains.ts';
import { ensureManifests, type ManifestState, readManifests, superseded, writeManifest } from './manifest-log.ts';
import { isDrained, moveState } from './move-state.ts';
import { dropGeneration, fenceAll } from './past-generation.ts';
import { assertReadOn } from './read-on.ts';
import { warnOfRowsTwice } from './rows-twice.ts';
import { waitUntilNoneRuns } from './running-processes.ts';
import {
  leftOutOfMove,
  nothingToDrain,
  otherParts,
  otherPlanToDrain,
  otherPlanToSpread,
  undrained,
} from './settle-refusals.ts';
import { giveSigns, settlerName, waitForOther } from './settling.ts';
import { halfMoved, isSameWork, type Left, type Standing, standingOf, type Wanted } from './standing.ts';
import { isHeld, type StreamManifest } from './stream-manifest.ts';
import { assertTopicsFit } from './stream-topics.ts';
import { leftOf, nothingLeft, tasksOfReturning, upgradedManifest } from './upgrade.ts';

/** What a stream begins with, or goes on with. */
export interface Settled {
  readonly manifest: StreamManifest;
  /** The log of manifests as it was then. */
  readonly state: ManifestState;
}

/** A manifest is written over and over only where several processes begin one flow in different ways at once. */
const MOST_TRIES = 20;

/**
 * The manifest in force: the one in the log, or a new one, written before any task starts. What rests on what tasks have committed is decided
 * while none runs: a manifest that names this process stops them, then each is fenced, then what they have left is read, and then the manifest
 * that comes of it is put in force.
 */
export async function settleManifest(context: JobContext, job: StreamJob, log: Log): Promise<Settled> {
  const { name } = context.host.plan.flow;
  const me = settlerName(context, context.clock);
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const state = await ensureManifests(log, name);
    const settled = await new Settling(context, job, log, state, me).settle();
    if (settled !== null) return settled;
  }
  throw superseded(name);
}

/** One try, by what the log says; null: it says something else now. */
class Settling {
  readonly #context: JobContext;
  readonly #job: StreamJob;
  readonly #log: Log;
  readonly #state: ManifestState;
  readonly #name: string;
  /** As manifests name this process while it changes the stream. */
  readonly #me: string;

  constructor(context: JobContext, job: StreamJob, log: Log, state: ManifestState, me: string) {
    this.#context = context;
    this.#job = job;
    this.#log = log;
    this.#state = state;
    this.#name = context.host.plan.flow.name;
    this.#me = me;
  }

  /** This process has stopped the tasks. */
  get #holds(): boolean {
    return this.#state.manifest?.settling === this.#me;
  }

  async settle(): Promise<Settled | null> {
    const known = this.#state.manifest;
    if (known === null) {
      if (this.#context.drain) throw nothingToDrain(this.#name, 'has not begun');
      const fresh = await this.#fresh(null, false);
      return this.#begin(fresh, fresh.topics);
    }
    if (this.#context.fresh || !isHeld(known)) return this.#decide(known);
    return this.#holds ? this.#decideAlone(known) : this.#afterOther(known);
  }

  /** Somebody is at it: whoever waits takes over from one that has died. */
  async #afterOther(held: StreamManifest): Promise<null> {
    const other = held.settling ?? 'another process';
    if (this.#context.alone !== true) {
      const message = `flow ${this.#name} is being changed by another process (${other}): waiting for it`;
      this.#context.tell({ event: 'warning', code: 'R563', message, stage: null });
    }
    if (!(await waitForOther(this.#context, this.#log, this.#name, this.#state))) return null;
    if (held.from !== undefined && !isSameWork(held, this.#text())) throw halfMoved(this.#name);
    return this.#hold(held);
  }

  /** Of a stream that nobody runs any more; who cannot say so, being frozen, is stopped by it. */
  async #holdAtRest(now: Omit<StreamManifest, 'revision'>): Promise<null> {
    return (await waitUntilNoneRuns(this.#context, this.#log, this.#state)) ? this.#hold(now) : null;
  }
  /** Stops all tasks; the next try goes on from there. Nothing came of it where somebody was first. */
  async #hold(now: Omit<StreamManifest, 'revision'>): Promise<null> {
    await this.#write({ ...now, settling: this.#me });
    return null;
  }

  /** While no task runs. A refusal leaves the stream as it was. */
  async #decideAlone(held: StreamManifest): Promise<Settled | null> {
    const done = giveSigns(this.#context, this.#log, this.#name, this.#me);
    const before = { ...held, settling: undefined };
    try {
      if (before.from !== undefined) return await this.#finishMove(before, before.from);
      return await this.#decide(before);
    } catch (error) {
      const isMine = await this.#isInForce();
      if (!isMine || isFence(error)) {
        // Somebody has taken over, or woke up and has still to learn that it must not run.
        await this.#context.clock.sleep(FENCED_WAIT, this.#context.signal);
        return null;
      }
      // A move that has begun stays one until it is over, or known to be impossible.
      if (before.from === undefined) await this.#write(before);
      else if (error instanceof OperationalError && REFUSED.has(error.code)) {
        await this.#write({ ...before, ...before.from, from: undefined, drained: undefined });
      }
      throw error;
    } finally {
      done();
    }
  }
  /** The manifest this try began with. */
  async #isInForce(): Promise<boolean> {
    return (await readManifests(this.#log, this.#name, this.#state)).revision === this.#state.revision;
  }

  /** By what tasks have committed so far. Where that may become more while it is thought about, they are stopped first, and it is thought about again. */
  async #decide(known: StreamManifest): Promise<Settled | null> {
    const before = await withLeftOut(await withGrownTopics(known, this.#job, this.#log), this.#name, this.#log);
    if (this.#holds) await fenceAll(this.#log, this.#name, known);
    const whole = this.#whole();
    const left = this.#context.fresh ? nothingLeft(before) : await leftOf(this.#log, this.#name, before, whole);
    const stands = standingOf(this.#name, left, { ...this.#text(), work: whole }, this.#context.allowDrop);
    const isAtRest = stands.what === 'new' || stands.what === 'ended';
    const fresh = await this.#fresh(before, !isAtRest);
    if (isAtRest && !this.#context.drain) return this.#beginOrKeep(before, fresh, stands);
    return this.#goOn(before, fresh, left, stands, whole);
  }

  /** What the flow's text says. */
  #text(): Pick<Wanted, 'planHash' | 'flowVersion'> & Required<Pick<Wanted, 'sinks'>> {
    const { plan } = this.#context.host;
    return { planHash: planHash(plan.nodes), flowVersion: plan.flow.version, sinks: sinkIds(this.#job) };
  }
  /** The flow with what is left out of this run. */
  #whole(): WorkOutline {
    const { plan, catalog } = this.#context.host;
    const here = outlineOf(this.#job, catalog, plan.nodes);
    const all = planPhysical(plan, catalog).jobs.find(job => job.kind === 'stream');
    if (all === undefined) return here;
    const whole = outlineOf(all, catalog, plan.nodes);
    const missing = <T extends { readonly id: string }>(of: readonly T[], have: readonly T[]) =>
      of.filter(({ id }) => have.every(one => one.id !== id));
    return {
      chains: [...here.chains, ...missing(whole.chains, here.chains)],
      sinks: [...here.sinks, ...missing(whole.sinks, here.sinks)],
      stages: whole.stages,
    };
  }

  /** `goesOn`: where it began in its topics counts, and no longer what the flow says of that. */
  async #fresh(before: StreamManifest | null, goesOn: boolean): Promise<Fresh> {
    const { host, partitions, partitionsAsked } = this.#context;
    const work = outlineOf(this.#job, host.catalog, host.plan.nodes);
    const known = {
      before: goesOn ? before : null,
      tasks: partitionsAsked || before === null ? {} : everyTask(before),
    };
    const inputs = await inputsNow(this.#context, this.#job, this.#log, known, partitions);
    return { ...inputs, ...this.#text(), work };
  }

  async #beginOrKeep(before: StreamManifest, fresh: Fresh, { what, isSameWork }: Standing): Promise<Settled | null> {
    const context = this.#context;
    const isOpen = what === 'new';
    const isSame = isSameWork && hasSameInput(before, fresh);
    const holds = isSame && !context.fresh && !(!isOpen && isForTheEye(context, this.#job));
    // Where nothing was committed, another number of partitions is as good as the first.
    if (holds && !(isOpen && context.partitionsAsked && otherTasks(before, fresh))) return this.#keep(before);
    if (isOpen && !context.fresh && !this.#holds) return this.#holdAtRest(before);
    if (!isOpen) await warnOfRowsTwice(context, this.#job, this.#log, isSameWork);
    if (!isOpen || context.fresh) return this.#begin(fresh, fresh.topics, isOpen);
    // From `latest` on is from where that was at first: what has come since is still to be read.
    const latest = new Set(this.#job.chains.flatMap(({ id, input }) => (isFromLatest(input) ? [id] : [])));
    return this.#begin(
      fresh,
      keptStarts(before, fresh, (chain, start) => latest.has(chain) && start.offsets !== null),
      true,
    );
  }

  /** `isOpen`: the generation before may still be at work. */
  async #begin(fresh: Fresh, topics: Fresh['topics'], isOpen = false): Promise<Settled | null> {
    const before = this.#state.manifest;
    const stream = this.#context.clock.now().toString(36);
    await assertTopicsFit(this.#context, this.#job, this.#log);
    const settled = await this.#write({ ...fresh, topics, stream, generation: this.#state.generations + 1 });
    // Whoever runs the generation before is not to write any more where this one writes. Its exchanges are needed until it is no longer in force.
    if (settled !== null && before !== null && isOpen) {
      if (!this.#holds) await fenceAll(this.#log, this.#name, before);
      await dropGeneration(this.#log, this.#name, before.generation);
    }
    return settled;
  }

  /** In mid-stream, or where a stream is to be drained. */
  async #goOn(
    before: StreamManifest,
    fresh: Fresh,
    { last, leftOut }: Pick<Left, 'last' | 'leftOut'>,
    stands: Standing,
    whole: WorkOutline,
  ): Promise<Settled | null> {
    const had = { ...(await tasksOfReturning(this.#log, this.#name, before, fresh.work)), ...keptTasks(before, fresh) };
    const tasks = { ...fresh.tasks, ...had };
    const topics = keptStarts(before, fresh, () => true);
    // Topics of what comes back may have grown while it was left out.
    const now = {
      ...(await withGrownTopics({ ...before, ...fresh, tasks, topics }, this.#job, this.#log)),
      work: fresh.work,
    };
    if (stands.isSameWork) {
      if (this.#context.partitionsAsked && otherTasks(before, fresh)) return this.#rescale(before, fresh, last);
      if (!assertReadOn(before, now, last)) return this.#keep(before);
      return this.#write({ ...before, drained: undefined, splits: { ...before.splits, ...now.splits } });
    }
    if (this.#context.drain) {
      // Those that ran it have drained it: any text may say so.
      if (before.drained !== undefined && before === this.#state.manifest) return this.#keep(before);
      throw otherPlanToDrain(this.#name);
    }
    if (this.#context.partitionsAsked && otherTasks({ tasks: had }, { tasks: { ...had, ...fresh.tasks } })) {
      throw stands.what === 'parts' ? otherParts(this.#name) : otherPlanToSpread(this.#name);
    }
    if (stands.refusal !== null) throw stands.refusal;
    assertReadOn(before, now, [...last, ...leftOut]);
    await assertTopicsFit(this.#context, this.#job, this.#log);
    if (!this.#holds) return this.#holdAtRest(before);
    return this.#write({ ...upgradedManifest(before, now, whole, stands), drained: undefined });
  }

  /** As it is; but a drain that was asked for, or is over, is over for whoever goes on. */
  async #keep(before: StreamManifest): Promise<Settled | null> {
    const { drain } = this.#context;
    const hasGrown = before !== this.#state.manifest;
    if (!hasGrown && (drain || (before.drained === undefined && this.#state.drain === null))) {
      return { manifest: before, state: this.#state };
    }
    return this.#write({ ...before, drained: undefined });
  }

  async #rescale(
    before: StreamManifest,
    fresh: Fresh,
    last: readonly (CommitRecord | null)[],
  ): Promise<Settled | null> {
    if (this.#context.drain) return this.#keep(before);
    if (leftOutChains(before).length > 0) throw leftOutOfMove(this.#name, before);
    if (!isDrained(before, last)) throw undrained(this.#name, before, fresh);
    const { generation, tasks } = before;
    return this.#holdAtRest({
      ...before,
      generation: this.#state.generations + 1,
      tasks: fresh.tasks,
      from: { generation, tasks },
    });
  }

  async #finishMove(before: StreamManifest, from: NonNullable<StreamManifest['from']>): Promise<null> {
    const { host, tell, moveBytes } = this.#context;
    const isMine = () => this.#isInForce();
    await moveState({ host, moveBytes, log: this.#log, flow: this.#name, job: this.#job, before, from, isMine });
    if ((await this.#write({ ...before, from: undefined })) === null) return null;
    const message = `the state and positions of flow ${this.#name} have been laid over ${countOf(before)} tasks, from ${countOf(from)}`;
    tell({ event: 'warning', code: 'R549', message, stage: null });
    return null;
  }

  async #write(manifest: Omit<StreamManifest, 'revision'>): Promise<Settled | null> {
    const state = await writeManifest(this.#log, this.#name, this.#state, manifest);
    return state?.manifest === undefined || state.manifest === null ? null : { manifest: state.manifest, state };
  }
}

type Fresh = Required<Pick<StreamManifest, 'tasks' | 'splits' | 'topics' | 'tables' | 'sinks' | 'work'>> &
  Pick<StreamManifest, 'planHash' | 'flowVersion'>;

const FENCED_WAIT: Millis = 500;
/** What is found when the tasks of the generation before have been fenced, and makes it go on as it was. */
const REFUSED: ReadonlySet<string> = new Set(['R544', 'R546']);

/** Of this try alone: the next begins with a fence of its own. */
function isFence(error: unknown): boolean {
  return error instanceof LogError && ['fenced', 'unknown', 'unmade'].includes(error.code);
}
function otherTasks(before: Pick<StreamManifest, 'tasks'>, now: Pick<StreamManifest, 'tasks'>): boolean {
  return Object.entries(before.tasks).some(([chain, count]) => now.tasks[chain] !== count);
}
function countOf({ tasks }: Pick<StreamManifest, 'tasks'>): number {
  return Object.values(tasks).reduce((sum, count) => sum + count, 0);
}

function sinkIds(job: StreamJob): readonly string[] {
  return sinksOf(job.chains)
    .map(sink => sink.id)
    .sort();
}
function isFromLatest(input: Chain['input']): boolean {
  return input.kind === 'topic' && input.source.connector.options['from'] === 'latest';
}

/** All its sinks are consoles: nothing is kept of an earlier run, so that one does not make this one superfluous. */
function isForTheEye(context: JobContext, job: StreamJob): boolean {
  const outputs = job.chains.flatMap(chain => chain.outputs);
  return outputs.every(
    output =>
      output.kind === 'exchange' ||
      (output.kind === 'sink' && context.host.catalog.sinks.get(output.sink.connector.connector)?.nature === 'console'),
  );
}
