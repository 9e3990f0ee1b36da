import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { kafkaForTests, skipNote, skipReason } from '../support/kafka.ts';
import { createTopic, deleteTopic, growTopic, javaConsume, javaProduce } from '../support/kafka-tools.ts';
import { command, folder, run } from './support/weir-runs.ts';

const reason = skipReason();
const TEST_MS = 180_000;
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
    const sinks = CODECS.map(
      codec =>
        `sink ${codec}_ = high | write topic("coded.${codec}"), key: patient, format: json, compression: ${codec}, partitions: 2`,
    );
    const { error, stages } = await run(
      `flow codecs v1${VITALS} let high = vitals | where hr >= 100.0
      ${sinks.join('\n')}`,
      log(),
    );
    expect(error).toBeUndefined();
    expect(stages.find(stage => stage.name === 'vitals')).toMatchObject({ rows_in: 1_005, rejected: 5 });
    const wanted = rows.filter(({ hr }) => hr >= 100);
    const seen = await javaConsume(bootstrap, /coded\..*/);
    expect(seen.map(({ key }) => key).sort()).toEqual(wanted.flatMap(row => CODECS.map(() => row.patient)).sort());
    const byNumber = (x: { n: number }, y: { n: number }) => x.n - y.n;
    expect(seen.map(({ value }) => JSON.parse(value ?? '')).sort(byNumber)).toEqual(
      wanted.flatMap(row => CODECS.map(() => row)),
    );
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

  it('of a topic that was made again are not read from the positions in the one before', async () => {
    const { bootstrap } = kafka();
    const made = async (partitions: number, from: number, to: number) => {
      await createTopic(bootstrap, 'in.again', partitions);
      const records = Array.from({ length: to - from }, (_, i) => ({ key: 'k', value: `{"n":${from + i}}` }));
      await javaProduce(bootstrap, 'in.again', records);
    };
    const flow = `flow again v1
      schema Row { n: int }
      source rows = topic("in.again") { format: json, schema: Row, on_bad: fail }
      sink out = rows | write topic("out.again"), format: json, partitions: 1`;
    const dir = await folder();
    await made(2, 0, 10);
    expect((await run(flow, log(), dir)).error).toBeUndefined();
    await deleteTopic(bootstrap, 'in.again');
    await made(1, 100, 130);
    expect((await run(flow, log(), dir)).error).toMatchObject({
      code: 'R105',
      message: expect.stringContaining('source rows, topic in.again: it was deleted and made again'),
    });
    const lag = command('topics', 'lag', '--json', '--log', log()).trim().split('\n');
    expect(lag.map(line => JSON.parse(line)).filter(one => one.flow === 'again')).toHaveLength(1);
    expect((await run(flow, log(), dir, ['--fresh'])).error).toBeUndefined();
    const numbers = (await javaConsume(bootstrap, 'out.again')).map(({ value }) => JSON.parse(value ?? '').n);
    expect(numbers.slice(10)).toEqual(Array.from({ length: 30 }, (_, i) => 100 + i));
  });

  it('give their key, time and headers, and get them; tombstones both ways', async () => {
    const { bootstrap } = kafka();
    await createTopic(bootstrap, 'in.parts', 1);
    await javaProduce(bootstrap, 'in.parts', [
      { key: 'p1', value: '{"hr":80.5,"gone":false}', headers: { trace: 't1', n: '7' } },
      { key: 'p2', value: '{"hr":81,"gone":true}', headers: { n: '8' } },
      { key: 'p3', value: null },
      { key: null, value: '{"hr":1,"gone":false}' },
    ]);
    const { error, stages } = await run(
      `flow parts v1
      schema Row { id: string, at: timestamp, trace: string?, n: int, hr: float, gone: bool }
      source rows = topic("in.parts") {
        format: json
        schema: Row
        tombstones: skip
        map: { id: key(), at: timestamp(), trace: header("trace"), n: header("n") }
        on_bad: dlq("in.parts.bad")
      }
      sink out = rows | derive { later = at + 1h } | write topic("out.parts"), key: id, format: json,
        timestamp: later, headers: { trace: trace, number: n }, tombstone: gone`,
      log(),
    );
    expect(error).toBeUndefined();
    expect(stages.find(stage => stage.name === 'rows')).toMatchObject({ rows_in: 4, rows_out: 2, rejected: 1 });
    const [first, second, ...more] = await javaConsume(bootstrap, 'out.parts');
    expect(more).toEqual([]);
    expect(first).toMatchObject({ key: 'p1', headers: { trace: 't1', number: '7' } });
    const value = JSON.parse(first.value ?? '');
    expect(value).toMatchObject({ id: 'p1', hr: 80.5, trace: 't1', n: 7 });
    expect(first.timestamp).toBe(Date.parse(value.at) + 3_600_000);
    expect(second).toMatchObject({ key: 'p2', value: null, headers: { number: '8' } });

    const letters = command('topics', 'read', 'in.parts.bad', '--json', '--log', log());
    expect(JSON.parse(letters)).toMatchObject({
      split: 'in.parts/0',
      record: 3,
      code: 'R416',
      raw: '{"hr":1,"gone":false}',
    });
    const raw = command('topics', 'read', 'in.parts', '--raw', '--log', log()).split('\n');
    expect(raw.slice(0, 3)).toEqual(['{"hr":80.5,"gone":false}', '{"hr":81,"gone":true}', '']);
    const [one] = command('topics', 'read', 'in.parts', '--json', '--log', log()).split('\n');
    expect(JSON.parse(one)).toMatchObject({ partition: 0, offset: 0, key: 'p1', value: '{"hr":80.5,"gone":false}' });
    const lag = command('topics', 'lag', '--json', '--log', log())
      .trim()
      .split('\n')
      .map(line => JSON.parse(line));
    expect(lag).toContainEqual(expect.objectContaining({ flow: 'parts', topic: 'in.parts', behind: 0 }));
  });

  it('of a time that the topic does not take are bad rows, and the others are written', async () => {
    const { bootstrap } = kafka();
    const day = 86_400_000;
    await createTopic(bootstrap, 'in.times', 1);
    await createTopic(bootstrap, 'out.times', 1, {
      'message.timestamp.after.max.ms': String(3 * day),
      'message.timestamp.before.max.ms': String(30 * day),
    });
    const now = Date.now();
    const times = [now, now + 9 * day, now - day, now - 90 * day, now + day];
    await javaProduce(
      bootstrap,
      'in.times',
      times.map((time, n) => ({ key: null, value: JSON.stringify({ n, at: new Date(time).toISOString() }) })),
    );
    const flow = (name: string, bad: string) => `flow ${name} v1
      schema Row { n: int, at: timestamp @phi }
      source rows = topic("in.times") { format: json, schema: Row, on_bad: ${bad} }
      sink out = rows | write topic("out.times"), format: json, timestamp: at`;
    const { error, stages } = await run(flow('times', 'dlq("in.times.bad")'), log());
    expect(error).toBeUndefined();
    expect(stages.find(stage => stage.name === 'out')).toMatchObject({ rows_out: 3, rejected: 2 });
    const written = await javaConsume(bootstrap, 'out.times');
    expect(written.map(({ value, timestamp }) => [JSON.parse(value ?? '').n, timestamp])).toEqual(
      [0, 2, 4].map(n => [n, times[n]]),
    );
    const letters = command('topics', 'read', 'in.times.bad', '--json', '--log', log()).trim().split('\n');
    expect(letters.map(letter => JSON.parse(letter))).toEqual([
      expect.objectContaining({
        stage: 'out',
        code: 'R428',
        reason: expect.stringMatching(/ahead.*out\.times.*after/),
      }),
      expect.objectContaining({ stage: 'out', code: 'R428', reason: expect.stringMatching(/behind.*before/) }),
    ]);
    const stopped = await run(flow('stopped', 'fail'), log());
    expect(stopped.error).toMatchObject({ code: 'R422', message: expect.stringMatching(/refused by out: `at` is/) });
    expect(JSON.stringify(stopped.error)).not.toContain(new Date(times[1]).toISOString().slice(0, 10));
  });

  it('are read from where the flow says, and on into partitions that have come since', async () => {
    const { bootstrap } = kafka();
    await createTopic(bootstrap, 'in.from', 1);
    const numbers = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => ({ key: null, value: `{"n":${from + i}}` }));
    await javaProduce(bootstrap, 'in.from', numbers(0, 5));
    const [{ timestamp }] = (await javaConsume(bootstrap, 'in.from')).slice(-1);
    const flow = (name: string, from: string) => `flow from_${name} v1
      schema Row { n: int, at: timestamp }
      source rows = topic("in.from") { format: json, schema: Row, from: ${from}, map: { at: timestamp() }, on_bad: fail }
      sink out = rows | select { n } | write topic("out.${name}"), format: json`;
    const seen = async (name: string) =>
      (await javaConsume(bootstrap, `out.${name}`)).map(({ value }) => JSON.parse(value ?? '').n).sort((a, b) => a - b);
    const instant = `@${new Date(timestamp + 1).toISOString()}`;
    for (const [name, from] of [
      ['late', 'latest'],
      ['each', '[4]'],
      ['time', instant],
    ]) {
      expect((await run(flow(name, from), log())).error).toBeUndefined();
    }
    expect((await run(flow('wrong', '[1, 2]'), log())).error).toMatchObject({ code: 'R141' });
    expect((await run(flow('old', '@1969-12-31T23:59:59.999Z'), log())).error).toBeUndefined();
    expect(await seen('old')).toEqual([0, 1, 2, 3, 4]);
    await growTopic(bootstrap, 'in.from', 3);
    await javaProduce(bootstrap, 'in.from', numbers(5, 200));
    for (const [name, from] of [
      ['late', 'latest'],
      ['each', '[4]'],
      ['time', instant],
    ]) {
      expect((await run(flow(name, from), log())).error).toBeUndefined();
    }
    const all = numbers(0, 200).map((_, n) => n);
    expect(await seen('late')).toEqual(all.slice(5));
    expect(await seen('each')).toEqual(all.slice(4));
    expect(await seen('time')).toEqual(all.slice(5));
  });

  it('a topic of the one kind is not taken for one of the other', async () => {
    const { bootstrap } = kafka();
    await createTopic(bootstrap, 'in.plain', 1);
    const schema = 'schema Row { n: int }';
    const write = (to: string) => `flow kinds v1 ${schema}
      source rows = generate(10, seed: 1) { schema: Row }
      sink out = rows | write ${to}`;
    const cluster = `kafka://${bootstrap}`;
    expect((await run(write('topic("of.rows")').replace('kinds', 'rows_'), cluster)).error).toBeUndefined();
    expect((await run(write('topic("of.rows"), format: json'), cluster)).error).toMatchObject({ code: 'R140' });
    const read = (options: string) => `flow reads v1 ${schema}
      source rows = topic("in.plain") { schema: Row ${options} }
      sink out = rows | write topic("out.reads")`;
    expect((await run(read(''), cluster)).error).toMatchObject({ code: 'R111' });
    expect((await run(read(', format: json, on_bad: fail'), cluster)).error).toBeUndefined();
  });

  it('one flow reads and writes records over the embedded log as over Kafka', async () => {
    const dir = await folder();
    const first = `flow first v1
    schema Row { who: string @entity, at: timestamp, value: int in 0..1000 }
    source rows = generate(3000, seed: 3, entities: 50) { schema: Row }
    sink mid = rows | write topic("mid"), key: who, format: json, headers: { value: value }, timestamp: at, partitions: 3`;
    const second = `flow second v1
    schema Row { who: string, at: timestamp, value: int, doubled: int? }
    source rows = topic("mid") { format: json, schema: Row, map: { who: key(), value: header("value"), at: timestamp() }, on_bad: fail }
    sink out = rows | where value >= 500 | select { who, at, value } | write topic("out"), key: who, format: json`;
    const outputs: string[] = [];
    for (const log of [join(dir, '.weir'), `kafka://${kafka().bootstrap}/one`]) {
      for (const flow of [first, second]) expect((await run(flow, log, dir)).error).toBeUndefined();
      outputs.push(command('topics', 'read', 'out', '--raw', '--sorted', '--log', log));
    }
    expect(outputs[1]).toBe(outputs[0]);
    expect(outputs[0].split('\n').length).toBeGreaterThan(1_000);
    const rows = await run(
      second
        .replace('second', 'third')
        .replace('format: json, schema', 'schema')
        .replace(/map.*fail/, ''),
      join(dir, '.weir'),
      dir,
    );
    expect(rows.error).toMatchObject({ code: 'R140' });
  });
});
