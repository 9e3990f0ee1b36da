import { Connection, type ConnectionOptions } from '@platformatic/kafka';
import type { KafkaCluster } from '../../../scripts/services/kafka-cluster.ts';
import { openKafkaLog } from '../../../src/connectors/kafka/kafka-log.ts';
import type { Log } from '../../../src/engine/contract/log.ts';
import type { LogDriver } from './driver.ts';
import { codeOf } from './helpers.ts';
import { realClock } from './real-clock.ts';

/** Key of the request that ends a transaction. */
const END_TXN = 26;

type Fate = 'applied' | 'dropped' | 'hang';

/** What happens to the next request that ends a transaction, and what has been held back. */
class Network {
  fate: Fate | null = null;
  readonly held: (() => void)[] = [];
  onHeld: (() => void) | null = null;

  /** Connections of one client; after `kill` none of them works, nor do new ones. */
  client(): { readonly create: (id: string, options: ConnectionOptions) => Connection; kill(): void } {
    const open = new Set<Connection>();
    let isDead = false;
    const network = this;
    return {
      create(id, options) {
        const connection = new Connection(id, options);
        open.add(connection);
        const { connect, send } = connection;
        connection.connect = (host: string, port: number) =>
          isDead ? Promise.reject(lost()) : connect.call(connection, host, port);
        connection.send = (key, version, payload, parse, inRequest, inResponse, answer) => {
          const pass = (told: typeof answer): void =>
            send.call(connection, key, version, payload, parse as never, inRequest, inResponse, told as never);
          const { fate } = network;
          if (key !== END_TXN || fate === null) return pass(answer);
          network.fate = null;
          if (fate === 'dropped') return answer(lost());
          if (fate === 'applied') return pass(() => answer(lost()));
          network.held.push(() => pass(answer));
          network.onHeld?.();
        };
        return connection;
      },
      kill() {
        isDead = true;
        for (const connection of open) void Promise.resolve(connection.close()).catch(() => {});
      },
    };
  }
}
function lost(): Error {
  return Object.assign(new Error('lost'), { code: 'PLT_KFK_NETWORK' });
}

let worlds = 0;

/** Kafka; every world has its own names on one cluster. */
export function kafkaDriver(name: string, cluster: () => KafkaCluster): LogDriver {
  const bootstrap = () => cluster().brokers.map(({ port }) => ({ host: '127.0.0.1', port }));
  return {
    name,
    async create() {
      const network = new Network();
      const prefix = `world${process.pid}-${++worlds}.`;
      const clients = new Map<Log, () => void>();
      return {
        async client() {
          const { create, kill } = network.client();
          const log = openKafkaLog({
            bootstrap: bootstrap(),
            clock: realClock,
            prefix,
            patience: 20_000,
            connection: create,
          });
          clients.set(log, kill);
          return log;
        },
        async kill(client) {
          clients.get(client)?.();
          clients.delete(client);
        },
        loseAnswer(owner, commit, how) {
          network.fate = how;
          return codeOf(owner.commit(commit));
        },
        async hang(owner, commit) {
          const isHeld = new Promise<void>(resolve => (network.onHeld = resolve));
          network.fate = 'hang';
          const ended = owner.commit(commit);
          ended.catch(() => {});
          await isHeld;
          return { ended };
        },
        async wake() {
          for (const go of network.held.splice(0)) go();
        },
        async restart() {
          for (const log of clients.keys()) await log.close();
          clients.clear();
          // A broker that is killed forgets what was purged within the last minute: those rows may be seen again, which purging allows.
          for (const broker of cluster().brokers) await broker.kill('SIGTERM');
          await Promise.all(cluster().brokers.map(broker => broker.restart()));
        },
        async destroy() {
          for (const go of network.held.splice(0)) go();
          for (const log of clients.keys()) await log.close();
        },
      };
    },
  };
}
