import { Consumer, Producer } from '@platformatic/kafka';

export interface BytesRecord {
  readonly key: string;
  readonly value: Uint8Array;
}

/** By a client that is not Weir's. */
export async function produceBytes(bootstrap: string, topic: string, records: readonly BytesRecord[]): Promise<void> {
  const producer = new Producer({ clientId: 'weir-test', bootstrapBrokers: [bootstrap] });
  try {
    await producer.send({
      messages: records.map(({ key, value }) => ({ topic, key: Buffer.from(key), value: Buffer.from(value) })),
    });
  } finally {
    await producer.close();
  }
}

/** The first `count` committed records, in the order they come. */
export async function consumeBytes(bootstrap: string, topic: string, count: number): Promise<readonly BytesRecord[]> {
  const groupId = `weir-test-${topic}-${count}`;
  const consumer = new Consumer({ clientId: 'weir-test', groupId, bootstrapBrokers: [bootstrap] });
  try {
    const stream = await consumer.consume({ topics: [topic], mode: 'earliest', autocommit: false, isolationLevel: 1 });
    const records: BytesRecord[] = [];
    for await (const { key, value } of stream) {
      records.push({ key: String(key), value: value as Uint8Array });
      if (records.length === count) break;
    }
    await stream.close();
    return records;
  } finally {
    await consumer.close(true);
  }
}
