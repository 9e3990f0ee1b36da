import type { RunEvent } from '../../engine/contract/progress.ts';
import type { Paint } from './color.ts';
import { countText, metricText, rateText, secondsText } from './numbers.ts';

/** Shows a run's events as they come; `finish` leaves the terminal as it should stay. */
export interface ProgressView {
  show(event: RunEvent): void;
  /** Lines that are no event, for people. */
  say(text: string): void;
  finish(): void;
}

const BAR_CELLS = 20;
const DEFAULT_COLUMNS = 100;
const ESCAPE = '\u001b';
/** Kept whole by the split, for its group. */
const COLOR_CODE = new RegExp(`(${ESCAPE}\\[[0-9;]*m)`);
/** Piped output gets a line per stage at most this often. */
const PLAIN_INTERVAL_MS = 5_000;

/** One object a line, for scripts. The summary is the last. */
export function jsonView(out: NodeJS.WritableStream, err: NodeJS.WritableStream): ProgressView {
  return {
    show: event => void out.write(`${JSON.stringify(event)}\n`),
    say: text => void err.write(`${text}\n`),
    finish() {},
  };
}

/** Plain lines for pipes and logs: what starts, what ends, and now and then how far it is. */
export function plainView(out: NodeJS.WritableStream, elapsed: () => number): ProgressView {
  const shownAt = new Map<string, number>();
  const shown = new Map<string, string>();
  return {
    show(event) {
      if (event.event === 'progress' || event.event === 'training') {
        const last = shownAt.get(event.stage) ?? elapsed();
        shownAt.set(event.stage, last);
        if (elapsed() - last < PLAIN_INTERVAL_MS) return;
        shownAt.set(event.stage, elapsed());
      }
      const line = lineOf(event, (_, text) => text);
      if (line === null) return;
      // A stream that waits for rows says so once, not every few seconds for weeks.
      if ('stage' in event && event.stage !== null && shown.get(event.stage) === line) return;
      if ('stage' in event && event.stage !== null) shown.set(event.stage, line);
      out.write(`${line}\n`);
    },
    say: text => void out.write(`${text}\n`),
    finish() {},
  };
}

/** A live block at the bottom of the terminal: a line per running stage, finished ones above it. */
export function liveView(out: NodeJS.WriteStream, paint: Paint): ProgressView {
  const running = new Map<string, string>();
  /** Stages whose input is through: they go with the next job that ends. */
  const through = new Set<string>();
  let drawn = 0;
  const clear = () => {
    if (drawn > 0) out.write(`\x1b[${drawn}A\x1b[0J`);
    drawn = 0;
  };
  const draw = () => {
    // A terminal that does not know its width says 0.
    const limit = Math.max(20, (out.columns || DEFAULT_COLUMNS) - 1);
    const lines = [...running.values()].slice(-12);
    for (const line of lines) out.write(`${fitted(line, limit)}\n`);
    drawn = lines.length;
  };
  return {
    show(event) {
      const line = lineOf(event, paint);
      if (line === null) return;
      clear();
      const key = liveKey(event);
      if (key !== null) running.set(key, line);
      else out.write(`${line}\n`);
      if (event.event === 'progress' && event.done === 1) through.add(event.stage);
      if (event.event === 'job' && !isRunning(event)) {
        for (const ended of [event.job, ...through]) running.delete(ended);
        through.clear();
      }
      draw();
    },
    say(text) {
      clear();
      out.write(`${text}\n`);
      draw();
    },
    finish() {
      clear();
      running.clear();
    },
  };
}

function liveKey(event: RunEvent): string | null {
  if (event.event === 'progress' || event.event === 'training') return event.stage;
  return event.event === 'job' && isRunning(event) ? event.job : null;
}
function isRunning({ state }: Extract<RunEvent, { event: 'job' }>): boolean {
  return state === 'running' || state === 'replacing';
}

function lineOf(event: RunEvent, paint: Paint): string | null {
  switch (event.event) {
    case 'start':
      return `${paint('bold', event.flow)}  ${event.workers} worker${event.workers === 1 ? '' : 's'}`;
    case 'job':
      if (event.state === 'running') return `${paint('cyan', '…')} ${event.job}`;
      if (event.state === 'replacing')
        return `${paint('cyan', '…')} ${event.job}  ${paint('dim', 'anew, in place of what an earlier run made')}`;
      if (event.state === 'reused')
        return `${paint('green', '✓')} ${event.job}  ${paint('dim', 'made by an earlier run')}`;
      return `${paint('green', '✓')} ${event.job}${event.seconds === undefined ? '' : `  ${paint('dim', secondsText(event.seconds))}`}`;
    case 'progress': {
      const parts = [`${countText(event.rowsIn)} rows`, rateText(event.rowsPerSecond)];
      if (event.rowsOut !== event.rowsIn) parts.push(`${countText(event.rowsOut)} out`);
      if (event.rejected > 0) parts.push(paint('yellow', `${countText(event.rejected)} rejected`));
      if (event.lag !== null) parts.push(`${countText(event.lag)} behind`);
      if (event.etaSeconds !== null && event.etaSeconds > 0) parts.push(`${secondsText(event.etaSeconds)} left`);
      return `${paint('cyan', '…')} ${event.stage}  ${event.done === null ? '' : `${bar(event.done)}  `}${parts.join(', ')}`;
    }
    case 'training': {
      const metric = event.metric === null ? '' : `, validation ${metricText(event.metric)}`;
      return `${paint('cyan', '…')} ${event.stage}  ${bar(event.round / Math.max(1, event.rounds))}  round ${event.round} of at most ${event.rounds}${metric}`;
    }
    case 'warning':
      return `${paint('yellow', '!')} ${event.code} ${event.message}`;
    case 'restart':
      return `${paint('yellow', '!')} task ${event.task} restarts from its last commit (attempt ${event.attempt}): ${event.reason}`;
    case 'summary':
      return null;
  }
}

function bar(done: number): string {
  const cells = Math.round(Math.min(1, Math.max(0, done)) * BAR_CELLS);
  return `${'█'.repeat(cells)}${'░'.repeat(BAR_CELLS - cells)} ${String(Math.floor(done * 100)).padStart(3)}%`;
}

/** Cuts at the terminal's width, not counting colour codes, so that a line never wraps and spoils the redraw. */
function fitted(line: string, limit: number): string {
  let seen = 0;
  let text = '';
  for (const part of line.split(COLOR_CODE)) {
    if (part.startsWith(ESCAPE)) {
      text += part;
      continue;
    }
    const room = limit - seen;
    const characters = [...part];
    text += characters.slice(0, room).join('');
    seen += Math.min(room, characters.length);
  }
  return text;
}
