import type { Rng } from '../base/rng.ts';
import type { Millis } from '../base/units.ts';

/** Where a flow is simulated: several processes over one log behind a network, or one at a time over the embedded log on a disk. */
export type WorldKind = 'cluster' | 'local';

/**
 * One thing that goes wrong. `at`: when, in virtual time. `who`: in [0, 1), the place of the process among those that could be meant
 * then, so that a fault means somebody whatever has happened before.
 */
export type Fault =
  /** A process ends without a word. What it has sent arrives up to `late` later; another one begins after `back`. */
  | { readonly kind: 'kill'; readonly at: Millis; readonly who: number; readonly back: Millis; readonly late: Millis }
  /** A process stands still, and wakes. */
  | { readonly kind: 'pause'; readonly at: Millis; readonly who: number; readonly for: Millis }
  /** Nothing comes to a process or from it; what was sent arrives afterwards. */
  | { readonly kind: 'cut'; readonly at: Millis; readonly who: number; readonly for: Millis }
  /** The next commit, or its answer, is lost. */
  | { readonly kind: 'lose'; readonly at: Millis; readonly what: 'request' | 'answer' }
  /** The next request, or the next commit, arrives late. */
  | { readonly kind: 'delay'; readonly at: Millis; readonly of: 'any' | 'commit'; readonly for: Millis }
  /** The next request that may be made twice is. */
  | { readonly kind: 'twice'; readonly at: Millis; readonly again: Millis }
  /** Another process joins. */
  | { readonly kind: 'join'; readonly at: Millis }
  /** A process is asked to stop at its next commit; another one begins after `back`. */
  | { readonly kind: 'leave'; readonly at: Millis; readonly who: number; readonly back: Millis }
  /** A process is told to have the stream drained; those that begin after it was give it so many partitions. */
  | { readonly kind: 'rescale'; readonly at: Millis; readonly who: number; readonly partitions: number }
  /** The next commit stays open in the log, and holds its partitions' stable ends. */
  | { readonly kind: 'hang'; readonly at: Millis; readonly for: Millis }
  /** For a while, rows become readable up to `by` after their commit. */
  | { readonly kind: 'slow'; readonly at: Millis; readonly for: Millis; readonly by: Millis }
  /** For a while, offsets are left out. */
  | { readonly kind: 'gaps'; readonly at: Millis; readonly for: Millis }
  /** A process's calendar jumps. */
  | { readonly kind: 'clock'; readonly at: Millis; readonly who: number; readonly by: Millis }
  /** The machine loses its power; what was not synced is lost, or in part. */
  | { readonly kind: 'power'; readonly at: Millis; readonly back: Millis; readonly tear: boolean }
  /** The next sync of a file fails. */
  | { readonly kind: 'sync'; readonly at: Millis };

export type FaultKind = Fault['kind'];

/** What `--faults` may name, and the kinds behind each name by world. */
export const FAULT_GROUPS: Readonly<Record<string, Readonly<Record<WorldKind, readonly FaultKind[]>>>> = {
  kill: { cluster: ['kill'], local: ['kill'] },
  pause: { cluster: ['pause'], local: [] },
  net: { cluster: ['cut', 'lose', 'delay', 'twice'], local: [] },
  members: { cluster: ['join', 'leave'], local: ['leave'] },
  partitions: { cluster: ['rescale'], local: ['rescale'] },
  log: { cluster: ['hang', 'slow', 'gaps'], local: [] },
  clock: { cluster: ['clock'], local: ['clock'] },
  power: { cluster: [], local: ['power'] },
  disk: { cluster: [], local: ['sync'] },
};

/** All that can go wrong in a world, or what the groups name of it. */
export function faultKinds(
  kind: WorldKind,
  groups: readonly string[] = Object.keys(FAULT_GROUPS),
): readonly FaultKind[] {
  return groups.flatMap(group => FAULT_GROUPS[group]?.[kind] ?? []);
}

const MOST_FAULTS = 8;
const MOST_PARTITIONS = 5;

/** How long a flow takes when nothing goes wrong: to do most of its work, and to its end. */
export interface Horizon {
  readonly busy: Millis;
  readonly whole: Millis;
}

/** The faults of a seed, in the order of their times: most of them while the flow has most to do, some later, since each makes it take longer. */
export function faultsOf(rng: Rng, kinds: readonly FaultKind[], horizon: Horizon, session: Millis): readonly Fault[] {
  if (kinds.length === 0) return [];
  const count = 1 + rng.below(MOST_FAULTS);
  const faults = Array.from({ length: count }, (): Fault => {
    const kind = kinds[rng.below(kinds.length)];
    const most = rng.below(4) === 0 ? horizon.whole : 1.5 * horizon.busy;
    return faultOf(kind, rng.next() * most, rng, session);
  });
  return faults.sort((a, b) => a.at - b.at);
}

function faultOf(kind: FaultKind, at: Millis, rng: Rng, session: Millis): Fault {
  const who = rng.next();
  /** Mostly short; in one of three cases around the time after which a process is taken for dead. */
  const time = (): Millis => (rng.below(3) === 0 ? session * (0.5 + rng.next()) : rng.next() * 60);
  switch (kind) {
    case 'kill':
      return { kind, at, who, back: time(), late: rng.below(2) === 0 ? 0 : 2 * time() };
    case 'pause':
    case 'cut':
      return { kind, at, who, for: 1.5 * time() };
    case 'lose':
      return { kind, at, what: rng.below(2) === 0 ? 'request' : 'answer' };
    case 'delay':
      return { kind, at, of: rng.below(2) === 0 ? 'any' : 'commit', for: 2 * time() };
    case 'twice':
      return { kind, at, again: time() };
    case 'join':
      return { kind, at };
    case 'leave':
      return { kind, at, who, back: time() };
    case 'rescale':
      return { kind, at, who, partitions: 1 + rng.below(MOST_PARTITIONS) };
    case 'hang':
      return { kind, at, for: 2 * time() };
    case 'slow':
      return { kind, at, for: 2 * time(), by: 1 + rng.next() * 100 };
    case 'gaps':
      return { kind, at, for: 2 * time() };
    case 'clock':
      return { kind, at, who, by: Math.round((rng.next() - 0.5) * 2 * 86_400_000) };
    case 'power':
      return { kind, at, back: 1 + rng.next() * 20, tear: rng.below(3) > 0 };
    case 'sync':
      return { kind, at };
  }
}

/** A fault in words, as a trace tells of it. */
export function faultText(fault: Fault): string {
  const ms = (time: Millis) => `${time.toFixed(1)} ms`;
  switch (fault.kind) {
    case 'kill':
      return `a process is killed${fault.late > 0 ? `; what it has sent arrives up to ${ms(fault.late)} late` : ''}`;
    case 'pause':
      return `a process stands still for ${ms(fault.for)}`;
    case 'cut':
      return `a process is cut off for ${ms(fault.for)}`;
    case 'lose':
      return fault.what === 'request' ? 'the next commit is lost' : 'the answer to the next commit is lost';
    case 'delay':
      return `the next ${fault.of === 'any' ? 'request' : 'commit'} is ${ms(fault.for)} late`;
    case 'twice':
      return 'the next request that may arrive twice does';
    case 'join':
      return 'another process joins';
    case 'leave':
      return 'a process is asked to stop';
    case 'rescale':
      return `the stream is to be drained, and have ${fault.partitions} partitions`;
    case 'hang':
      return `the next commit hangs for ${ms(fault.for)}`;
    case 'slow':
      return `for ${ms(fault.for)} rows are readable up to ${ms(fault.by)} late`;
    case 'gaps':
      return `for ${ms(fault.for)} offsets are left out`;
    case 'clock':
      return `a calendar jumps by ${Math.round(fault.by / 1000)} s`;
    case 'power':
      return `the power goes; what was not synced is ${fault.tear ? 'torn' : 'lost'}`;
    case 'sync':
      return 'the next sync fails';
  }
}
