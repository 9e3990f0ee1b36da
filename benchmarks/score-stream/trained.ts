import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeEncounters } from '../../pipelines/readmission/generate.ts';
import { sha256 } from '../../src/engine/base/sha256.ts';

/** `known.csv`, `arrivals.csv` and, in `weir/registry`, a model, kept in a temporary folder named by what they are made from. */
export async function trainedOnce(rows: number): Promise<string> {
  const texts = ['visits.flow', 'train.flow'].map(name => readFileSync(join(import.meta.dirname, name), 'utf8'));
  const folder = join(tmpdir(), `weir-benchmark-${sha256({ texts, rows }).slice(0, 12)}`);
  const known = join(folder, 'known.csv');
  if (!existsSync(known)) await writeEncounters(known, rows, 1);
  const arrivals = join(folder, 'arrivals.csv');
  if (!existsSync(arrivals)) await writeEncounters(arrivals, rows, 2);
  const weirDir = join(folder, 'weir');
  if (!existsSync(join(weirDir, 'registry'))) {
    const flow = join(import.meta.dirname, 'train.flow');
    const weir = join(import.meta.dirname, '..', '..', 'bin', 'weir.mjs');
    const args = [weir, 'run', flow, '--param', `data=${known}`, '--log', weirDir];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`training ended with ${status}: ${stderr}`);
  }
  return folder;
}
