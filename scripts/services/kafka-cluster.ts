import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fetchJars } from './fetch-jars.ts';
import { freePorts } from './free-ports.ts';
import { CLEAN_END, type JavaProcess, startJava, waitUntilReady } from './java-process.ts';
import { readCluster } from './kafka-metadata.ts';
import { type BrokerCount, type BrokerPlace, brokerSettings, propertiesText } from './kafka-settings.ts';

type Settings = Readonly<Record<string, string>>;

export interface KafkaOptions {
  readonly brokers: BrokerCount;
  /** Holds settings, logs and data; a folder with data is gone on with, if its cluster had as many brokers. */
  readonly dir: string;
  /** Where clients connect to, a port for each broker; free ones by default. */
  readonly ports?: readonly number[];
  /** More settings, by their names in Kafka's documentation. They win over ours. */
  readonly settings?: Settings | ((place: BrokerPlace) => Settings);
  readonly say?: (line: string) => void;
}

export interface Broker {
  readonly id: number;
  readonly port: number;
  /** Of the process that runs now, or ran last. */
  readonly pid: number;
  readonly logFile: string;
  /** Sends the signal and waits until the broker has ended of it. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** It answers nobody and closes nothing, until `resume`: what a long garbage collection or a frozen machine looks like. */
  pause(): void;
  resume(): void;
  /** Starts it again at its port, on its data, and waits until it is in service. Ends it first where it still runs. */
  restart(): Promise<void>;
}

export interface KafkaCluster {
  /** Addresses of all brokers, as clients take them. */
  readonly bootstrap: string;
  readonly brokers: readonly Broker[];
  /** Ends every broker: at once where `graceMs` is 0, and its data are as after a crash; else in order, if that takes no longer. */
  stop(graceMs?: number): Promise<void>;
  /** From now on it lives on when this process ends, which else is its end, too. */
  release(): void;
}

/** A loaded machine takes ten times as long as an idle one. */
const READY_MS = 120_000;
/** Half the start of the defaults, which are for servers of many cores and long lives. */
const JVM_FLAGS = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Dorg.apache.logging.log4j.level=WARN'];
const HEAP_MB: Readonly<Record<BrokerCount, number>> = { 1: 512, 3: 384 };
const TOOL_HEAP_MB = 128;
const STOP_MS = 10_000;

/** Starts a cluster on 127.0.0.1 and waits until all its brokers are in service. What was started is ended when that fails. */
export async function startKafka(options: KafkaOptions): Promise<KafkaCluster> {
  const jars = await fetchJars('kafka', options.say ?? (() => undefined));
  const dir = resolve(options.dir);
  const places = await placesFor(options);
  const nodes = places.map(place => new Node(place, places, { ...options, dir }, join(jars, 'lib')));
  const clusterId = clusterIdOf(nodes) ?? randomBytes(16).toString('base64url');
  const stop = async (graceMs: number) => void (await Promise.all(nodes.map(node => node.end(graceMs))));
  try {
    await Promise.all(nodes.map(node => node.format(clusterId)));
    for (const node of nodes) node.start();
    await Promise.all(nodes.map(node => node.inService()));
  } catch (error) {
    await stop(0);
    throw error;
  }
  return {
    bootstrap: places.map(({ port }) => `127.0.0.1:${port}`).join(','),
    brokers: nodes,
    stop: (graceMs = STOP_MS) => stop(graceMs),
    release() {
      for (const node of nodes) node.release();
    },
  };
}

async function placesFor({ brokers, ports }: KafkaOptions): Promise<readonly BrokerPlace[]> {
  if (ports !== undefined && ports.length !== brokers) throw new Error(`${ports.length} ports for ${brokers} brokers`);
  const free = await freePorts(2 * brokers);
  return Array.from({ length: brokers }, (_, i) => ({
    id: i + 1,
    port: ports?.[i] ?? free[i],
    controllerPort: free[brokers + i],
  }));
}

/** All nodes of a cluster carry its id; one that has data tells it. */
function clusterIdOf(nodes: readonly Node[]): string | null {
  for (const { propertiesOfData } of nodes) {
    if (!existsSync(propertiesOfData)) continue;
    const [, id] = /^cluster\.id=(.+)$/m.exec(readFileSync(propertiesOfData, 'utf8')) ?? [];
    if (id !== undefined) return id.trim();
  }
  return null;
}

/** A broker with its controller: one process, one folder. */
class Node implements Broker {
  readonly id: number;
  readonly port: number;
  readonly logFile: string;
  readonly propertiesOfData: string;
  readonly #all: readonly BrokerPlace[];
  readonly #options: KafkaOptions;
  readonly #jars: string;
  readonly #settingsFile: string;
  #java: JavaProcess | null = null;

  constructor(place: BrokerPlace, all: readonly BrokerPlace[], options: KafkaOptions, jars: string) {
    this.id = place.id;
    this.port = place.port;
    this.#all = all;
    this.#options = options;
    this.#jars = jars;
    const dataFolder = join(options.dir, `data-${place.id}`);
    this.propertiesOfData = join(dataFolder, 'meta.properties');
    this.logFile = join(options.dir, `broker-${place.id}.log`);
    this.#settingsFile = join(options.dir, `broker-${place.id}.properties`);
    mkdirSync(options.dir, { recursive: true });
    writeFileSync(
      this.#settingsFile,
      propertiesText(brokerSettings(place, all, dataFolder, settingsOf(options, place))),
    );
  }

  get pid(): number {
    return this.#running().pid;
  }

  /** Gives an empty folder the cluster's id; one that has it stays as it is. */
  async format(clusterId: string): Promise<void> {
    if (existsSync(this.propertiesOfData)) return;
    // In one word: an id may begin with a hyphen.
    const args = ['kafka.tools.StorageTool', 'format', `--cluster-id=${clusterId}`, '-c', this.#settingsFile];
    this.#java = this.#run(`the tool that formats broker ${this.id}`, TOOL_HEAP_MB, args);
    let isDone = false;
    this.#java.ended.then(how => (isDone = how === CLEAN_END));
    await waitUntilReady(this.#java, async () => isDone, READY_MS);
  }

  start(): void {
    const heapMb = HEAP_MB[this.#options.brokers];
    this.#java = this.#run(`broker ${this.id}`, heapMb, ['kafka.Kafka', this.#settingsFile]);
  }

  /** Waits until this broker names a controller, and itself and all others that run as in service. */
  async inService(others: readonly number[] = this.#all.map(({ id }) => id)): Promise<void> {
    const isReady = async () => {
      const cluster = await readCluster(this.port).catch(() => null);
      if (cluster === null || cluster.controllerId < 0) return false;
      return others.every(id => cluster.brokers.some(broker => broker.id === id));
    };
    await waitUntilReady(this.#running(), isReady, READY_MS);
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await this.#running().kill(signal);
  }

  pause(): void {
    this.#running().pause();
  }

  resume(): void {
    this.#running().resume();
  }

  async restart(): Promise<void> {
    await this.end(STOP_MS);
    this.start();
    await this.inService([this.id]);
  }

  async end(graceMs: number): Promise<void> {
    if (graceMs === 0) await this.#java?.kill('SIGKILL');
    else await this.#java?.stop(graceMs);
  }

  release(): void {
    this.#running().release();
  }

  #running(): JavaProcess {
    if (this.#java === null) throw new Error(`broker ${this.id} was not started`);
    return this.#java;
  }

  #run(name: string, heapMb: number, args: readonly string[]): JavaProcess {
    const heap = [`-Xms${heapMb}m`, `-Xmx${heapMb}m`];
    const flags = [...heap, ...JVM_FLAGS, '-cp', join(this.#jars, '*')];
    return startJava({ name, args: [...flags, ...args], logFile: this.logFile });
  }
}

function settingsOf({ settings = {} }: KafkaOptions, place: BrokerPlace): Settings {
  return typeof settings === 'function' ? settings(place) : settings;
}
