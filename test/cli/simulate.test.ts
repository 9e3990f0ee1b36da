import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { EXIT } from '../../src/cli/exit-codes.ts';
import { folderForFile, weir } from './weir-process.ts';

const SRC = join(import.meta.dirname, '../../src/engine');
const cwd = folderForFile();
const HEAD = `flow counts v1
schema Visit { id: int @id, patient: string @entity, days: int in 1..30 }
`;
const write = (name: string, text: string) => writeFileSync(join(cwd, name), HEAD + text);
write(
  'counts.flow',
  `source visits = topic("visits") { schema: Visit }
sink so_far = visits | aggregate by: patient { visits = count() } | write topic("so_far"), key: patient
sink shown = visits | write stdout()
`,
);
write(
  'bounded.flow',
  'source visits = generate(10) { schema: Visit, on_bad: fail }\nsink f = visits | write file("x.csv")\n',
);
/** A stage that keeps what it counts beside its state: it is gone with the process. */
write(
  'forgetful.flow',
  `source visits = topic("visits") { schema: Visit }
sink so_far = visits | forgetful | write topic("so_far"), key: patient
`,
);
writeFileSync(
  join(cwd, 'forgetful.mts'),
  `import { columnWriter } from '${join(SRC, 'columnar/column-writer.ts')}';
import { defineOperator } from '${join(SRC, 'contract/operator.ts')}';
const field = { name: 'n', type: { kind: 'int' }, nullable: false };
export const forgetful = defineOperator({
  name: 'forgetful', summary: 'Counts, and forgets.', params: {}, examples: [],
  check: ({ input }) => ({ out: { ...input, schema: { fields: [...input.schema.fields, field] } } }),
  execution: {
    mode: 'rows',
    placement: () => ({ kind: 'key', columns: ['patient'] }),
    create({ output }) {
      const counts = new Map();
      return { onBatch(batch, emit) {
        const { ids, dictionary } = batch.columns[batch.schema.fields.findIndex(one => one.name === 'patient')];
        const writer = columnWriter(field.type);
        for (let row = 0; row < batch.rows; row++) {
          const who = dictionary.text(ids[row]);
          counts.set(who, (counts.get(who) ?? 0) + 1);
          writer.appendValue(counts.get(who));
        }
        emit({ ...batch, schema: output(), columns: [...batch.columns, writer.finish()] });
      } };
    },
  },
});
`,
);

it('tells what it compares and what failed, and ends well where nothing was lost', async () => {
  const { code, out } = await weir(['simulate', 'counts.flow', '--seeds', '12', '--rows', '60'], { cwd });
  expect(out).toContain('topic so_far: the rows of each key, in their order\n');
  expect(out).toContain('not simulated, for they write no topic: shown\n');
  expect(out).toMatch(/\n12 seeds, .* of virtual time\nfaults: .*\nnothing was lost, doubled or moved\n$/);
  expect(code).toBe(EXIT.ok);
});

it('holds a topic behind a limit to no more than what its input says', async () => {
  write(
    'first.flow',
    `source visits = topic("visits") { schema: Visit }
sink few = visits | limit 5 | write topic("few"), key: patient
sink some = visits | limit 20 | where days > 15 | write topic("some"), key: patient
sink all = visits | write topic("all"), key: patient
`,
  );
  const { code, out } = await weir(['simulate', 'first.flow', '--seeds', '20', '--faults', 'kill,partitions'], { cwd });
  expect(out).toContain('topic few: how many rows there are: which ones depends on the order of others\n');
  expect(out).toContain('topic some: nothing: how many rows there are depends on the order of others\n');
  expect(out).toContain('nothing was lost, doubled or moved\n');
  expect(code).toBe(EXIT.ok);
});

it('says the same as lines, whatever the number of threads', async () => {
  const args = ['simulate', 'counts.flow', '--seeds', '8', '--rows', '60', '--faults', 'kill,net', '--json'];
  const [one, two] = [
    await weir([...args, '--workers', '1'], { cwd }),
    await weir([...args, '--workers', '2'], { cwd }),
  ];
  expect(two.out).toBe(one.out);
  const lines = one.out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { event: string; seed?: number });
  expect(lines.map(line => line.event)).toEqual(['start', ...Array.from({ length: 8 }, () => 'seed'), 'summary']);
  expect(lines.flatMap(line => line.seed ?? [])).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

it('finds a stage that keeps its state to itself, and tells how to see it again', async () => {
  const args = ['--with', 'forgetful.mts', '--faults', 'kill', '--world', 'cluster'];
  const all = await weir(['simulate', 'forgetful.flow', '--seeds', '20', ...args], { cwd });
  expect(all.code, all.err).toBe(EXIT.violation);
  expect(all.out).toMatch(/seed \d+ \(cluster\): topic so_far: .*rows? missing/);
  expect(all.out).toMatch(/ 1\. +[\d.]+ ms {2}p1 begins\n/);
  const [, command] = /again: weir (.*)\n/.exec(all.out) ?? [];
  const again = await weir(command.split(' '), { cwd });
  expect(again.code).toBe(EXIT.violation);
  expect(all.out).toContain(again.out.slice(again.out.indexOf('seed '), again.out.indexOf('again:')));
});

it('says why a flow cannot be simulated', async () => {
  const { code, err } = await weir(['simulate', 'bounded.flow'], { cwd });
  expect(err).toContain('error R570');
  expect(code).toBe(EXIT.world);
  expect(await weir(['simulate', 'counts.flow', '--faults', 'fire'], { cwd })).toMatchObject({ code: EXIT.usage });
});

it('refuses what could only be an all-clear of nothing, and seeds that could not be run again', async () => {
  const none = await weir(['simulate', 'counts.flow', '--world', 'cluster', '--faults', 'power,disk'], { cwd });
  expect(none).toMatchObject({
    code: EXIT.usage,
    err: expect.stringContaining('nothing of power,disk fails in a cluster'),
  });
  const beyond = await weir(['simulate', 'counts.flow', '--from', String(2 ** 31 - 1), '--seeds', '2'], { cwd });
  expect(beyond).toMatchObject({ code: EXIT.usage, err: expect.stringContaining('seeds go up to 2147483647') });
});
