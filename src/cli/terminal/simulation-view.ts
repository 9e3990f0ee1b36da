import type { CampaignStart, SeedReport } from '../../engine/simulation/seed-worker.ts';
import type { Paint } from './color.ts';
import { countText, secondsText } from './numbers.ts';

/** A line on the terminal is drawn anew after so many seeds. */
const EVERY = 10;
const WAYS: Readonly<Record<string, string>> = {
  order: 'the rows of each key, in their order',
  rows: 'the rows, in any order',
  count: 'how many rows each key has: what they hold depends on the order of others',
  total: 'how many rows there are: which ones depends on the order of others',
  nothing: 'nothing: how many rows there are depends on the order of others',
};

interface Options {
  readonly count: number;
  readonly json: boolean;
  /** What runs a seed again. */
  command(seed: number): string;
  readonly out: NodeJS.WriteStream;
  readonly err: NodeJS.WriteStream;
  readonly paint: Paint;
}

/** Tells of seeds as they come, in their order, and of all of them at the end. */
export class Campaign {
  readonly #options: Options;
  readonly #fired = new Map<string, number>();
  #done = 0;
  #virtualMs = 0;
  failed = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  start({ topics, leftOut }: CampaignStart): void {
    const { json, out } = this.#options;
    if (json) this.#line({ event: 'start', topics, left_out: leftOut });
    else {
      for (const { name, how } of topics) out.write(`topic ${name}: ${WAYS[how] ?? how}\n`);
      if (leftOut.length > 0) out.write(`not simulated, for they write no topic: ${leftOut.join(', ')}\n`);
    }
  }

  seed(report: SeedReport): void {
    const { setup, fired, violations, elapsed, steps, minimised } = report;
    this.#done += 1;
    this.#virtualMs += elapsed;
    for (const kind of fired) this.#fired.set(kind, (this.#fired.get(kind) ?? 0) + 1);
    const ok = violations.length === 0;
    if (!ok) this.failed += 1;
    const command = this.#options.command(setup.seed);
    if (this.#options.json) {
      const found = ok ? {} : { violations, faults: minimised?.faults, trace: minimised?.trace, command };
      const virtual_ms = Math.round(elapsed);
      this.#line({ event: 'seed', seed: setup.seed, world: setup.kind, ok, fired, virtual_ms, steps, ...found });
      return;
    }
    if (!ok) this.#showFailure(report, command);
    this.#progress(this.#done % EVERY === 0 || !ok);
  }

  #showFailure({ setup, violations, minimised }: SeedReport, command: string): void {
    const { out, paint } = this.#options;
    this.#clear();
    const [what = `${violations[0]}; and not when run once more`] = minimised?.violations ?? violations;
    out.write(`${paint('red', `seed ${setup.seed}`)} (${setup.kind}): ${what}\n`);
    const trace = minimised?.trace ?? [];
    const width = String(trace.length).length;
    for (const [i, line] of trace.entries()) out.write(`  ${String(i + 1).padStart(width)}. ${line}\n`);
    out.write(`  again: ${command}\n\n`);
  }

  /** Says what all seeds come to. */
  finish(): void {
    const { json, out } = this.#options;
    const faults = Object.fromEntries([...this.#fired].sort(([a], [b]) => (a < b ? -1 : 1)));
    if (json) {
      const virtual_ms = Math.round(this.#virtualMs);
      this.#line({
        event: 'summary',
        ok: this.failed === 0,
        seeds: this.#done,
        failed: this.failed,
        faults,
        virtual_ms,
      });
      return;
    }
    this.#clear();
    const kinds = Object.entries(faults).map(([kind, count]) => `${kind} ${countText(count)}`);
    out.write(`${countText(this.#done)} seeds, ${secondsText(this.#virtualMs / 1000)} of virtual time\n`);
    out.write(`faults: ${kinds.length === 0 ? 'none' : kinds.join(', ')}\n`);
    out.write(this.failed === 0 ? 'nothing was lost, doubled or moved\n' : `${countText(this.failed)} seeds failed\n`);
  }

  #line(event: unknown): void {
    this.#options.out.write(`${JSON.stringify(event)}\n`);
  }
  #progress(isDue: boolean): void {
    const { err, count } = this.#options;
    if (!err.isTTY || !isDue) return;
    err.write(`\r\x1b[K${countText(this.#done)} of ${countText(count)} seeds, ${countText(this.failed)} failed`);
  }
  #clear(): void {
    const { err } = this.#options;
    if (err.isTTY) err.write('\r\x1b[K');
  }
}
