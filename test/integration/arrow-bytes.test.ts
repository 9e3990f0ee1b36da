import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { expect, it } from 'vitest';
import { runFlow } from '../support/run-flow.ts';
import { temporaryFolders } from '../support/temporary-folder.ts';

const freshFolder = temporaryFolders();

const FLOW = `flow bytes v1
param data: string
param kept: string
param first: string
param wards: string
schema Visit {
  id: int @id
  ward: string
  day: timestamp?
  days: int?
  dear: bool?
  note: string?
}
source visits = file($data) { format: csv, schema: Visit, nulls: [""], on_bad: fail }
let some = visits | where (days ?? 1) > 0 | derive { about = concat(ward, "/", string(id)), rate = 10.0 / (days ?? 3) }
sink kept = some | write file($kept)
sink first = some | sort [days, id] | limit 40 | write file($first)
sink wards = visits | aggregate by: ward { days = sum(days), notes = count(note) } | write file($wards)
`;

/** Texts come first in one file and again in another; a third of the rows is filtered out, with texts nobody else has. */
function csv(file: number, rows: number): string {
  const lines = Array.from({ length: rows }, (_, i) => {
    const n = file * rows + i;
    const days = n % 3 === 0 ? '0' : n % 5 === 0 ? '' : String(n % 30);
    const day = n % 7 === 0 ? '' : `2026-01-${String(1 + (n % 28)).padStart(2, '0')}T08:00:00Z`;
    const note = n % 4 === 0 ? '' : n % 3 === 0 ? `gone ${n}` : `note ${n % 50}`;
    return `${n},ward ${(n * (file + 1)) % 11},${day},${days},${n % 6 === 0 ? '' : n % 2 === 0},${note}`;
  });
  return ['id,ward,day,days,dear,note', ...lines, ''].join('\n');
}

it(
  'an Arrow file has the same bytes at any batch size, with any workers, time after time',
  { timeout: 120_000 },
  async () => {
    const root = await freshFolder();
    mkdirSync(join(root, 'data'));
    for (const file of [0, 1, 2]) writeFileSync(join(root, 'data', `${file}.csv`), csv(file, 300));
    writeFileSync(join(root, 'bytes.flow'), FLOW);
    const hashes = { kept: new Set<string>(), first: new Set<string>(), wards: new Set<string>() };
    const names = ['kept', 'first', 'wards'] as const;
    let run = 0;
    for (const [workers, batchRows] of [
      [1, 8192],
      [1, 7],
      [2, 1],
      [2, 8192],
      [3, 7],
    ] as const) {
      const folder = join(root, `weir-${run++}`);
      const outs = Object.fromEntries(names.map(name => [name, join(folder, `${name}.arrow`)]));
      const params = { data: join(root, 'data', '*.csv'), ...outs };
      const summary = await runFlow({ flow: join(root, 'bytes.flow'), params, folder, workers, batchRows });
      expect(summary.error).toBeUndefined();
      for (const name of names) {
        const bytes = readFileSync(outs[name]);
        expect(tableFromIPC(bytes).numRows).toBe({ kept: 600, first: 40, wards: 11 }[name]);
        hashes[name].add(createHash('sha256').update(bytes).digest('hex'));
      }
    }
    expect(names.map(name => [name, hashes[name].size])).toEqual(names.map(name => [name, 1]));
  },
);
