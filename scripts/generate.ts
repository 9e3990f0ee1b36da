// `npm run gen`: writes everything that is derived. The tests fail when a derived file is not what its origin says.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { builtinCatalog } from '../src/cli/catalog.ts';
import { renderCatalogueMarkdown } from '../src/dsl/diagnostics/markdown.ts';
import { planPicture } from './pictures/plan-picture.ts';
import { reportPicture } from './pictures/report-picture.ts';
import { trainExample } from './pictures/train-example.ts';
import { connectorReference, functionReference, learnerReference } from './reference/catalog-reference.ts';
import { operatorReference } from './reference/operator-reference.ts';

export const ROOT: string = join(import.meta.dirname, '..');
/** Made by a training run; test/pipelines/readmission.test.ts compares it, for it makes the same run anyway. */
export const REPORT_PICTURE = 'docs/pictures/report.svg';
/** Folders in which every file is derived. */
export const DERIVED_FOLDERS: readonly string[] = ['docs/diagnostics', 'docs/pictures'];

/** Everything that is derived from definitions and flows without running one: path in the repository → text. */
export function derivedFiles(): ReadonlyMap<string, string> {
  const catalog = builtinCatalog();
  return new Map([
    ['src/operators/REFERENCE.md', operatorReference(catalog.operators.values())],
    ['src/connectors/REFERENCE.md', connectorReference(catalog)],
    ['src/learners/REFERENCE.md', learnerReference(catalog)],
    ['docs/functions.md', functionReference(catalog)],
    ['docs/pictures/train-plan.svg', planPicture(ROOT, 'pipelines/readmission/train.flow', catalog)],
    ['docs/pictures/score-plan.svg', planPicture(ROOT, 'pipelines/readmission/score.flow', catalog)],
    ...renderCatalogueMarkdown(),
  ]);
}

if (import.meta.main) {
  const files = new Map([...derivedFiles(), [REPORT_PICTURE, await reportPicture(await trainExample(ROOT))]]);
  for (const folder of DERIVED_FOLDERS) {
    mkdirSync(join(ROOT, folder), { recursive: true });
    for (const name of readdirSync(join(ROOT, folder)))
      if (!files.has(`${folder}/${name}`)) rmSync(join(ROOT, folder, name));
  }
  for (const [path, text] of files) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), text);
  }
  process.stdout.write(`${files.size} files are up to date\n`);
}
