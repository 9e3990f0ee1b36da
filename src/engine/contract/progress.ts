import type { Json } from '../base/json.ts';

/** What a run tells as it goes; the CLI draws it, `--json` prints one object a line. Holds counts and names, never a row's value. */
export type RunEvent =
  | { readonly event: 'start'; readonly flow: string; readonly workers: number; readonly jobs: readonly string[] }
  | {
      readonly event: 'job';
      readonly job: string;
      /** `replacing`: running, and what an earlier run made has been taken away for it. */
      readonly state: 'running' | 'replacing' | 'done' | 'reused';
      readonly seconds?: number;
    }
  | {
      readonly event: 'progress';
      readonly stage: string;
      readonly rowsIn: number;
      readonly rowsOut: number;
      readonly rejected: number;
      readonly rowsPerSecond: number;
      /** Of a bounded input, 0 to 1; null unknown. */
      readonly done: number | null;
      readonly etaSeconds: number | null;
      /** Rows behind the end of a topic; null where there is none. */
      readonly lag: number | null;
    }
  | {
      readonly event: 'training';
      readonly stage: string;
      readonly round: number;
      readonly rounds: number;
      readonly metric: number | null;
    }
  | { readonly event: 'warning'; readonly code: string; readonly message: string; readonly stage: string | null }
  | { readonly event: 'restart'; readonly task: string; readonly attempt: number; readonly reason: string }
  | RunSummary;

export interface RunSummary {
  readonly event: 'summary';
  readonly ok: boolean;
  readonly flow: string;
  readonly stages: readonly {
    readonly name: string;
    readonly rows_in: number;
    readonly rows_out: number;
    readonly rejected: number;
    /** Keys of state that were let go because nothing touched them for long. */
    readonly expired?: number;
    readonly reused?: true;
  }[];
  readonly reports: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly models: Readonly<Record<string, { readonly hash: string; readonly version: string | null }>>;
  readonly sinks: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  readonly seconds: number;
  /** Whoever asked the flow's processes to leave, by `weir stop`, it left off before its end: at a commit, or with nothing between its tasks. */
  readonly left?: 'stopped' | 'drained';
  /** Why not ok. */
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string | null };
}
