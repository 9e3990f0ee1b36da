import { assert } from '../../base/assert.ts';
import { checkFrameSizes } from '../../contract/frame-size.ts';
import type {
  Assignment,
  ChangelogDelta,
  CommitRecord,
  GroupSpec,
  Log,
  Membership,
  Position,
  ReadLimit,
  ReadResult,
  TaskId,
  TaskLog,
  TopicInfo,
  TopicPartition,
  TopicSpec,
} from '../../contract/log.ts';
import { LogError } from '../../contract/log.ts';
import { taskName } from '../../contract/task-name.ts';
import { changelogDeltas } from './changelog-deltas.ts';
import { Channel } from './channel.ts';
import { EmbeddedTaskLog } from './embedded-task-log.ts';
import { afterDeath } from './failure.ts';
import { runOf } from './frame.ts';
import type { LogCore } from './log-core.ts';

/** The log as one client sees it. */
export class LogSession implements Log {
  readonly #core: LogCore;
  readonly #memberships = new Set<Membership>();
  readonly #tasks = new Set<TaskLog>();
  #closed = false;

  constructor(core: LogCore) {
    this.#core = core;
  }

  ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    this.#checkOpen();
    return this.#core.serially(async () => {
      const { catalog, journal } = this.#core;
      const missing: TopicSpec[] = [];
      for (const spec of specs) {
        assert(Number.isInteger(spec.partitions) && spec.partitions > 0, 'a topic has at least one partition');
        const known = catalog.topics.get(spec.name)?.spec ?? missing.find(other => other.name === spec.name);
        if (known === undefined) missing.push(spec);
        else if (known.partitions !== spec.partitions) {
          throw new LogError(
            'partitions',
            `Topic ${spec.name} has ${known.partitions} partitions, not ${spec.partitions}. The number is fixed when a topic is made.`,
          );
        }
      }
      if (missing.length === 0) return;
      const topics = missing.map(spec => ({ spec, channel: catalog.takeNumbers(spec.partitions) }));
      await journal.stage('topics', { topics });
    });
  }

  async topics(): Promise<readonly TopicInfo[]> {
    this.#checkOpen();
    return this.#core.catalog.topicInfos();
  }

  async describe(topic: string): Promise<TopicInfo> {
    this.#checkOpen();
    return this.#core.catalog.topicInfo(topic);
  }

  async join(group: GroupSpec, onAssign: (assignment: Assignment) => void): Promise<Membership> {
    this.#checkOpen();
    const membership = this.#core.groups.join(group, onAssign);
    this.#memberships.add(membership);
    return membership;
  }

  async open(id: TaskId): Promise<TaskLog> {
    this.#checkOpen();
    const { catalog, journal } = this.#core;
    const known = catalog.tasks.get(taskName(id));
    const numbers = known === undefined ? catalog.takeNumbers(2) : 0;
    const task = known ?? catalog.addTask(id, numbers, new Channel(numbers + 1));
    const epoch = ++task.epoch;
    await journal.stage('epoch', { task: id, number: task.number, channel: task.changelog.id, epoch });
    if (task.epoch !== epoch) throw new LogError('fenced', `Task ${taskName(id)} was opened by another owner.`);
    const log = new EmbeddedTaskLog(this.#core, task, BigInt(epoch));
    this.#tasks.add(log);
    return log;
  }

  async last(id: TaskId): Promise<CommitRecord | null> {
    this.#checkOpen();
    return this.#core.catalog.tasks.get(taskName(id))?.last ?? null;
  }

  async *changelog(id: TaskId, from: bigint): AsyncIterable<ChangelogDelta> {
    this.#checkOpen();
    const task = this.#core.catalog.tasks.get(taskName(id));
    if (task === undefined) return;
    for await (const delta of changelogDeltas(task, from, (...at) => this.#core.readChannel(...at))) {
      yield delta;
      this.#checkOpen();
    }
  }

  async read(at: Position, max: ReadLimit): Promise<ReadResult> {
    this.#checkOpen();
    const offset = Number(at.offset);
    const name = `${at.topic}/${at.partition}`;
    const channel = this.#core.catalog.channelOf(at);
    if (max.waitMs > 0) await this.#core.waitFor(() => this.#closed || channel.end !== offset, max.waitMs);
    this.#checkOpen();
    // It may have been deleted meanwhile.
    if (this.#core.catalog.channelOf(at) !== channel) throw new LogError('gap', `${name} was deleted and made again.`);
    const frames = await this.#core.readChannel(channel, name, offset, max.bytes);
    const next = at.offset + BigInt(frames.length);
    const end = BigInt(channel.end);
    return { frames, next: { topic: at.topic, partition: at.partition, offset: next }, stableEnd: end, end };
  }

  async append(to: TopicPartition, frames: readonly Uint8Array[]): Promise<void> {
    this.#checkOpen();
    checkFrameSizes(frames, to);
    const channel = this.#core.catalog.channelOf(to);
    const durable = this.#core.journal.stage('append', null, [runOf(channel.id, channel.staged, frames)], frames);
    channel.staged += frames.length;
    await durable;
  }

  async purge(to: TopicPartition, before: bigint): Promise<void> {
    this.#checkOpen();
    await this.#core.purge(this.#core.catalog.channelOf(to), before);
  }

  deleteTopics(names: readonly string[]): Promise<void> {
    this.#checkOpen();
    return this.#core.serially(async () => {
      const known = names.filter(name => this.#core.catalog.topics.has(name));
      if (known.length === 0) return;
      await this.#core.journal.stage('delete-topics', { names: known });
      this.#core.wake();
      await this.#core.reclaimer.run();
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#core.wake();
    for (const membership of this.#memberships) await membership.leave();
    for (const task of this.#tasks) await task.close();
  }

  #checkOpen(): void {
    if (this.#closed) throw new LogError('closed', 'The log is closed.');
    const { death } = this.#core.journal;
    if (death !== null) throw afterDeath(death);
  }
}
