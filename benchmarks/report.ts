/** What every benchmark gives. */
export interface BenchmarkResult {
  readonly name: string;
  readonly question: string;
  /** By variant, ours and peers. */
  readonly medians: Readonly<Record<string, { readonly value: number; readonly unit: string }>>;
  readonly ratios: readonly Ratio[];
}
export interface Ratio {
  readonly against: string;
  /** Above 1: ours is the faster. */
  readonly ratio: number;
  /** What is promised; null: measured only. */
  readonly gate: number | null;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** CPU time of the whole process: other programs on the machine matter less to it than to the clock on the wall. */
export async function cpuSeconds<T>(work: () => Promise<T> | T): Promise<{ seconds: number; value: T }> {
  const before = process.cpuUsage();
  const value = await work();
  const { user, system } = process.cpuUsage(before);
  return { seconds: (user + system) / 1e6, value };
}

/** What a benchmark does when it is started by itself: its result for people, or with `--json` for scripts. */
export function tell(result: BenchmarkResult): void {
  if (process.argv.includes('--json')) console.log(JSON.stringify(result));
  else printResult(result);
}

export function printResult({ name, question, medians, ratios }: BenchmarkResult): void {
  const width = Math.max(...Object.keys(medians).map(key => key.length));
  console.log(`${name}: ${question}`);
  for (const [variant, { value, unit }] of Object.entries(medians)) {
    console.log(`  ${variant.padEnd(width)}  ${value.toFixed(value < 10 ? 3 : 1)} ${unit}`);
  }
  for (const { against, ratio, gate } of ratios) console.log(`  against ${against}: ${ratioText(ratio, gate)}`);
}

export function ratioText(ratio: number, gate: number | null): string {
  return `${ratio.toFixed(2)}×${gate === null ? '' : ` (gate ${gate}×: ${ratio >= gate ? 'met' : 'missed'})`}`;
}
