import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { Disk } from '../../base/disk.ts';
import { InTurn } from '../../base/in-turn.ts';
import { nodeDisk } from '../../base/node-disk.ts';
import type { Bytes } from '../../base/units.ts';
import type {
  ChangelogDelta,
  CommitRecord,
  LogReader,
  Position,
  ReadFrame,
  ReadLimit,
  ReadResult,
  TaskId,
  TopicInfo,
} from '../../contract/log.ts';
import { LogError } from '../../contract/log.ts';
import { taskName } from '../../contract/task-name.ts';
import type { RootMeta } from './catalog.ts';
import { Catalog } from './catalog.ts';
import { changelogDeltas } from './changelog-deltas.ts';
import type { Channel } from './channel.ts';
import { framesAt, placesFrom, readPlaces } from './channel-reader.ts';
import { openFailure } from './failure.ts';
import type { FoundRoot } from './journal-files.ts';
import { damaged, findLastRoot, framesFrom, placeSealed } from './journal-files.ts';
import type { ScannedFrame } from './scan.ts';
import type { Segment } from './segment.ts';
import { SegmentReaders, segmentId } from './segment.ts';

export interface LogViewOptions {
  /** The log's folder (`.weir/log`); where it is missing, the log is empty. */
  readonly dir: string;
  readonly clock: Clock;
  readonly disk?: Disk;
}

/** Between two looks at the disk of a read that waits. */
const POLL_MS = 50;
/** A log that is written may look damaged while its files are made, moved and removed; one that stays so is. */
const ATTEMPTS = 10;
const RETRY_MS = 20;

/**
 * A log as others see it: it takes no lock and writes nothing, so it can be had while a run holds the log. It shows what is
 * committed and said to be synced by a later frame of the journal; so the newest commits show with the next ones, or with the
 * mark that follows after some milliseconds. What it has shown, no crash takes back. Its calls throw LogError `corrupt` where
 * bytes that had been synced are damaged, `gap` where the folder holds another log, `dead` where the system refuses a file.
 */
export function openLogView(options: LogViewOptions): LogReader {
  return new EmbeddedView(options);
}

/** What is known of the journal: all frames of `active` before `active.bytes`, and everything before its root. */
interface Seen {
  readonly catalog: Catalog;
  readonly active: Segment;
  /** CRC of the frame that `active` begins with. */
  readonly root: number;
  /** Of the last frame taken in. */
  number: number;
}

class EmbeddedView implements LogReader {
  readonly #options: LogViewOptions;
  readonly #disk: Disk;
  readonly #folder: string;
  readonly #segments: SegmentReaders;
  #seen: Seen | null = null;
  /** Calls look at the disk one after another. */
  readonly #looks = new InTurn();
  #closed = false;

  constructor(options: LogViewOptions) {
    this.#options = options;
    this.#disk = options.disk ?? nodeDisk;
    this.#folder = `${options.dir}/journal`;
    this.#segments = new SegmentReaders(this.#disk, this.#folder);
  }

  async topics(): Promise<readonly TopicInfo[]> {
    return (await this.#current()).topicInfos();
  }

  async describe(topic: string): Promise<TopicInfo> {
    return (await this.#current()).topicInfo(topic);
  }

  async last(task: TaskId): Promise<CommitRecord | null> {
    return (await this.#current()).tasks.get(taskName(task))?.last ?? null;
  }

  async *changelog(id: TaskId, from: bigint): AsyncIterable<ChangelogDelta> {
    const task = (await this.#current()).tasks.get(taskName(id));
    if (task === undefined) return;
    yield* changelogDeltas(task, from, (_, name, offset, bytes) =>
      this.#settled(async () => {
        // A look may have put another catalogue in the place of the one that the task is of.
        const { changelog } = this.#catalog.tasks.get(taskName(id)) ?? task;
        return this.#frames(changelog, name, offset, bytes);
      }),
    );
  }

  async read(at: Position, max: ReadLimit): Promise<ReadResult> {
    const { clock } = this.#options;
    const until = clock.elapsed() + max.waitMs;
    for (;;) {
      const result = await this.#settled(() => this.#read(at, max.bytes));
      const left = until - clock.elapsed();
      if (result.frames.length > 0 || left <= 0) return result;
      await clock.sleep(Math.min(left, POLL_MS));
    }
  }

  async #read(at: Position, bytes: number): Promise<ReadResult> {
    const offset = Number(at.offset);
    // Only for what is not known yet: what was committed stays.
    if (offset >= (this.#catalog.topics.get(at.topic)?.channels[at.partition]?.end ?? 0)) await this.#look();
    const channel = this.#catalog.channelOf(at);
    const frames = await this.#frames(channel, `${at.topic}/${at.partition}`, offset, bytes);
    const end = BigInt(channel.end);
    return { frames, next: { ...at, offset: at.offset + BigInt(frames.length) }, stableEnd: end, end };
  }

  async #frames(channel: Channel, name: string, offset: number, bytes: Bytes): Promise<readonly ReadFrame[]> {
    const places = placesFrom(channel, name, offset, bytes);
    try {
      return framesAt(offset, await readPlaces(places, this.#segments));
    } catch (error) {
      // Moved since we looked, or written anew under the same name by a log that recovered.
      for (const { segment } of places) this.#segments.drop(segment);
      await this.#look();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#segments.close();
  }

  get #catalog(): Catalog {
    return this.#seen?.catalog ?? new Catalog();
  }

  async #current(): Promise<Catalog> {
    await this.#settled(() => this.#look());
    return this.#catalog;
  }

  /** Tries again, a bounded number of times, where a look fell into a change of the files. */
  #settled<T>(look: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new LogError('closed', 'The log is closed.');
    return this.#looks.do(async () => {
      for (let attempt = 1; ; attempt++) {
        try {
          return await look();
        } catch (error) {
          const known = openFailure(error, this.#options.dir);
          const passing = isMissing(error) || (known instanceof LogError && known.code === 'corrupt');
          if (!passing || attempt === ATTEMPTS) throw known;
          await this.#options.clock.sleep(RETRY_MS);
        }
      }
    });
  }

  /** Takes in what was written since the last look. */
  async #look(): Promise<void> {
    const names = await this.#disk.list(this.#folder);
    const ids = names.map(segmentId).filter(id => id !== null);
    const { found } = await findLastRoot(this.#disk, this.#folder, ids);
    const known = this.#seen;
    if (found === null) {
      if (known !== null) throw this.#replaced();
      return;
    }
    try {
      const { number, crc } = found.root.header;
      if (known === null || number > known.number) this.#seen = await this.#load(found);
      else if (crc === known.root) await takeIn(known, found);
      else throw this.#replaced();
    } finally {
      await found.file.close();
    }
  }

  #replaced(): LogError {
    return new LogError('gap', `The log in ${this.#options.dir} was removed, or another one was put in its place.`);
  }

  async #load(found: FoundRoot): Promise<Seen> {
    const { header, meta, end } = found.root;
    const catalog = Catalog.ofRoot(meta as RootMeta);
    await placeSealed(this.#disk, this.#folder, catalog);
    const active: Segment = { id: found.id, bytes: end, liveBytes: 0, sealedAt: 0 };
    catalog.segments.set(active.id, active);
    const seen: Seen = { catalog, active, root: header.crc, number: header.number };
    await takeIn(seen, found);
    if (!catalog.complete()) throw damaged(found.id, 'the index misses payloads that should be there');
    return seen;
  }
}

/** Applies the frames behind `seen` that a later one says are synced. */
async function takeIn(seen: Seen, found: FoundRoot): Promise<void> {
  const { catalog, active } = seen;
  const waiting: ScannedFrame[] = [];
  for await (const frame of framesFrom(found, active.bytes, seen.number, false)) {
    waiting.push(frame);
    while (waiting.length > 0 && waiting[0].header.number <= frame.header.syncedThrough) {
      const { header, meta, runs, position, end } = waiting.shift() as ScannedFrame;
      assert(header.number === seen.number + 1, 'frames are taken in one after another');
      catalog.apply(header.kind, meta, runs, active, position);
      seen.number = header.number;
      active.bytes = end;
    }
  }
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | null)?.code === 'ENOENT';
}
