import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countText, metricText, rateText, secondsText } from '../../src/cli/terminal/numbers.ts';
import { jsonView, liveView, plainView } from '../../src/cli/terminal/progress-view.ts';
import { summaryText } from '../../src/cli/terminal/summary-view.ts';
import { alignedTable } from '../../src/cli/terminal/table.ts';
import type { RunEvent, RunSummary } from '../../src/engine/contract/progress.ts';

const ESCAPE = '\u001b';
/** Colours and moves of the cursor. */
const CODES = new RegExp(`${ESCAPE}\\[[0-9;]*[A-Za-z]`, 'g');
const plain = (_: unknown, text: string) => text;
const painted = (_: unknown, text: string) => `${ESCAPE}[1;31m${text}${ESCAPE}[0m`;

class Written {
  text = '';
  readonly columns: number;
  constructor(columns = 80) {
    this.columns = columns;
  }
  write(text: string): boolean {
    this.text += text;
    return true;
  }
  get stream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }
}

const progress = (stage: string, rowsIn: number): RunEvent => ({
  event: 'progress',
  stage,
  rowsIn,
  rowsOut: rowsIn,
  rejected: 3,
  rowsPerSecond: 12_345,
  done: 0.5,
  etaSeconds: 61,
  lag: 7,
});

describe('numbers', () => {
  it('are written for people', () => {
    expect([0, 999, 1_234_567].map(countText)).toEqual(['0', '999', '1,234,567']);
    expect([0.4, 850, 12_345, 1_250_000].map(rateText)).toEqual(['0/s', '850/s', '12k/s', '1.3M/s']);
    expect([0.44, 12.4, 185].map(secondsText)).toEqual(['0.4 s', '12 s', '3 min 5 s']);
    expect([0.67123, 12, null, 'x'].map(metricText)).toEqual(['0.6712', '12', '—', 'x']);
  });
  it('never say 60 seconds', () => {
    expect([9.96, 59.7, 119.8].map(secondsText)).toEqual(['10 s', '1 min 0 s', '2 min 0 s']);
  });
});

describe('tables', () => {
  it('put numbers to the right, texts to the left, and end no line in blanks', () => {
    const table = alignedTable([
      ['name', 'ward', 'rows', 'left'],
      ['a', 'A', '1,000', ''],
      ['longer', 'B', '7', 'x'],
    ]);
    expect(table).toBe('name    ward   rows  left\na       A     1,000\nlonger  B         7  x\n');
  });
});

describe('the live view', () => {
  it('never writes a line that wraps, colours or not', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constant(0), fc.integer({ min: 21, max: 120 })),
        fc.string({ unit: 'grapheme', maxLength: 90 }),
        (columns, name) => {
          const out = new Written(columns);
          const view = liveView(out.stream, painted);
          const stage = name.replaceAll(/[\n\r]/g, '').replaceAll(ESCAPE, '');
          view.show(progress(stage, 1_000_000));
          view.show({ event: 'training', stage: 'model', round: 3, rounds: 9, metric: 0.61234 });
          for (const line of out.text.split('\n')) {
            const seen = line.replaceAll(CODES, '');
            // 0 is a terminal that does not know.
            expect([...seen].length).toBeLessThan(columns === 0 ? 100 : columns);
          }
        },
      ),
    );
  });
  it('lets words stand above the block, and drops the stages of a job that has ended', () => {
    const out = new Written();
    const view = liveView(out.stream, plain);
    view.show({ event: 'job', job: 'rows', state: 'running' });
    view.show({ ...progress('some', 5), done: 1, etaSeconds: 0 } as RunEvent);
    view.say('stopping');
    view.show({ event: 'job', job: 'rows', state: 'done' });
    view.show({ event: 'job', job: 'next', state: 'running' });
    const [last] = out.text.split(`${ESCAPE}[0J`).slice(-1);
    expect(last).toBe('✓ rows\n… next\n');
    expect(out.text).toContain(`${ESCAPE}[2A${ESCAPE}[0Jstopping\n… rows\n… some`);
    expect(out.text).not.toContain('left');
  });
  it('has room on a terminal that does not know its width', () => {
    const out = new Written(0);
    liveView(out.stream, plain).show({ event: 'training', stage: 'model', round: 3, rounds: 9, metric: 0.61234 });
    expect(out.text).toContain('round 3 of at most 9, validation 0.6123');
  });
  it('redraws in place and leaves only what has ended', () => {
    const out = new Written();
    const view = liveView(out.stream, plain);
    view.show({ event: 'job', job: 'rows', state: 'running' });
    view.show({ event: 'job', job: 'rows', state: 'done', seconds: 1.5 });
    view.finish();
    expect(out.text).toBe(`… rows\n${ESCAPE}[1A${ESCAPE}[0J✓ rows  1.5 s\n`);
  });
});

describe('the plain view', () => {
  it('tells of a stage every five seconds, and only when it has moved', () => {
    const out = new Written();
    let now = 0;
    const view = plainView(out.stream, () => now);
    for (const [at, rows] of [
      [0, 1],
      [4_000, 2],
      [5_000, 3],
      [6_000, 4],
      [11_000, 3],
      [17_000, 5],
    ] as const) {
      now = at;
      view.show(progress('rows', rows));
    }
    expect(out.text.match(/\d+ rows/g)).toEqual(['3 rows', '5 rows']);
  });
});

describe('the JSON view', () => {
  it('is an object a line', () => {
    const out = new Written();
    jsonView(out.stream, new Written().stream).show(progress('rows', 1));
    expect(JSON.parse(out.text)).toEqual(progress('rows', 1));
    expect(out.text.endsWith('\n')).toBe(true);
  });
});

describe('the summary', () => {
  const summary: RunSummary = {
    event: 'summary',
    ok: true,
    flow: 'f',
    stages: [
      { name: 'rows', rows_in: 1_000, rows_out: 990, rejected: 10 },
      { name: 'model', rows_in: 990, rows_out: 0, rejected: 0 },
    ],
    reports: { card: { auroc: 0.7, auroc_low: 0.65, auroc_high: 0.75, by: {} } },
    models: { model: { hash: 'abcdefabcdefabcdef', version: '2' } },
    sinks: { out: { rows: 1, delivery: 'exactly-once' }, release: { outcome: 'pass', note: 'published m version 2' } },
    seconds: 2,
  };
  const names = { values: new Set(['model']), targets: new Map([['out', 'file out.csv']]) };

  it('says what came, went and was refused, and where it lies', () => {
    expect(summaryText(summary, names, plain)).toBe(
      [
        '  stage  rows in  rows out  rejected',
        '  rows     1,000       990        10',
        '  model      990         —         0',
        '  report card: auroc 0.7000 (0.6500–0.7500)',
        '  model model: version 2, abcdefabcdef',
        '  sink out: 1 row to file out.csv, exactly-once',
        '  sink release: published m version 2',
        'done f in 2.0 s',
        '',
      ].join('\n'),
    );
  });
  it('tells a stop from a failure', () => {
    const end = (code: string) =>
      summaryText({ ...summary, ok: false, error: { code, message: '', hint: null } }, names, plain)
        .split('\n')
        .at(-2);
    expect(end('R511')).toBe('stopped f after 2.0 s; run it again to go on from its last commit');
    expect(end('R201')).toBe('failed f after 2.0 s');
  });
});
