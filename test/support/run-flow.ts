import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { expect } from 'vitest';
import { catalogModule } from '../../src/cli/catalog-module.ts';
import { jsonLines } from '../../src/cli/json-lines.ts';
import { loadCatalog } from '../../src/cli/load-catalog.ts';
import type { Compiled, CompileHost } from '../../src/dsl/compile.ts';
import { compileFlow } from '../../src/dsl/compile-flow.ts';
import { renderDiagnostic } from '../../src/dsl/diagnostics/render.ts';
import type { Clock } from '../../src/engine/base/clock.ts';
import { systemClock } from '../../src/engine/base/system-clock.ts';
import type { RunEvent, RunSummary } from '../../src/engine/contract/progress.ts';
import { openLogView } from '../../src/engine/log/embedded/log-view.ts';
import { pushDown } from '../../src/engine/plan/push-down.ts';
import type { StageBackend } from '../../src/engine/runtime/stage-backends.ts';
import { startRun } from '../../src/engine/runtime/start-run.ts';
import { TopicCursor } from '../../src/engine/runtime/topic-cursor.ts';
import { logFolder } from '../../src/engine/runtime/weir-folder.ts';

export interface FlowRun {
  readonly flow: string;
  readonly params?: Readonly<Record<string, string>>;
  /** The `.weir` folder. */
  readonly folder: string;
  readonly workers: number;
  readonly batchRows: number;
  readonly untilCaughtUp?: boolean;
  readonly backend?: StageBackend;
  /** Absent: the system's. Worker threads have a clock of their own. */
  readonly clock?: Clock;
  /** Stops at the next commit once it says so of an event. */
  readonly stopAt?: (event: RunEvent) => boolean;
  readonly extensions?: readonly string[];
}

export const diskHost: CompileHost = {
  read(path) {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return null;
    }
  },
  resolve: (from, relative) => resolve(dirname(from), relative),
  env: () => undefined,
};

/** Compiles a flow of the disk; fails the test with the rendered diagnostics when it is wrong. */
export async function compiled(
  flow: string,
  params: Readonly<Record<string, string>>,
  extensions: readonly string[] = [],
): Promise<Compiled> {
  const result = compileFlow({ path: flow, catalog: await loadCatalog(extensions), host: diskHost, params });
  const rendered = result.diagnostics.map(one => renderDiagnostic(one, result.sources, { color: false })).join('\n');
  expect(result.plan, rendered).not.toBeNull();
  return result;
}

/** Runs a flow as `weir run` does. */
export async function runFlow(run: FlowRun): Promise<RunSummary> {
  const extensions = run.extensions ?? [];
  const { plan } = await compiled(run.flow, run.params ?? {}, extensions);
  if (plan === null) throw new Error('unreachable: compiled() has checked');
  const going = startRun(pushDown(plan, await loadCatalog(extensions)), {
    workers: run.workers,
    partitions: 3,
    batchRows: run.batchRows,
    folder: run.folder,
    catalogModule,
    extensions,
    fresh: false,
    untilCaughtUp: run.untilCaughtUp ?? false,
    clock: run.clock ?? systemClock,
    ...(run.backend === undefined ? {} : { backend: run.backend }),
  });
  const watching = going.events.subscribe(event => {
    if (run.stopAt?.(event)) going.stop('commit');
  });
  const summary = await going.summary;
  watching.unsubscribe();
  return summary;
}

/** The rows of every public topic, as sorted JSON lines. */
export async function topicLines(folder: string): Promise<Readonly<Record<string, readonly string[]>>> {
  const view = openLogView({ dir: logFolder(folder), clock: systemClock });
  try {
    const topics: Record<string, string[]> = {};
    for (const info of await view.topics()) {
      if (info.internal) continue;
      const cursor = new TopicCursor(view, info);
      const textOf = jsonLines(cursor.schema);
      const lines: string[] = [];
      for await (const { batch } of cursor.upTo(info)) lines.push(...textOf(batch));
      topics[info.name] = lines.sort();
    }
    return topics;
  } finally {
    await view.close();
  }
}

/** Files of a folder as text, by name. */
export async function filesOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(names.sort().map(async name => [name, await readFile(join(folder, name), 'utf8')]));
  return Object.fromEntries(texts);
}
