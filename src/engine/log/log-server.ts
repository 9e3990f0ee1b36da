import type { MessagePort } from 'node:worker_threads';
import { assert, unreachable } from '../base/assert.ts';
import type { ChangelogDelta, Log, Membership, TaskLog } from '../contract/log.ts';
import { buffersOf } from './frame-transfer.ts';
import type { ChangelogPart, Reply, Request } from './log-protocol.ts';
import { toFailure } from './log-protocol.ts';

/** Bytes of changelog sent at a time. */
const CHANGELOG_PART = 4 * 1024 * 1024;

/** Serves one port from a session of the log, until either ends; a client that dies leaves its groups and tasks. */
export function serveLog(port: MessagePort, session: Log): void {
  const server = new PortServer(port, session);
  port.on('message', (request: Request) => void server.answer(request));
  port.on('close', () => void session.close());
}

class PortServer {
  readonly #port: MessagePort;
  readonly #log: Log;
  readonly #tasks = new Map<number, TaskLog>();
  readonly #memberships = new Map<number, Membership>();

  constructor(port: MessagePort, session: Log) {
    this.#port = port;
    this.#log = session;
  }

  async answer(request: Request): Promise<void> {
    let reply: Reply;
    let transfer: ArrayBuffer[] = [];
    try {
      // Called in the turn the message came in: what a client sent first reaches the log first.
      const answer = await this.#perform(request);
      reply = { id: request.id, answer };
      if (request.call === 'read') {
        transfer = buffersOf((answer as Awaited<ReturnType<Log['read']>>).frames.map(frame => frame.body));
      } else if (request.call === 'changelog' || request.call === 'changelogOf') {
        transfer = buffersOf((answer as ChangelogPart).deltas.map(d => d.delta));
      }
    } catch (error) {
      reply = { id: request.id, failure: toFailure(error) };
    }
    this.#port.postMessage(reply, transfer);
  }

  #perform(request: Request): Promise<unknown> {
    const log = this.#log;
    switch (request.call) {
      case 'ensureTopics':
        return log.ensureTopics(...request.args);
      case 'topics':
        return log.topics();
      case 'describe':
        return log.describe(...request.args);
      case 'join':
        return this.#join(request.args);
      case 'leave':
        return this.#leave(request.args[0]);
      case 'open':
        return this.#open(request.args);
      case 'last':
        return log.last(...request.args);
      case 'changelogOf':
        return changelogPart(log.changelog(...request.args));
      case 'read':
        return log.read(...request.args);
      case 'append':
        return log.append(...request.args);
      case 'purge':
        return log.purge(...request.args);
      case 'deleteTopics':
        return log.deleteTopics(...request.args);
      case 'commit':
        return this.#task(request.args[0]).commit(request.args[1]);
      case 'changelog':
        return changelogPart(this.#task(request.args[0]).changelog(request.args[1]));
      case 'purgeChangelog':
        return this.#task(request.args[0]).purgeChangelog(request.args[1]);
      case 'closeTask': {
        const task = this.#task(request.args[0]);
        return task.close();
      }
      case 'close':
        return log.close();
      default:
        return unreachable(request);
    }
  }

  #task(handle: number): TaskLog {
    const task = this.#tasks.get(handle);
    assert(task !== undefined, 'a client uses the tasks it opened');
    return task;
  }

  async #open([handle, id]: Extract<Request, { call: 'open' }>['args']): Promise<unknown> {
    const task = await this.#log.open(id);
    this.#tasks.set(handle, task);
    return { epoch: task.epoch, last: task.last };
  }

  async #join([handle, group]: Extract<Request, { call: 'join' }>['args']): Promise<string> {
    const membership = await this.#log.join(group, assignment => {
      const reply: Reply = { assign: handle, assignment };
      this.#port.postMessage(reply);
    });
    this.#memberships.set(handle, membership);
    return membership.memberId;
  }

  async #leave(handle: number): Promise<void> {
    await this.#memberships.get(handle)?.leave();
    this.#memberships.delete(handle);
  }
}

async function changelogPart(changelog: AsyncIterable<ChangelogDelta>): Promise<ChangelogPart> {
  const deltas: ChangelogDelta[] = [];
  let bytes = 0;
  for await (const item of changelog) {
    deltas.push(item);
    bytes += item.delta.length;
    if (bytes >= CHANGELOG_PART) return { deltas, done: false };
  }
  return { deltas, done: true };
}
