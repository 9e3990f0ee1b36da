import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { fetchJars } from '../../scripts/services/fetch-jars.ts';

const JVM = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];
const QUIET_MS = 4_000;

/** Runs one of the broker's own command-line tools; gives what it says on standard output. Throws with its errors where it fails. */
async function tool(main: string, args: readonly string[], input = ''): Promise<string> {
  const jars = await fetchJars('kafka', () => undefined);
  const child = spawn('java', [...JVM, '-cp', join(jars, 'lib', '*'), main, ...args], { stdio: 'pipe' });
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  child.stdout.on('data', chunk => out.push(chunk));
  child.stderr.on('data', chunk => errors.push(chunk));
  child.stdin.end(input);
  const code = await new Promise(resolve => child.once('close', resolve));
  if (code !== 0) throw new Error(`${main} ended with ${code}: ${Buffer.concat(errors).toString()}`);
  return Buffer.concat(out).toString();
}

export async function createTopic(
  bootstrap: string,
  topic: string,
  partitions: number,
  config: Readonly<Record<string, string>> = {},
): Promise<void> {
  const set = Object.entries(config).flatMap(([name, value]) => ['--config', `${name}=${value}`]);
  const what = ['--create', '--topic', topic, '--partitions', String(partitions), ...set];
  await tool('org.apache.kafka.tools.TopicCommand', ['--bootstrap-server', bootstrap, ...what]);
}

/** And waits until it is gone. */
export async function deleteTopic(bootstrap: string, topic: string): Promise<void> {
  const where = ['--bootstrap-server', bootstrap];
  await tool('org.apache.kafka.tools.TopicCommand', [...where, '--delete', '--topic', topic]);
  while ((await tool('org.apache.kafka.tools.TopicCommand', [...where, '--list'])).split('\n').includes(topic));
}
export async function growTopic(bootstrap: string, topic: string, partitions: number): Promise<void> {
  const what = ['--alter', '--topic', topic, '--partitions', String(partitions)];
  await tool('org.apache.kafka.tools.TopicCommand', ['--bootstrap-server', bootstrap, ...what]);
}

export interface JavaRecord {
  /** Null: the record has no key. */
  readonly key: string | null;
  /** Null: a tombstone. */
  readonly value: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}
export interface ConsumedRecord extends JavaRecord {
  readonly partition: number;
  readonly timestamp: number;
}

/** Parts of a record stand in a line, headers first. */
const NULL = '\u0001';
const SEPARATOR = '\u0002';
const HEADERS_SEPARATOR = '\u0003';

/** By Java's console producer: no part may hold a line feed. */
export async function javaProduce(
  bootstrap: string,
  topic: string,
  records: readonly JavaRecord[],
  codec = 'none',
): Promise<void> {
  const lines = records.map(({ key, value, headers = {} }) => {
    const pairs = Object.entries(headers).map(([name, text]) => `${name}:${text}`);
    return `${pairs.length === 0 ? NULL : pairs.join(',')}${HEADERS_SEPARATOR}${key ?? NULL}${SEPARATOR}${value ?? NULL}\n`;
  });
  const properties = {
    'parse.key': 'true',
    'key.separator': SEPARATOR,
    'parse.headers': 'true',
    'headers.delimiter': HEADERS_SEPARATOR,
    'null.marker': NULL,
  };
  const flags = Object.entries(properties).flatMap(([name, text]) => ['--reader-property', `${name}=${text}`]);
  const where = ['--bootstrap-server', bootstrap, '--topic', topic, '--compression-codec', codec];
  await tool('org.apache.kafka.tools.ConsoleProducer', [...where, ...flags], lines.join(''));
}

/** What Java's console consumer sees, from the first record on; `uncommitted`: of transactions that were aborted or are open, too. */
export async function javaConsume(
  bootstrap: string,
  topic: string | RegExp,
  isolation: 'committed' | 'uncommitted' = 'committed',
): Promise<readonly ConsumedRecord[]> {
  const properties = {
    'print.key': 'true',
    'print.partition': 'true',
    'print.timestamp': 'true',
    'print.headers': 'true',
    'key.separator': SEPARATOR,
    'null.literal': NULL,
  };
  const flags = Object.entries(properties).flatMap(([name, text]) => ['--formatter-property', `${name}=${text}`]);
  const which = typeof topic === 'string' ? ['--topic', topic] : ['--include', topic.source];
  const where = ['--bootstrap-server', bootstrap, ...which, '--from-beginning'];
  const text = await tool('org.apache.kafka.tools.consumer.ConsoleConsumer', [
    ...where,
    ...flags,
    '--isolation-level',
    `read_${isolation}`,
    '--timeout-ms',
    String(QUIET_MS),
  ]);
  return text
    .split('\n')
    .filter(line => line.includes(SEPARATOR))
    .map(line => {
      const [time, partition, headers, key, value] = line.split(SEPARATOR);
      const pairs = headers === 'NO_HEADERS' ? [] : headers.split(',').map(pair => pair.split(':'));
      return {
        timestamp: Number(time.replace(/^\w+:/, '')),
        partition: Number(partition.replace(/^Partition:/, '')),
        headers: Object.fromEntries(pairs.map(([name, ...rest]) => [name, rest.join(':')])),
        key: key === NULL ? null : key,
        value: value === NULL ? null : value,
      };
    });
}
