import { encodeFrames } from '../columnar/frame.ts';
import { sliceRows } from '../columnar/take.ts';
import type { Batch } from '../contract/batch.ts';
import { DEAD_LETTER_SCHEMA } from '../contract/dead-letter.ts';
import { type Log, MAX_FRAME_BYTES, type TaskLog } from '../contract/log.ts';
import { topicFor } from './topic-rows.ts';

/** Dead letters of one commit. */
const COMMIT_BYTES = 8 * 1024 * 1024;

/**
 * The dead letters of a bounded job, in the log exactly once per artifact: the task's record says which artifact they belong
 * to and how many are in, and a job that runs again passes over as many. The rows of a job come in a fixed order.
 */
export class DeadLetterLog {
  readonly #openLog: () => Promise<Log>;
  readonly #flow: string;
  readonly #job: string;
  readonly #jobKey: string;
  #task: TaskLog | null = null;
  #log: Log | null = null;
  #seen = 0;
  #committed = 0;
  #waiting = new Map<string, { frames: Uint8Array[]; rows: number }>();
  #waitingBytes = 0;

  constructor(openLog: () => Promise<Log>, flow: string, job: string, jobKey: string) {
    this.#openLog = openLog;
    this.#flow = flow;
    this.#job = job;
    this.#jobKey = jobKey;
  }

  async append(topic: string, rows: Batch): Promise<void> {
    await this.#open(topic);
    const from = Math.min(rows.rows, Math.max(0, this.#committed - this.#seen));
    this.#seen += rows.rows;
    if (from === rows.rows) return;
    const waiting = this.#waiting.get(topic) ?? { frames: [], rows: 0 };
    this.#waiting.set(topic, waiting);
    for (const frame of encodeFrames(sliceRows(rows, from, rows.rows), MAX_FRAME_BYTES)) {
      waiting.frames.push(frame);
      this.#waitingBytes += frame.length;
    }
    if (this.#waitingBytes > COMMIT_BYTES) await this.#commit();
  }

  async finish(): Promise<void> {
    if (this.#waitingBytes > 0) await this.#commit();
    await this.close();
  }
  async close(): Promise<void> {
    await this.#task?.close();
    this.#task = null;
  }

  async #open(topic: string): Promise<void> {
    if (this.#log === null) {
      this.#log = await this.#openLog();
      this.#task = await this.#log.open({ flow: this.#flow, chain: `bad-${this.#job}`, partition: 0 });
      const last = this.#task.last;
      const [position] = last?.positions ?? [];
      if (position !== undefined && last?.planHash === this.#jobKey) this.#committed = position.row;
    }
    if (!this.#waiting.has(topic)) await ensureDeadLetterTopic(this.#log, topic);
  }

  async #commit(): Promise<void> {
    const outputs = [...this.#waiting].map(([topic, { frames }]) => ({ to: { topic, partition: 0 }, frames }));
    await this.#task?.commit({
      record: {
        planHash: this.#jobKey,
        positions: [{ input: `bad:${this.#jobKey}`, partition: 0, offset: 0n, row: this.#seen }],
        models: {},
        sinkTokens: [],
        snapshot: null,
        counts: {},
        ended: false,
      },
      outputs,
      deltas: [],
    });
    this.#committed = this.#seen;
    this.#waiting = new Map();
    this.#waitingBytes = 0;
  }
}

/** Dead letters are few and their order tells: one partition, unless the topic has more already. */
async function ensureDeadLetterTopic(log: Log, topic: string): Promise<void> {
  const known = await topicFor(log, topic, DEAD_LETTER_SCHEMA);
  if (known === null)
    await log.ensureTopics([{ name: topic, partitions: 1, meta: { schema: DEAD_LETTER_SCHEMA as never } }]);
}
