// `npm run services`: Kafka and a schema registry on this machine, without Docker; they run until they are told to stop.
import { rmSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { ServiceName } from './fetch-jars.ts';
import { isFree } from './free-ports.ts';
import { startRegistry } from './registry.ts';
import { endProcess, type RunningService, readState, stillRuns, writeState } from './running.ts';

const HELP = `npm run services -- COMMAND

  up [kafka] [registry]     start them (kafka, where none is named) and leave them running
  down [kafka] [registry]   end them (all, where none is named); their data stay
  status                    what runs, and where; exit code 1 where nothing does, or something has ended by itself

  --brokers 1|3             brokers of Kafka (1)
  --port N                  where the first broker listens (9092); the others behind it
  --registry-port N         where the registry listens (8081)
  --fresh                   up: forget what an earlier Kafka of as many brokers has kept
  --dir DIR                 where data, logs and the list of what runs lie (.weir-services)

What runs is told to a shell by
  eval "$(npm run --silent services -- up)"
`;
/** Longer than a broker takes to hand its partitions over. */
const GRACE_MS = 20_000;
/** What a shell is told, as Weir reads it. */
const EXPORTS: Readonly<Record<ServiceName, (address: string) => string>> = {
  kafka: address => `WEIR_KAFKA=kafka://${address}`,
  registry: address => `WEIR_SCHEMA_REGISTRY=${address}`,
};

/** A wrong command line. */
class UsageError extends Error {}

const say = (line: string) => void process.stderr.write(`${line}\n`);

interface Options {
  readonly dir: string;
  readonly brokers: 1 | 3;
  readonly port: number;
  readonly registryPort: number;
  readonly fresh: boolean;
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parsed(args);
  const [command, ...names] = positionals;
  if (values.help || command === undefined) {
    process.stdout.write(HELP);
    return values.help ? 0 : 2;
  }
  const services = names.map(serviceNamed);
  const brokers = numberOf('--brokers', values.brokers);
  if (brokers !== 1 && brokers !== 3) throw new UsageError('--brokers is 1 or 3');
  const options: Options = {
    dir: resolve(values.dir),
    brokers,
    port: numberOf('--port', values.port),
    registryPort: numberOf('--registry-port', values['registry-port']),
    fresh: values.fresh,
  };
  if (command === 'up') return up(services.length === 0 ? ['kafka'] : services, options);
  if (command === 'down') return down(services, options.dir);
  if (command === 'status' && services.length === 0) return status(options.dir);
  throw new UsageError(`no command ${positionals.join(' ')}`);
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        brokers: { type: 'string', default: '1' },
        port: { type: 'string', default: '9092' },
        'registry-port': { type: 'string', default: '8081' },
        fresh: { type: 'boolean', default: false },
        dir: { type: 'string', default: join(import.meta.dirname, '../../.weir-services') },
        help: { type: 'boolean', default: false },
      },
      allowPositionals: true,
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function serviceNamed(name: string): ServiceName {
  if (name === 'kafka' || name === 'registry') return name;
  throw new UsageError(`no service ${name}; there are kafka and registry`);
}

function numberOf(option: string, text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new UsageError(`${option} takes a number, not ${text}`);
  return Number(text);
}

async function up(asked: readonly ServiceName[], options: Options): Promise<number> {
  // Kafka first: a registry that starts beside it keeps its schemas there.
  for (const service of (['kafka', 'registry'] as const).filter(name => asked.includes(name))) {
    const known = readState(options.dir).find(one => one.service === service);
    const running = known?.processes.filter(stillRuns) ?? [];
    if (known !== undefined && running.length === known.processes.length) {
      say(`${service} is up already: ${known.address}`);
      continue;
    }
    if (running.length > 0) {
      say(`of ${service} ${running.length} of ${known?.processes.length} processes run: take it down first`);
      return 1;
    }
    const began = performance.now();
    const started = service === 'kafka' ? await upKafka(options) : await upRegistry(options);
    writeState(options.dir, [...readState(options.dir).filter(one => one.service !== service), started]);
    say(`${service} is up after ${((performance.now() - began) / 1000).toFixed(1)} s: ${started.address}`);
  }
  for (const { service, address } of readState(options.dir)) {
    process.stdout.write(`export ${EXPORTS[service](address)}\n`);
  }
  return 0;
}

async function upKafka({ dir, brokers, port, fresh }: Options): Promise<RunningService> {
  const ports = Array.from({ length: brokers }, (_, i) => port + i);
  for (const one of ports) await mustBeFree(one, '--port');
  const folder = join(dir, `kafka-${brokers}`);
  if (fresh) rmSync(folder, { recursive: true, force: true });
  // A client of Kafka is a second's work to load, and nothing else needs it.
  const { startKafka } = await import('./kafka-cluster.ts');
  const kafka = await startKafka({ brokers, dir: folder, ports, say });
  kafka.release();
  return { service: 'kafka', address: kafka.bootstrap, processes: kafka.brokers.map(processOf) };
}

async function upRegistry({ dir, registryPort }: Options): Promise<RunningService> {
  await mustBeFree(registryPort, '--registry-port');
  const kafka = readState(dir).find(one => one.service === 'kafka' && one.processes.every(stillRuns));
  const registry = await startRegistry({
    dir: join(dir, 'registry'),
    port: registryPort,
    bootstrap: kafka?.address,
    say,
  });
  registry.release();
  return { service: 'registry', address: registry.url, processes: [processOf(registry)] };
}

const processOf = ({ pid, port, logFile }: { pid: number; port: number; logFile: string }) => ({ pid, port, logFile });

async function mustBeFree(port: number, option: string): Promise<void> {
  if (!(await isFree(port))) throw new Error(`port ${port} is taken; choose another with ${option}`);
}

async function down(asked: readonly ServiceName[], dir: string): Promise<number> {
  const ending = readState(dir).filter(({ service }) => asked.length === 0 || asked.includes(service));
  // The registry first, which may need its Kafka to end well.
  for (const { service, processes } of ending.toSorted((a, b) => b.service.localeCompare(a.service))) {
    await Promise.all(processes.map(one => endProcess(one, GRACE_MS)));
    writeState(
      dir,
      readState(dir).filter(one => one.service !== service),
    );
    say(`${service} is down`);
  }
  if (ending.length === 0) say('nothing is up');
  return 0;
}

function status(dir: string): number {
  const services = readState(dir);
  if (services.length === 0) process.stdout.write('nothing is up\n');
  let isAllWell = services.length > 0;
  for (const { service, address, processes } of services) {
    process.stdout.write(`${service}  ${address}\n`);
    for (const one of processes) {
      const runs = stillRuns(one);
      isAllWell &&= runs;
      const log = relative(process.cwd(), one.logFile);
      process.stdout.write(`  port ${one.port}  ${runs ? `process ${one.pid}` : 'has ended'}  log ${log}\n`);
    }
  }
  return isAllWell ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  if (error instanceof UsageError) say('\nnpm run services -- --help tells what there is');
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
