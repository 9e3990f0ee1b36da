import { Connection, metadataV12 } from '@platformatic/kafka';

export interface ClusterView {
  /** Ids and ports of the brokers that are in service, by id. */
  readonly brokers: readonly { readonly id: number; readonly port: number }[];
  /** −1 while there is none. */
  readonly controllerId: number;
}

/** What the broker at this port of 127.0.0.1 knows of its cluster. Rejects where nobody answers in time. */
export async function readCluster(port: number, timeoutMs = 2000): Promise<ClusterView> {
  const connection = new Connection('weir-services', { connectTimeout: timeoutMs, requestTimeout: timeoutMs });
  // Told to whoever waits for an answer as well; without a listener it would end the process.
  connection.on('error', () => undefined);
  try {
    await connection.connect('127.0.0.1', port);
    const { brokers, controllerId } = await metadataV12.api.async(connection, [], false, false);
    const places = brokers.map(broker => ({ id: broker.nodeId, port: broker.port }));
    return { brokers: places.sort((a, b) => a.id - b.id), controllerId };
  } finally {
    await connection.close().catch(() => undefined);
  }
}
