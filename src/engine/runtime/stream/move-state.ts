import { OperationalError } from '../../base/operational-error.ts';
import type { Bytes } from '../../base/units.ts';
import { partitionOfGroup } from '../../columnar/key-hash.ts';
import {
  type CommitRecord,
  type InputPosition,
  type Log,
  LogError,
  MAX_FRAME_BYTES,
  type TaskId,
  type TaskLog,
} from '../../contract/log.ts';
import { StageCounts } from '../../observe/stage-counts.ts';
import type { Chain, StreamJob } from '../../plan/physical.ts';
import { readState } from '../../state/read-state.ts';
import { encodePut } from '../../state/state-block.ts';
import type { TaskState } from '../../state/state-store.ts';
import type { TaskHost } from '../task-host.ts';
import { tasksOf } from './generation-tasks.ts';
import { fenceAll, giveUp } from './past-generation.ts';
import { splitInput } from './splits-reader.ts';
import { generationName, type StreamManifest } from './stream-manifest.ts';
import { taskLabel } from './stream-spec.ts';
import { snapshotsElsewhere } from './stream-state.ts';
import { countsOf, numbersOf, type TaskNumbers } from './task-record.ts';

/** State is committed in pieces of about this. */
const PIECE_BYTES: Bytes = 8 * 1024 * 1024;

/** From the tasks of a generation that has drained to those of the next, which have another number. */
export interface Move {
  readonly host: TaskHost;
  readonly log: Log;
  readonly moveBytes?: Bytes | undefined;
  /** Without a generation. */
  readonly flow: string;
  readonly job: StreamJob;
  /** The manifest of the tasks that get the state. */
  readonly before: StreamManifest;
  readonly from: NonNullable<StreamManifest['from']>;
  /** Whether this process is still the one that changes the stream. */
  isMine(): Promise<boolean>;
}
interface Old {
  readonly task: TaskId;
  readonly last: CommitRecord | null;
}

/** Whether every task left by the drain that the manifest tells of, or had ended. */
export function isDrained({ drained }: StreamManifest, last: readonly (CommitRecord | null)[]): boolean {
  if (drained === undefined) return false;
  return last.every(record => record !== null && (record.ended || numbersOf(record).drained === drained));
}

/**
 * Gives every new task what it needs to go on: state by key group, positions by input, counts. Each then has a first record of its own that
 * says all; whoever is killed in between goes over it again, and passes over those that have theirs. The old tasks are fenced before they
 * are read, so nothing is added to what they hold. What only they needed goes last, before the manifest says that the move is over: so it is
 * done again where a process dies in the middle of it, and by then nobody reads it. Throws R544 where one of them has gone on since the drain, R546 where state is not laid
 * out by key; LogError `fenced` where another process does the same.
 */
export async function moveState(move: Move): Promise<void> {
  const { log, flow, before, from } = move;
  const last = await fenceAll(log, flow, from);
  if (!isDrained(before, last)) {
    throw new OperationalError('R544', `flow ${flow} has gone on since it was drained`, {
      hint: 'drain it again: weir stop FLOW --drain',
    });
  }
  const old = [...tasksOf(flow, from)].map((task, i): Old => ({ task, last: last[i] }));
  for (const chain of move.job.chains) await moveChain(move, chain, old);
  await giveUp(move);
}

/**
 * To be asked after the heirs have been opened: whoever ends the move writes its manifest before they run, and what they have committed since
 * does not tell of it. So one of the two sees the other.
 */
async function assertMoving({ flow, isMine }: Move): Promise<void> {
  if (await isMine()) return;
  throw new LogError('fenced', `the state of flow ${flow} has been moved by another process`);
}

async function moveChain(move: Move, chain: Chain, all: readonly Old[]): Promise<void> {
  const { log, flow, before } = move;
  const mine = all.filter(({ task }) => task.chain === chain.id);
  const heirs: Heir[] = [];
  try {
    for (let partition = 0; partition < before.tasks[chain.id]; partition++) {
      const owner = await log.open({ flow: generationName(flow, before.generation), chain: chain.id, partition });
      heirs.push(new Heir(owner, before.planHash, mine[0]?.last?.models ?? {}, move.moveBytes ?? PIECE_BYTES));
    }
    await assertMoving(move);
    if (heirs.every(heir => heir.isDone)) return;
    for (const one of mine) await handOn(move, chain, one, heirs);
    for (const [partition, heir] of heirs.entries()) {
      const numbers = numbersFor(move, chain, partition, mine, all);
      await heir.finish(
        positionsFor(move, chain, partition, mine),
        countsOf(numbers.counts, numbers),
        isSame(move, chain) ? mine[partition].last?.ended === true : mine.every(({ last }) => last?.ended === true),
      );
    }
  } finally {
    for (const heir of heirs) await heir.close();
  }
}

/** A new task, as it is given what it needs. */
class Heir {
  /** It has its first record: somebody was here before. */
  readonly isDone: boolean;
  readonly #owner: TaskLog;
  readonly #record: Pick<CommitRecord, 'planHash' | 'models' | 'sinkTokens' | 'snapshot'>;
  readonly #most: Bytes;
  #piece: Uint8Array[] = [];
  #bytes = 0;

  constructor(owner: TaskLog, planHash: string, models: CommitRecord['models'], most: Bytes) {
    this.#most = most;
    const { last } = owner;
    this.isDone = last !== null && (last.ended || numbersOf(last).drained !== null);
    this.#owner = owner;
    this.#record = { planHash, models, sinkTokens: [], snapshot: null };
  }
  /** What a killed process has committed before is committed again, to no harm: the record that says all is there comes last. */
  async take(blocks: readonly Uint8Array[]): Promise<void> {
    if (this.isDone) return;
    for (const block of blocks) {
      if (this.#piece.length > 0 && this.#bytes + block.length > this.#most) await this.#commit([], {}, false);
      this.#piece.push(block);
      this.#bytes += block.length;
    }
  }
  async finish(positions: readonly InputPosition[], counts: CommitRecord['counts'], ended: boolean): Promise<void> {
    if (!this.isDone) await this.#commit(positions, counts, ended);
  }
  async #commit(positions: readonly InputPosition[], counts: CommitRecord['counts'], ended: boolean): Promise<void> {
    const deltas = this.#piece;
    [this.#piece, this.#bytes] = [[], 0];
    await this.#owner.commit({ record: { ...this.#record, positions, counts, ended }, outputs: [], deltas });
  }
  close(): Promise<void> {
    return this.#owner.close();
  }
}

/** As many tasks as before: each takes over one, whatever that holds. */
function isSame({ before, from }: Move, { id }: Chain): boolean {
  return before.tasks[id] === from.tasks[id];
}

/** The state of an old task to the new ones: its key groups, each to where rows of that group will go. */
async function handOn(move: Move, chain: Chain, old: Old, heirs: readonly Heir[]): Promise<void> {
  const state = await stateOf(move, old.task);
  if (!isSame(move, chain)) assertByKey(move, chain, state, old);
  for (const table of state.tables.values()) {
    const groups = table.idsOfGroups();
    for (const [partition, heir] of heirs.entries()) {
      const isMine = (group: number) =>
        isSame(move, chain) ? partition === old.task.partition : partitionOfGroup(group, heirs.length) === partition;
      const ids = joined(groups.filter((_, group) => isMine(group)));
      if (ids.length > 0) await heir.take(encodePut(table, ids, MAX_FRAME_BYTES));
    }
  }
}

function joined(parts: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

async function stateOf({ host, log, before }: Move, task: TaskId): Promise<TaskState> {
  const place = host.snapshots?.({ ...task, stream: before.stream ?? null }) ?? null;
  try {
    return (await readState(log, task, place)).state;
  } catch (error) {
    if (place === null && error instanceof LogError && error.code === 'gap') throw snapshotsElsewhere(error);
    throw error;
  }
}

/** State that is not kept by the key which places rows would be torn from them. */
function assertByKey({ flow, job, from }: Move, chain: Chain, state: TaskState, { task }: Old): void {
  const by = placedBy(job, chain).join(' ');
  for (const table of state.tables.values()) {
    if (table.size === 0) continue;
    const isHere = (ids: Int32Array, group: number) =>
      ids.length === 0 || partitionOfGroup(group, from.tasks[chain.id]) === task.partition;
    const isByKey = by !== '' && table.key.map(field => field.name).join(' ') === by;
    if (isByKey && table.idsOfGroups().every(isHere)) continue;
    throw new OperationalError(
      'R546',
      `the state of ${table.name} in ${chain.id} of flow ${flow} cannot be laid over other partitions`,
      {
        operator: table.name,
        hint: 'it is not kept by the key that places rows: go on with the partitions it has, or begin anew with --fresh',
      },
    );
  }
}
/** Columns by which rows come to a chain's tasks. */
function placedBy({ chains }: StreamJob, { input }: Chain): readonly string[] {
  if (input.kind !== 'exchange') return [];
  const outputs = chains.flatMap(chain => chain.outputs);
  const output = outputs.find(one => one.kind === 'exchange' && one.topic === input.topic);
  return output?.kind === 'exchange' ? output.by : [];
}

/** Where a new task goes on in what it reads; nowhere yet in an exchange, which is new. */
function positionsFor(
  { before }: Move,
  chain: Chain,
  partition: number,
  mine: readonly Old[],
): readonly InputPosition[] {
  const { input } = chain;
  if (input.kind === 'exchange') return [];
  const positions = mine.flatMap(({ last }) => last?.positions ?? []);
  const source = input.kind === 'table' ? null : input.source.id;
  const splits = source === null ? undefined : before.splits[source];
  // A topic's partitions and the rows of a table have kept their tasks.
  if (splits === undefined) return mine[partition]?.last?.positions ?? [];
  const count = before.tasks[chain.id];
  const names = new Set(splits.flatMap((_, i) => (i % count === partition ? [splitInput(source ?? '', i)] : [])));
  return positions.filter(({ input: name }) => names.has(name)).map(position => ({ ...position, partition }));
}

/** The first task of a chain has the counts of all the old ones: they are told by chain. */
function numbersFor(
  { before, from }: Move,
  chain: Chain,
  partition: number,
  mine: readonly Old[],
  all: readonly Old[],
): Omit<TaskNumbers, 'stages'> & { readonly counts: StageCounts } {
  const counts = new StageCounts();
  let poisoned = 0;
  for (const { last } of partition === 0 ? mine : []) {
    const numbers = numbersOf(last);
    counts.addAll(numbers.stages);
    poisoned += numbers.poisoned;
  }
  const ended = new Set<string>();
  for (const id of chain.input.kind === 'exchange' ? chain.input.upstreams : []) {
    const were = all.filter(({ task }) => task.chain === id);
    const hasSame = from.tasks[id] === before.tasks[id];
    const isAll = were.every(({ last }) => last?.ended === true);
    for (let p = 0; p < before.tasks[id]; p++) {
      if (isAll || (hasSame && were[p].last?.ended === true)) ended.add(taskLabel(id, p));
    }
  }
  return {
    counts,
    turns: new Map(),
    ended,
    drains: new Map(),
    drained: before.drained ?? null,
    poisoned,
    poisonedInARow: 0,
    upgrade: before.upgrade ?? 0,
  };
}
