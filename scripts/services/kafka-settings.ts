/** How many brokers a cluster has: one for most tests, three where one of them dies. */
export type BrokerCount = 1 | 3;

export interface BrokerPlace {
  readonly id: number;
  /** Where clients connect to. */
  readonly port: number;
  /** Where the brokers' controllers speak to each other. */
  readonly controllerPort: number;
}

/** Partitions of the topics that Kafka keeps for itself: the default of 50 takes seconds to make and to load. */
const OWN_PARTITIONS = 4;

/**
 * The settings of one broker of a cluster, in KRaft's combined mode: every broker is a controller, too. `more` wins over what is here.
 * With three brokers everything is kept three times and a write needs two of them, so one may die and nothing is lost.
 */
export function brokerSettings(
  { id, port, controllerPort }: BrokerPlace,
  all: readonly BrokerPlace[],
  dataFolder: string,
  more: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const replicas = all.length;
  const needed = Math.ceil(replicas / 2);
  return {
    'node.id': `${id}`,
    'process.roles': 'broker,controller',
    'controller.quorum.voters': all.map(one => `${one.id}@127.0.0.1:${one.controllerPort}`).join(','),
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': dataFolder,
    'default.replication.factor': `${replicas}`,
    'min.insync.replicas': `${needed}`,
    'offsets.topic.replication.factor': `${replicas}`,
    'offsets.topic.num.partitions': `${OWN_PARTITIONS}`,
    'transaction.state.log.replication.factor': `${replicas}`,
    'transaction.state.log.min.isr': `${needed}`,
    'transaction.state.log.num.partitions': `${OWN_PARTITIONS}`,
    'share.coordinator.state.topic.replication.factor': `${replicas}`,
    'share.coordinator.state.topic.min.isr': `${needed}`,
    'share.coordinator.state.topic.num.partitions': `${OWN_PARTITIONS}`,
    // How long a dead broker counts as in service: its partitions have no leader until then, and its heir at the same place has to
    // wait as well. A third of the default.
    'broker.session.timeout.ms': '3000',
    'broker.heartbeat.interval.ms': '500',
    // A topic with a misspelt name is an error, not a topic.
    'auto.create.topics.enable': 'false',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    ...more,
  };
}

/** As a file of Java properties. A backslash is an escape there, so paths of Windows have theirs doubled. */
export function propertiesText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([key, value]) => `${key}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}
