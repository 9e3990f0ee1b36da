import { spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { builtinSinks, builtinSources } from '../../src/connectors/all.ts';

const module = (path: string): string => new URL(`../../src/${path}`, import.meta.url).href;

/** Runs a script in a process of its own; `head` closes its output after so many bytes. */
async function run(
  script: string,
  input: string,
  head = Number.POSITIVE_INFINITY,
): Promise<{ out: string; err: string }> {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'pipe' });
  let out = '';
  let err = '';
  child.stdout.on('data', chunk => {
    out += chunk;
    if (out.length >= head) child.stdout.destroy();
  });
  child.stderr.on('data', chunk => {
    err += chunk;
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  await new Promise(resolve => child.on('close', resolve));
  return { out, err };
}
const writing = (rows: number, options: object): string => `
  const { stdoutSink } = await import('${module('connectors/stdout/stdout-sink.ts')}');
  const { batchFromRows } = await import('${module('engine/columnar/rows.ts')}');
  const schema = { fields: [{ name: 'id', type: { kind: 'int' }, nullable: false }] };
  const writer = stdoutSink.open({ options: ${JSON.stringify(options)}, schema, sink: 's' });
  try {
    for (let i = 0; i < ${rows}; i += 1000) {
      await writer.write(batchFromRows(schema, Array.from({ length: Math.min(1000, ${rows}) }, (_, j) => ({ id: i + j }))));
    }
    await writer.publish();
  } catch (error) { console.error(error.code); }`;

test('rows go to standard output as JSON lines or CSV', async () => {
  expect((await run(writing(2, { format: 'json' }), '')).out).toBe('{"id":0}\n{"id":1}\n');
  expect((await run(writing(2, { format: 'csv' }), '')).out).toBe('id\n0\n1\n');
});
test('a reader that closes standard output is an error with a code', async () => {
  expect((await run(writing(3_000_000, { format: 'json' }), '', 100)).err).toContain('R214');
});
test('standard input is read to its end', async () => {
  const script = `
    const { stdinSource } = await import('${module('connectors/stdin/stdin-source.ts')}');
    const signal = new AbortController().signal;
    const [split] = await stdinSource.splits({ signal });
    const reader = stdinSource.open({ signal }, split);
    let text = '';
    for await (const chunk of reader.chunks) text += Buffer.from(chunk).toString();
    console.log(text.length, reader.consumed());`;
  expect((await run(script, 'x'.repeat(300_000))).out).toBe('300000 300000\n');
});
test('a stop ends the reading of standard input', async () => {
  const script = `
    const { stdinSource } = await import('${module('connectors/stdin/stdin-source.ts')}');
    const stop = new AbortController();
    const reader = stdinSource.open({ signal: stop.signal }, { name: 'stdin' });
    for await (const chunk of reader.chunks) stop.abort();
    console.log('stopped');`;
  expect((await run(script, 'x\n')).out).toBe('stopped\n');
});

test('every connector is documented and says what it can promise', () => {
  for (const one of [...builtinSources().values(), ...builtinSinks().values()]) {
    expect(one.summary).toMatch(/\.$/);
    expect(one.examples.length).toBeGreaterThan(0);
    expect(Object.values(one.options).every(({ doc }) => doc.endsWith('.'))).toBe(true);
  }
  expect([...builtinSources().keys()]).toEqual(['file', 'generate', 'stdin', 'topic']);
  expect([...builtinSinks().keys()]).toEqual(expect.arrayContaining(['file', 'stdout', 'topic']));
});
