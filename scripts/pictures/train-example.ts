import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeEncounters } from '../../pipelines/readmission/generate.ts';
import type { EvaluationDetail } from '../../src/engine/contract/evaluation-detail.ts';

/** Rows and seed of the run that the report's picture shows, and that test/pipelines/readmission.test.ts makes too. */
export const EXAMPLE_ROWS = 20_000;
export const EXAMPLE_SEED = 1;

/** Trains on made-up encounters, as the guide does, and gives the evaluation; takes about ten seconds. */
export async function trainExample(root: string): Promise<EvaluationDetail> {
  const folder = mkdtempSync(join(tmpdir(), 'weir-picture-'));
  try {
    const data = join(folder, 'encounters.csv.gz');
    await writeEncounters(data, EXAMPLE_ROWS, EXAMPLE_SEED);
    const params = ['--param', `data=${data}`, '--param', `report=${join(folder, 'report.html')}`];
    const command = [join(root, 'bin/weir.mjs'), 'run', join(root, 'pipelines/readmission/train.flow'), ...params];
    execFileSync(process.execPath, [...command, '--log', join(folder, 'weir')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return (JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8')) as { detail: EvaluationDetail }).detail;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
