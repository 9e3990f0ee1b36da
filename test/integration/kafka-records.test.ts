import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunSummary } from '../../src/engine/contract/progress.ts';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';
import { createTopic, javaConsume, javaProduce } from '../support/kafka-tools.ts';
import { temporaryFolders } from '../support/temporary-folder.ts';

const reason = skipReason();
const TEST_MS = 180_000;
const weir = join(import.meta.dirname, '..', '..', 'bin', 'weir.mjs');
const folder = temporaryFolders();

async function run(text: string, log: string, ...flags: readonly string[]): Promise<RunSummary> {
  const dir = await folder();
  await writeFile(join(dir, 'test.flow'), text);
  const args = ['run', 'test.flow', '--log', log, '--workers', '1', '--until-caught-up', '--json', ...flags];
  const { stdout } = spawnSync(process.execPath, [weir, ...args], { cwd: dir, encoding: 'utf8' });
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as RunSummary;
}

const CODECS = ['none', 'gzip', 'snappy', 'lz4', 'zstd'] as const;
const VITALS = `
schema Vital { patient: string, n: int, hr: float }
source vitals = topic("in.vitals") { format: json, schema: Vital, on_bad: dlq("in.vitals.bad") }
`;

describe.skipIf(reason !== null)(`records of other programs${skipNote(reason)}`, { timeout: TEST_MS }, () => {
  const kafka = kafkaForTests({ brokers: 1 });
  const log = () => `kafka://${kafka().bootstrap}/own`;

  it("come from Java's producer by any codec, and go to Java's consumer once each", async () => {
    const { bootstrap } = kafka();
    await createTopic(bootstrap, 'in.vitals', 3);
    const rows = Array.from({ length: 1_000 }, (_, n) => ({ patient: `p${n % 97}`, n, hr: 60 + (n % 50) }));
    for (const [i, codec] of CODECS.entries()) {
      const part = rows.filter(({ n }) => n % CODECS.length === i);
      const records = part.map(row => ({ key: row.patient, value: JSON.stringify(row) }));
      await javaProduce(bootstrap, 'in.vitals', [...records, { key: 'x', value: `{"n":${i}` }], codec);
    }
    for (const codec of CODECS) {
      const name = codec === 'none' ? 'plain' : codec;
      const summary = await run(
        `flow to_${name} v1${VITALS}
        sink alerts = vitals | where hr >= 100.0 | write topic("out.${name}"), key: patient, format: json, compression: ${codec}, partitions: 2`,
        log(),
      );
      expect(summary.error).toBeUndefined();
      expect(summary.stages.find(stage => stage.name === 'vitals')).toMatchObject({ rows_in: 1_005, rejected: 5 });
      const seen = await javaConsume(bootstrap, `out.${name}`);
      const wanted = rows.filter(({ hr }) => hr >= 100);
      expect(seen.map(({ key }) => key).sort()).toEqual(wanted.map(({ patient }) => patient).sort());
      const byNumber = (a: { n: number }, b: { n: number }) => a.n - b.n;
      expect(seen.map(({ value }) => JSON.parse(value ?? '')).sort(byNumber)).toEqual(wanted);
    }
  });

  it('lie in the partitions where those of a Java producer lie', async () => {
    const { bootstrap } = kafka();
    const keys = [
      '',
      ...Array.from({ length: 400 }, (_, i) => `key-${i}`),
      ...Array.from({ length: 40 }, (_, i) => 'é✓😀ß'.repeat(i + 1)),
      'x'.repeat(5_000),
    ];
    await createTopic(bootstrap, 'in.keys', 1);
    await createTopic(bootstrap, 'java.keys', 12);
    const records = keys.map(key => ({ key, value: JSON.stringify({ id: key }) }));
    await javaProduce(bootstrap, 'in.keys', records);
    await javaProduce(bootstrap, 'java.keys', records);
    const summary = await run(
      `flow keys v1
      schema Row { id: string }
      source rows = topic("in.keys") { format: json, schema: Row, on_bad: fail }
      sink out = rows | write topic("our.keys"), key: id, format: json, partitions: 12`,
      log(),
    );
    expect(summary.error).toBeUndefined();
    const places = async (topic: string) =>
      Object.fromEntries((await javaConsume(bootstrap, topic)).map(({ key, partition }) => [key, partition]));
    const ours = await places('our.keys');
    expect(Object.keys(ours)).toHaveLength(keys.length);
    expect(ours).toEqual(await places('java.keys'));
    expect(new Set(Object.values(ours)).size).toBe(12);
  });
});
