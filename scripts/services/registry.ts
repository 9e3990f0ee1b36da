import { mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fetchJars } from './fetch-jars.ts';
import { freePorts } from './free-ports.ts';
import { startJava, waitUntilReady } from './java-process.ts';

export interface RegistryOptions {
  /** Holds the log. */
  readonly dir: string;
  /** A free one by default. */
  readonly port?: number;
  /** Addresses of a Kafka that keeps the schemas; without it they are in memory, and gone with the process. */
  readonly bootstrap?: string;
  readonly say?: (line: string) => void;
}

export interface SchemaRegistry {
  /** Where it speaks as Confluent's registry does. */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly logFile: string;
  /** Ends it: SIGTERM, and SIGKILL where that has not ended it in time. */
  stop(graceMs?: number): Promise<void>;
  /** From now on it lives on when this process ends, which else is its end, too. */
  release(): void;
}

const READY_MS = 120_000;
const ASK_MS = 2000;
const STOP_MS = 10_000;
const JVM_FLAGS = ['-Xmx384m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** Starts Apicurio on 127.0.0.1 and waits until it answers. */
export async function startRegistry(options: RegistryOptions): Promise<SchemaRegistry> {
  const jars = await fetchJars('registry', options.say ?? (() => undefined));
  const dir = resolve(options.dir);
  const [free] = await freePorts(1);
  const { port = free, bootstrap } = options;
  mkdirSync(dir, { recursive: true });
  const logFile = join(dir, 'registry.log');
  const storage =
    bootstrap === undefined
      ? []
      : ['-Dapicurio.storage.kind=kafkasql', `-Dapicurio.kafkasql.bootstrap.servers=${bootstrap}`];
  const address = ['-Dquarkus.http.host=127.0.0.1', `-Dquarkus.http.port=${port}`];
  const args = [...JVM_FLAGS, ...address, ...storage, '-jar', runnerIn(join(jars, 'lib'))];
  const java = startJava({ name: 'the schema registry', args, logFile });
  const url = `http://127.0.0.1:${port}/apis/ccompat/v7`;
  try {
    await waitUntilReady(java, () => answers(`${url}/subjects`), READY_MS);
  } catch (error) {
    await java.kill('SIGKILL');
    throw error;
  }
  return { url, port, pid: java.pid, logFile, stop: (graceMs = STOP_MS) => java.stop(graceMs), release: java.release };
}

function runnerIn(folder: string): string {
  const runner = readdirSync(folder).find(name => name.endsWith('-runner.jar'));
  if (runner === undefined) throw new Error(`no …-runner.jar in ${folder}; remove its parent folder to fetch it again`);
  return join(folder, runner);
}

async function answers(url: string): Promise<boolean> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(ASK_MS) }).catch(() => null);
  await answer?.body?.cancel();
  return answer?.status === 200;
}
