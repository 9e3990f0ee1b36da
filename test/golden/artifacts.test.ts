import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sha256 } from '../../src/engine/base/sha256.ts';
import type { ValueContent } from '../../src/engine/contract/value.ts';
import { openArtifactStore } from '../../src/engine/models/artifact-store.ts';
import { hashOfContent } from '../../src/engine/models/value-bytes.ts';
import { ENGINE_FORMAT } from '../../src/engine/runtime/job-keys.ts';
import { artifactsFolder } from '../../src/engine/runtime/weir-folder.ts';
import { runFlow } from '../support/run-flow.ts';
import { temporaryFolders } from '../support/temporary-folder.ts';

/**
 * Golden flows that read no file, so that no path is in a name. An artifact's name says what it was made from; what was made by
 * an older program is taken for this one's, as long as the format is the same. So the same name means the same bytes.
 */
const FLOWS = ['filter/filter.flow', 'learn/1-train.flow', 'tables/tables.flow', 'with-itself/1-bounded.flow'];
const PINNED = join(import.meta.dirname, 'artifacts.json');
const folder = temporaryFolders();

interface Pinned {
  readonly format: number;
  /** Hash of content and counts, by key. */
  readonly artifacts: Readonly<Record<string, string>>;
}

/** Each flow in a folder of its own: two write the same topic. */
async function made(): Promise<Pinned> {
  const all = await Promise.all(FLOWS.map(madeBy));
  const byKey = all.flat().sort(([a], [b]) => (a < b ? -1 : 1));
  return { format: ENGINE_FORMAT, artifacts: Object.fromEntries(byKey) };
}

async function madeBy(flow: string): Promise<readonly (readonly [key: string, what: string])[]> {
  const weir = await folder();
  const params: Record<string, string> = flow.startsWith('learn') ? {} : { out: join(weir, 'out.csv') };
  const run = { flow: join(import.meta.dirname, 'flows', flow), params, folder: weir, workers: 0, batchRows: 8192 };
  expect((await runFlow(run)).error).toBeUndefined();
  const dir = artifactsFolder(weir);
  const store = openArtifactStore(dir);
  const keys = (await readdir(dir, { recursive: true }))
    .map(path => path.slice(3))
    .filter(name => /^\w{64}$/.test(name));
  return Promise.all(
    keys.map(async key => {
      const [table, value] = [await store.table(key), await store.value(key)];
      const { binding, counts } = (table ?? value)?.about ?? {};
      const what = sha256([table?.hash, value && hashOfContent(withoutText(value.content)), counts]);
      return [key, `${binding} ${what}`] as const;
    }),
  );
}

/** A model keeps the text of its flow, comments and all; that is in no name, and no matter. */
function withoutText(content: ValueContent): ValueContent {
  const json = content.json as { readonly recipe?: object };
  return { ...content, json: { ...json, recipe: { ...json.recipe, text: '' } } };
}

it('are the same bytes under the same name', async () => {
  const [pinned, now] = [JSON.parse(await readFile(PINNED, 'utf8')) as Pinned, await made()];
  const other = Object.entries(now.artifacts).filter(([key, what]) => (pinned.artifacts[key] ?? what) !== what);
  expect(
    other.map(([, what]) => what.split(' ')[0]),
    'these are other bytes or counts under the names they had: raise ENGINE_FORMAT in src/engine/runtime/job-keys.ts',
  ).toEqual([]);
  if (process.env['UPDATE_GOLDEN']) await writeFile(PINNED, `${JSON.stringify(now, null, 2)}\n`);
  else expect(now, 'other names: take them in with UPDATE_GOLDEN=1').toEqual(pinned);
});
