import type { MessagePort, Transferable } from 'node:worker_threads';
import type {
  Assignment,
  ChangelogDelta,
  Commit,
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
} from '../contract/log.ts';
import { LogError } from '../contract/log.ts';
import { FramePacker } from './frame-transfer.ts';
import type { CallName, ChangelogPart, LogCalls, Reply } from './log-protocol.ts';
import { fromFailure } from './log-protocol.ts';

/**
 * The log of a log thread, through a port made by its `connect()`. Frames given to `commit` and `append` are handed over:
 * their buffers may be detached. When the thread ends, every call rejects with LogError `dead`.
 */
export function connectLog(port: MessagePort): Log {
  return new LogClient(new Caller(port));
}

interface Pending {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

class Caller {
  readonly #port: MessagePort;
  readonly #pending = new Map<number, Pending>();
  readonly #assigns = new Map<number, (assignment: Assignment) => void>();
  #next = 1;
  #ended: LogError | null = null;

  constructor(port: MessagePort) {
    this.#port = port;
    port.on('message', (reply: Reply) => this.#onReply(reply));
    port.on('close', () => this.end(new LogError('dead', 'The log thread has ended.')));
    port.unref();
  }

  handle(): number {
    return this.#next++;
  }

  call<N extends CallName>(
    name: N,
    args: LogCalls[N]['args'],
    transfer: readonly Transferable[] = [],
  ): Promise<LogCalls[N]['answer']> {
    if (this.#ended !== null) return Promise.reject(this.#ended);
    const id = this.#next++;
    return new Promise((resolve, reject) => {
      this.#port.postMessage({ id, call: name, args }, transfer);
      this.#pending.set(id, { resolve: answer => resolve(answer as LogCalls[N]['answer']), reject });
      this.#keepAlive();
    });
  }

  onAssign(handle: number, callback: ((assignment: Assignment) => void) | null): void {
    if (callback === null) this.#assigns.delete(handle);
    else this.#assigns.set(handle, callback);
    this.#keepAlive();
  }

  /** A port keeps its thread alive only while something is awaited from it. */
  #keepAlive(): void {
    if (this.#pending.size + this.#assigns.size > 0) this.#port.ref();
    else this.#port.unref();
  }

  #onReply(reply: Reply): void {
    if ('assign' in reply) {
      this.#assigns.get(reply.assign)?.(reply.assignment);
      return;
    }
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    this.#pending.delete(reply.id);
    this.#keepAlive();
    if ('failure' in reply) pending.reject(fromFailure(reply.failure));
    else pending.resolve(reply.answer);
  }

  end(why: LogError): void {
    if (this.#ended !== null) return;
    this.#ended = why;
    for (const pending of this.#pending.values()) pending.reject(why);
    this.#pending.clear();
    this.#assigns.clear();
    this.#port.close();
  }
}

async function* inParts(from: bigint, call: (from: bigint) => Promise<ChangelogPart>): AsyncGenerator<ChangelogDelta> {
  for (;;) {
    const part = await call(from);
    yield* part.deltas;
    if (part.done) return;
    from = part.deltas[part.deltas.length - 1].next;
  }
}

class LogClient implements Log {
  readonly #caller: Caller;

  constructor(caller: Caller) {
    this.#caller = caller;
  }
  async ensureTopics(specs: readonly TopicSpec[]): Promise<void> {
    await this.#caller.call('ensureTopics', [specs]);
  }
  topics(): Promise<readonly TopicInfo[]> {
    return this.#caller.call('topics', []);
  }
  describe(topic: string): Promise<TopicInfo> {
    return this.#caller.call('describe', [topic]);
  }
  async join(group: GroupSpec, onAssign: (assignment: Assignment) => void): Promise<Membership> {
    const handle = this.#caller.handle();
    this.#caller.onAssign(handle, onAssign);
    try {
      const memberId = await this.#caller.call('join', [handle, group]);
      const leave = async (): Promise<void> => {
        this.#caller.onAssign(handle, null);
        await this.#caller.call('leave', [handle]);
      };
      return { memberId, leave };
    } catch (error) {
      this.#caller.onAssign(handle, null);
      throw error;
    }
  }
  async open(task: TaskId): Promise<TaskLog> {
    const handle = this.#caller.handle();
    const { epoch, last } = await this.#caller.call('open', [handle, task]);
    return new TaskLogClient(this.#caller, handle, task, epoch, last);
  }
  last(task: TaskId): Promise<CommitRecord | null> {
    return this.#caller.call('last', [task]);
  }
  changelog(task: TaskId, from: bigint): AsyncIterable<ChangelogDelta> {
    return inParts(from, at => this.#caller.call('changelogOf', [task, at]));
  }
  read(at: Position, max: ReadLimit): Promise<ReadResult> {
    return this.#caller.call('read', [at, max]);
  }
  async append(to: TopicPartition, frames: readonly Uint8Array[]): Promise<void> {
    const packer = new FramePacker(frames);
    await this.#caller.call('append', [to, packer.packed(frames)], packer.transfer);
  }
  async purge(to: TopicPartition, before: bigint): Promise<void> {
    await this.#caller.call('purge', [to, before]);
  }
  async deleteTopics(names: readonly string[]): Promise<void> {
    await this.#caller.call('deleteTopics', [names]);
  }
  async close(): Promise<void> {
    await this.#caller.call('close', []).catch(() => {});
    this.#caller.end(new LogError('closed', 'The log is closed.'));
  }
}

class TaskLogClient implements TaskLog {
  readonly task: TaskId;
  readonly epoch: bigint;
  readonly last: CommitRecord | null;
  readonly #caller: Caller;
  readonly #handle: number;

  constructor(caller: Caller, handle: number, task: TaskId, epoch: bigint, last: CommitRecord | null) {
    this.#caller = caller;
    this.#handle = handle;
    this.task = task;
    this.epoch = epoch;
    this.last = last;
  }
  changelog(from: bigint): AsyncIterable<ChangelogDelta> {
    return inParts(from, at => this.#caller.call('changelog', [this.#handle, at]));
  }
  commit(commit: Commit): Promise<CommitRecord> {
    const packer = new FramePacker(
      (function* () {
        for (const output of commit.outputs) yield* output.frames;
        yield* commit.deltas;
      })(),
    );
    const packed: Commit = {
      record: commit.record,
      outputs: commit.outputs.map(({ to, frames }) => ({ to, frames: packer.packed(frames) })),
      deltas: packer.packed(commit.deltas),
    };
    return this.#caller.call('commit', [this.#handle, packed], packer.transfer);
  }
  async purgeChangelog(before: bigint): Promise<void> {
    await this.#caller.call('purgeChangelog', [this.#handle, before]);
  }
  async close(): Promise<void> {
    await this.#caller.call('closeTask', [this.#handle]);
  }
}
