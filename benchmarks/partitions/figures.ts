/** What a comparison of partition counts gives: one JSON object, made once and drawn by the table, the page and `--compare`. */
export interface PartitionReport {
  readonly benchmark: 'partitions';
  /** When it was measured, as it was handed in. */
  readonly date: string;
  readonly machine: Machine;
  readonly settings: Settings;
  /** By number of partitions, upward; the first is one partition. */
  readonly counts: readonly CountFigures[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly system: string;
  readonly node: string;
  /** Of the last minute before the first run: above 0 something else was at work. */
  readonly load: number;
}

export interface Settings {
  readonly log: LogKind;
  readonly rows: number;
  readonly rounds: number;
  readonly workers: number;
  /** Records a second in the latency runs. */
  readonly rate: number;
  /** Records fed and not counted before the measured ones of a latency run. */
  readonly warmUpRows: number;
  readonly latencyRows: number;
}

export type LogKind = 'embedded' | 'kafka';

export interface CountFigures {
  readonly partitions: number;
  /** Of each round, in their order: what the run tells as its time on the wall. */
  readonly seconds: readonly number[];
  /** Median of the rounds. */
  readonly rowsPerSecond: number;
  /** User and system time of all threads of the process, median. */
  readonly cpuSeconds: number;
  /** The same of Kafka's broker while the run went on; null where there is none, or no way to know. */
  readonly brokerCpuSeconds: number | null;
  /** Most resident memory of the process in any round, MiB. */
  readonly peakMib: number;
  /** Throughput against one partition. */
  readonly speedUp: number;
  /** Speed-up against what as many threads as can be at work at once would give. */
  readonly efficiency: number;
  readonly latency: LatencyFigures;
}

/** Milliseconds from when a record was due until its row could be read. */
export interface LatencyFigures {
  readonly rows: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly maxMs: number;
  /** The most a record was handed over after it was due: included above, and a sign that the feeder itself was held up. */
  readonly latestFeedMs: number;
}
