import type { Clock } from '../../engine/base/clock.ts';
import type { Millis } from '../../engine/base/units.ts';
import { type ChangelogDelta, type CommitRecord, LogError, type TopicPartition } from '../../engine/contract/log.ts';
import { recordFromJson, recordToJson } from '../../engine/contract/record-json.ts';
import { batchesOf } from './batches-to-write.ts';
import type { Brokers } from './brokers.ts';
import { fetchAt, offsetsOf, partitionCount } from './partition-reads.ts';
import { readRecordBatches } from './record-chunks.ts';
import type { Sequences, Writes } from './transaction.ts';

/** Keys of the records of a changelog. */
const DELTA = 0x64;
const RECORD = 0x72;
const READ_BYTES = 4 * 1024 * 1024;
const READ_WAIT: Millis = 100;
/** How far before the end the last commit record is looked for at first. */
const FIRST_STEP = 16n;
/** Whoever was fenced has had its transaction ended before; nobody else writes here. */
const SETTLE_PATIENCE: Millis = 60_000;
const SETTLE_WAIT: Millis = 5;

/** What the last commit of a task says, whoever owns it; null also where there is no changelog. */
export async function lastRecordOf(
  brokers: Brokers,
  clock: Clock,
  place: TopicPartition,
): Promise<CommitRecord | null> {
  return (await isThere(brokers, place)) ? new Changelog(brokers, clock, place).lastRecord('stable') : null;
}

/** The deltas of a task that are committed now, whoever owns it; none where there is no changelog. Throws LogError `gap`. */
export async function* deltasOf(
  brokers: Brokers,
  clock: Clock,
  place: TopicPartition,
  from: bigint,
): AsyncGenerator<ChangelogDelta> {
  if (await isThere(brokers, place)) yield* new Changelog(brokers, clock, place).deltas(from, 'stable');
}

async function isThere(brokers: Brokers, { topic, partition }: TopicPartition): Promise<boolean> {
  return partition < ((await partitionCount(brokers, topic)) ?? 0);
}

/** A task's partition of its chain's changelog: deltas, and the record of each commit behind its deltas. */
export class Changelog {
  readonly place: TopicPartition;
  readonly #brokers: Brokers;
  readonly #clock: Clock;

  constructor(brokers: Brokers, clock: Clock, place: TopicPartition) {
    this.#brokers = brokers;
    this.#clock = clock;
    this.place = place;
  }

  /** `sequences`: of what the same commit writes elsewhere. */
  writesOf(deltas: readonly Uint8Array[], record: CommitRecord, timestamps: number, sequences: Sequences): Writes {
    const last = new TextEncoder().encode(JSON.stringify({ ...(recordToJson(record) as object), sequences }));
    const keys = [...deltas.map(() => Uint8Array.of(DELTA)), Uint8Array.of(RECORD)];
    return { ...this.place, batches: batchesOf({ values: [...deltas, last], keys, timestamps }) };
  }

  /** The newest commit record, once no transaction is open (`settled`) or of what is decided now (`stable`); null: there was no commit. */
  async lastRecord(of: 'settled' | 'stable'): Promise<CommitRecord | null> {
    for (;;) {
      try {
        return await this.#lastRecord(of);
      } catch (error) {
        // The owner has purged meanwhile what was being looked at; what it keeps is looked at then.
        if (!(error instanceof LogError) || error.code !== 'gap') throw error;
      }
    }
  }
  async #lastRecord(of: 'settled' | 'stable'): Promise<CommitRecord | null> {
    const end = await this.#end(of);
    const first = await this.#offset('first');
    for (let step = FIRST_STEP, to = end; to > first; step *= 4n) {
      const from = to - step > first ? to - step : first;
      let found: Uint8Array | null = null;
      for (let at = from; at < to; ) {
        const { records, next } = await this.#read(at);
        for (const { key, value, offset } of records) if (key === RECORD && offset < to) found = value;
        at = next;
      }
      if (found !== null) return recordFromJson(lastOf(found).record);
      to = from;
    }
    return null;
  }

  /** Throws LogError `gap` where deltas from there on have been deleted. */
  async *deltas(from: bigint, of: 'settled' | 'stable'): AsyncGenerator<ChangelogDelta> {
    const end = await this.#end(of);
    for (let at = from; at < end; ) {
      const { records, next } = await this.#read(at);
      for (const { key, value, offset } of records) {
        // Of a commit that came meanwhile perhaps only a part was fetched.
        if (offset >= end) return;
        if (key === DELTA) yield { delta: value, next: offset + 1n };
      }
      at = next;
    }
  }

  #end(of: 'settled' | 'stable'): Promise<bigint> {
    return of === 'settled' ? this.#settledEnd() : this.#offset('stable');
  }

  /** The end of the partition, once all before it is decided. */
  async #settledEnd(): Promise<bigint> {
    const end = await this.#settledWithin(SETTLE_PATIENCE);
    if (end !== null) return end;
    throw new LogError('unknown', `A transaction stays open in ${this.place.topic}/${this.place.partition}.`, {
      hint: 'the brokers have forgotten to end it: see `kafka-transactions.sh find-hanging`; the flow goes on once it is ended in all partitions',
    });
  }
  /** Whether all in it is decided within so long. */
  async settles(patience: Millis): Promise<boolean> {
    return (await this.#settledWithin(patience)) !== null;
  }
  async #settledWithin(patience: Millis): Promise<bigint | null> {
    const until = this.#clock.elapsed() + patience;
    for (;;) {
      const end = await this.#offset('end');
      const stable = await this.#offset('stable');
      if (stable >= end) return end;
      if (this.#clock.elapsed() > until) return null;
      await this.#clock.sleep(SETTLE_WAIT);
    }
  }
  /** What a commit that is open writes elsewhere, where its record is there: it is the last. */
  async openSequences(from: bigint): Promise<Sequences | null> {
    const end = await this.#offset('end');
    let found: Uint8Array | null = null;
    for (let at = from; at < end; ) {
      const { records, next } = await this.#read(at, 'open');
      for (const { key, value } of records) if (key === RECORD) found = value;
      if (next === at) break;
      at = next;
    }
    return found === null ? null : lastOf(found).sequences;
  }
  async #offset(which: 'first' | 'stable' | 'end'): Promise<bigint> {
    const { topic, partition } = this.place;
    return (await offsetsOf(this.#brokers, topic, which, partition))[partition];
  }

  async #read(
    offset: bigint,
    which: 'committed' | 'open' = 'committed',
  ): Promise<{
    readonly records: readonly { readonly key: number; readonly value: Uint8Array; readonly offset: bigint }[];
    readonly next: bigint;
  }> {
    const at = { ...this.place, offset };
    const { records, aborted } = await fetchAt(this.#brokers, at, READ_BYTES, READ_WAIT, which);
    const { chunks, next } = readRecordBatches(records, offset, which === 'open' ? null : aborted);
    const found = chunks.flatMap(({ bytes, baseOffset, count, offsetDelta, keyStart, valueStart, valueEnd }) =>
      Array.from({ length: count }, (_, i) => ({
        key: keyStart[i] < 0 ? -1 : bytes[keyStart[i]],
        value: new Uint8Array(bytes.subarray(valueStart[i], valueEnd[i])),
        offset: baseOffset + BigInt(offsetDelta[i]),
      })),
    );
    return { records: found, next };
  }
}

function lastOf(value: Uint8Array): { readonly sequences: Sequences | null; readonly record: unknown } {
  const { sequences = null, ...record } = JSON.parse(new TextDecoder().decode(value)) as {
    readonly sequences?: Sequences;
  };
  return { sequences, record };
}
