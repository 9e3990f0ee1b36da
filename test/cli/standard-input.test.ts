import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolders } from '../support/temporary-folder.ts';
import { weir } from './weir-process.ts';

const WEIR = join(import.meta.dirname, '../../bin/weir.mjs');
const folder = temporaryFolders();

it('reads rows from standard input in a worker, and writes them to standard output', async () => {
  const dir = await folder();
  await writeFile(
    join(dir, 'pipe.flow'),
    `flow pipe v1
     schema V { id: int @id, x: int }
     source v = stdin() { format: json, schema: V, on_bad: drop }
     sink o = v | select { id, y = x * 2 } | write stdout()
    `,
  );
  const { status, stdout, stderr } = spawnSync(process.execPath, [WEIR, 'run', 'pipe.flow', '--workers', '2'], {
    cwd: dir,
    input: '{"id":1,"x":1}\nnot json\n{"id":2,"x":4}\n',
    encoding: 'utf8',
    timeout: 60_000,
  });
  // The rows and nothing else: what people read is on standard error.
  expect(stdout).toBe('{"id":1,"y":2}\n{"id":2,"y":8}\n');
  expect(stderr).toContain('done pipe in');
  expect(status).toBe(0);
});

it('tells nothing of a file whose first line may be a patient', async () => {
  const dir = await folder();
  await writeFile(join(dir, 'rows.csv'), '4711,Anna Example\n4712,Bob Example\n');
  await writeFile(
    join(dir, 'head.flow'),
    `flow head v1
     schema V { id: int @id, name: string? }
     source v = file("rows.csv") { schema: V, on_bad: fail }
     sink o = v | write topic("o")
    `,
  );
  const { status, stdout, stderr } = spawnSync(process.execPath, [WEIR, 'run', 'head.flow'], {
    cwd: dir,
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(status).toBe(4);
  expect(stdout + stderr).toContain('R221');
  expect(stdout + stderr).not.toMatch(/4711|Anna/);
});

it('a row is handed on though no other comes, and a Ctrl-C ends a run whose input is open and idle', async () => {
  const dir = await folder();
  await writeFile(
    join(dir, 'idle.flow'),
    `flow idle v1
     schema V { id: int @id }
     source v = stdin() { format: json, schema: V, on_bad: drop }
     sink o = v | select { id } | write stdout()
    `,
  );
  const rows = ['{"id":1}', '{"id":2}', '{"id":3}'];
  let sent = 0;
  const { code, out } = await weir(['run', 'idle.flow'], {
    cwd: dir,
    input: 'open',
    seen(_, child, soFar) {
      const seen = rows.filter(row => soFar.includes(row)).length;
      if (seen < sent) return;
      if (sent < rows.length) child.stdin?.write(`${rows[sent]}\n`);
      else if (sent === rows.length) child.kill('SIGINT');
      sent += 1;
    },
  });
  expect(out.split('\n').slice(0, 3)).toEqual(rows);
  expect(code).toBe(130);
}, 60_000);

it('counts the rows of this run, and adds to the topic', async () => {
  const dir = await folder();
  await writeFile(
    join(dir, 'feed.flow'),
    `flow feed v1
     schema V { id: int @id }
     source v = stdin() { format: json, schema: V, on_bad: dlq("v.bad") }
     sink o = v | sample 1.0, seed: 1 | write topic("o")
    `,
  );
  const feed = (input: string) => {
    const args = [WEIR, 'run', 'feed.flow', '--workers', '1', '--json'];
    const { stdout } = spawnSync(process.execPath, args, { cwd: dir, input, encoding: 'utf8', timeout: 60_000 });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as { stages: unknown; sinks: unknown };
  };
  feed('{"id":1}\n{"id":2}\nno\n');
  const { stages, sinks } = feed('{"id":3}\n');
  expect(stages).toEqual([
    { name: 'v', rows_in: 1, rows_out: 1, rejected: 0 },
    { name: 'o', rows_in: 1, rows_out: 1, rejected: 0 },
  ]);
  expect(sinks).toMatchObject({ o: { rows: 1 } });
  expect((await weir(['topics', 'read', 'o', '--json'], { cwd: dir })).out.trim().split('\n')).toHaveLength(3);
});
