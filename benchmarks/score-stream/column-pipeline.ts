import { compileHost } from '../../src/cli/compile-host.ts';
import { evaluator, loadCatalog } from '../../src/cli/load-catalog.ts';
import { defaultOptions } from '../../src/connectors/formats/format-of-file.ts';
import { compileFlow } from '../../src/dsl/compile-flow.ts';
import { systemClock } from '../../src/engine/base/system-clock.ts';
import { generatedLoops } from '../../src/engine/columnar/compile-program.ts';
import type { Batch } from '../../src/engine/contract/batch.ts';
import type { Encoder } from '../../src/engine/contract/connector.ts';
import type { ModelContent, ValueContent } from '../../src/engine/contract/value.ts';
import { modelContentOf, openRegistry } from '../../src/engine/models/registry.ts';
import { StageCounts } from '../../src/engine/observe/stage-counts.ts';
import type { Chain } from '../../src/engine/plan/physical.ts';
import { planPhysical } from '../../src/engine/plan/physical-plan.ts';
import type { SourceNode } from '../../src/engine/plan/plan.ts';
import { pushDown } from '../../src/engine/plan/push-down.ts';
import { operatorCatalog } from '../../src/engine/runtime/catalog-module.ts';
import { ChainRunner } from '../../src/engine/runtime/chain.ts';
import { fuseStages } from '../../src/engine/runtime/fuse-stages.ts';
import { memoryArtifacts } from '../../src/engine/runtime/memory-artifacts.ts';
import { readSplit, splitsOf } from '../../src/engine/runtime/read-split.ts';
import { taskHost } from '../../src/engine/runtime/task-host.ts';
import { registryFolder } from '../../src/engine/runtime/weir-folder.ts';
import { createStateStore } from '../../src/engine/state/state-store.ts';

/** A flow's stages as a task runs them, in this thread and with nothing between its chains: file in, alerts as text out. */
export interface ColumnPipeline {
  readonly source: SourceNode;
  readonly model: { readonly content: ModelContent; readonly bytes: ValueContent['bytes']; readonly version: string };
  /** Resolves with all alerts as JSON lines. */
  score(): Promise<string>;
}

export async function columnPipeline(
  flow: string,
  params: Readonly<Record<string, string>>,
  weirDir: string,
): Promise<ColumnPipeline> {
  const catalog = await loadCatalog([]);
  const compiled = compileFlow({ path: flow, catalog, host: await compileHost(weirDir, systemClock), params });
  if (compiled.plan === null) throw new Error(`${flow}: ${compiled.diagnostics.map(one => one.message).join('; ')}`);
  const plan = pushDown(compiled.plan, catalog);
  const model = await openRegistry(registryFolder(weirDir), systemClock).resolve('benchmark', 'champion');
  if (model === null) throw new Error('the benchmark has no model');
  const artifacts = memoryArtifacts();
  await artifacts.putValue(model.hash, model.content, { binding: 'risk', inputs: {}, counts: [] });
  const host = taskHost({
    plan,
    catalog,
    lookUp: operatorCatalog(catalog, evaluator),
    artifacts,
    fuse: fuseStages(generatedLoops),
    clock: systemClock,
    batchRows: 8192,
    memoryState: createStateStore,
    log: () => Promise.reject(new Error('no log here')),
  });
  const job = planPhysical(plan, catalog).jobs.find(one => one.kind === 'stream');
  if (job === undefined) throw new Error('the flow is a stream');
  const chain = oneChain(job.chains);
  const source = plan.nodes.find(node => node.kind === 'source');
  const last = chain.steps.at(-1)?.node;
  if (source === undefined || last === undefined) throw new Error('the flow has a source and stages');

  const registry = plan.nodes.find(node => node.kind === 'registry');
  const ready = {
    [`${registry?.id}:out`]: { kind: 'value', key: model.hash, name: 'risk', hash: model.hash, version: model.version },
  } as const;
  const sides = await host.sides.loadOf(chain, ready);
  const json = catalog.formats.get('json');
  if (json === undefined) throw new Error('there is a JSON format');
  let encoder: Encoder | null = null;
  const decoder = new TextDecoder();
  let text: string[] = [];
  const runner = new ChainRunner({
    chain,
    host,
    sides,
    state: createStateStore(),
    counts: new StageCounts(),
    taps: [
      {
        ref: { node: last.id, port: 'out' },
        take(batch: Batch) {
          encoder ??= json.files!.encoder({ options: defaultOptions(json), schema: batch.schema });
          text.push(decoder.decode(encoder.encode(batch)));
        },
      },
    ],
    reject: (_stage, _batch, _row, why) => {
      throw new Error(why.reason);
    },
  });
  const splits = await splitsOf(host, source, new AbortController().signal);
  return {
    source,
    model: { content: modelContentOf(model.content), bytes: model.content.bytes, version: model.version },
    async score() {
      text = [];
      for (const split of splits) {
        const read = {
          source,
          split,
          skip: 0,
          prefix: null,
          batchRows: host.batchRows,
          signal: new AbortController().signal,
        };
        for await (const { batch } of readSplit(host, read)) if (batch !== null) runner.push(batch);
      }
      return text.join('');
    },
  };
}

/** The chains of a stream without the exchanges between them. */
function oneChain(chains: readonly Chain[]): Chain {
  const outputs = chains.flatMap(chain => chain.outputs);
  const steps = chains.flatMap(({ input, steps: own }) => {
    const sent = outputs.find(
      output => output.kind === 'exchange' && input.kind === 'exchange' && output.topic === input.topic,
    );
    const before = sent?.kind === 'exchange' ? sent.from : null;
    return own.map(step => ({ ...step, from: step.from ?? before }));
  });
  return { ...chains[0], steps, outputs: [] };
}
