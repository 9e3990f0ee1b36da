import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import { type Environment, NO_ENVIRONMENT } from '../base/environment.ts';
import type { ArtifactStore } from '../contract/artifact.ts';
import type { Batch } from '../contract/batch.ts';
import type { Catalog } from '../contract/catalog.ts';
import type { Log, TaskLog } from '../contract/log.ts';
import type { OperatorCatalog } from '../contract/operator.ts';
import type { StateStore } from '../contract/state.ts';
import type { Plan, PlanNode } from '../plan/plan.ts';
import type { SnapshotPlace } from '../state/snapshot-files.ts';
import type { FuseStages } from './fuse-stages.ts';
import { SideLoader } from './sides.ts';
import type { StreamTask } from './stream/stream-spec.ts';

/** What tasks see of their surroundings; one per thread. */
export interface TaskHost {
  readonly plan: Plan;
  node(id: string): PlanNode;
  readonly catalog: Catalog;
  readonly lookUp: OperatorCatalog;
  readonly artifacts: ArtifactStore;
  readonly sides: SideLoader;
  readonly fuse: FuseStages;
  readonly clock: Clock;
  readonly env: Environment;
  readonly batchRows: number;
  /** State that lives as long as a task: for bounded input, which starts anew when it fails. */
  memoryState(): StateStore;
  /** Where a stream task's snapshots are; null: none are taken, and state is restored from its changelog alone. */
  readonly snapshots: ((task: StreamTask) => SnapshotPlace) | null;
  /** Deltas between two snapshots of a task at most; null: as many as is usual. */
  readonly snapshotDeltas: number | null;
  /** The run's log, opened when first asked for. */
  log(): Promise<Log>;
  /** Rows that stand for a source's, by source node id; null in ordinary runs. */
  readonly injected: ReadonlyMap<string, readonly Batch[]> | null;
  /** Each batch of them is a split of its own; else they are one split together. */
  readonly injectedAsSplits: boolean;
  /** Told of the state of each stream task that is opened here, for whoever looks at it from outside. */
  watchState(task: TaskLog, state: StateStore): void;
}

export interface HostParts {
  readonly plan: Plan;
  readonly catalog: Catalog;
  readonly lookUp: OperatorCatalog;
  readonly artifacts: ArtifactStore;
  readonly fuse: FuseStages;
  readonly clock: Clock;
  readonly batchRows: number;
  readonly memoryState: () => StateStore;
  readonly log: () => Promise<Log>;
  /** Absent: nothing is set. */
  readonly env?: Environment | undefined;
  readonly snapshots?: TaskHost['snapshots'];
  readonly snapshotDeltas?: TaskHost['snapshotDeltas'];
  readonly injected?: ReadonlyMap<string, readonly Batch[]> | null;
  readonly injectedAsSplits?: boolean;
  readonly watchState?: TaskHost['watchState'];
}

export function taskHost(parts: HostParts): TaskHost {
  const nodes = new Map(parts.plan.nodes.map(node => [node.id, node]));
  return {
    ...parts,
    env: parts.env ?? NO_ENVIRONMENT,
    injected: parts.injected ?? null,
    injectedAsSplits: parts.injectedAsSplits ?? false,
    watchState: parts.watchState ?? (() => undefined),
    snapshots: parts.snapshots ?? null,
    snapshotDeltas: parts.snapshotDeltas ?? null,
    sides: new SideLoader(parts.artifacts, parts.batchRows),
    node(id) {
      const node = nodes.get(id);
      assert(node !== undefined, `plan names no node ${id}`);
      return node;
    },
  };
}
