import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { startKafka } from '../../scripts/services/kafka-cluster.ts';
import { LogPlace } from '../../src/cli/log-place.ts';
import type { LogKind } from './figures.ts';
import { cpuSecondsOf } from './usage.ts';

/** Where one run lives: nothing in it is of another run but the model. */
export interface Place {
  /** The run's own folder; it runs there. */
  readonly folder: string;
  /** What `--log` says. */
  readonly log: string;
  /** The same for whoever reads its topics. */
  readonly topics: LogPlace;
  remove(): void;
}

/** Gives places, each fresh. */
export interface World {
  /** `name` is used once. The model is that of the folder `trained`. */
  place(name: string): Place;
  /** Of the broker so far; null where there is none, or no way to know. */
  brokerCpuSeconds(): number | null;
  close(): Promise<void>;
}

/** `folder` is the benchmark's own; `trained` holds a registry. */
export async function openWorld(kind: LogKind, folder: string, trained: string): Promise<World> {
  const kafka = kind === 'embedded' ? null : await startKafka({ brokers: 1, dir: join(folder, 'kafka') });
  return {
    place(name) {
      const own = join(folder, name);
      const weirFolder = join(own, '.weir');
      mkdirSync(weirFolder, { recursive: true });
      cpSync(join(trained, 'registry'), join(weirFolder, 'registry'), { recursive: true });
      const log = kafka === null ? weirFolder : `kafka://${kafka.bootstrap}/${name}`;
      return {
        folder: own,
        log,
        topics: new LogPlace(log, weirFolder),
        remove: () => rmSync(own, { recursive: true, force: true }),
      };
    },
    brokerCpuSeconds: () => (kafka === null ? null : cpuSecondsOf(kafka.brokers[0].pid)),
    close: async () => kafka?.stop(0),
  };
}
