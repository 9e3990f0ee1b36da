import { existsSync, readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatFlow } from '../../src/dsl/format.ts';
import { parseFlow } from '../../src/dsl/parse.ts';
import { randomFlow } from './random-flow.ts';
import { SNIPPETS } from './snippets.ts';
import { shape } from './tree-shape.ts';

const SAMPLES = new URL('../../../shared/design/flows/', import.meta.url);

/** Formatting keeps the tree and the comments, and a second time changes nothing. */
function checkFormat(text: string): string {
  const before = parseFlow('x.flow', text);
  expect(before.diagnostics).toEqual([]);
  const once = formatFlow(text, 'x.flow');
  expect(once.diagnostics).toEqual([]);
  const after = parseFlow('x.flow', once.text);
  expect(after.diagnostics).toEqual([]);
  expect(shape(after.file)).toEqual(shape(before.file));
  const comments = (file: typeof before.file): string[] => file.comments.map(comment => comment.text.trimEnd()).sort();
  expect(comments(after.file)).toEqual(comments(before.file));
  expect(formatFlow(once.text, 'x.flow').text).toBe(once.text);
  expect(once.text).not.toMatch(/[ \t\r]\n|\n\n\n|^\n|\n\n$/);
  return once.text;
}

describe('the formatter', () => {
  for (const [title, text] of Object.entries(SNIPPETS)) {
    test(`keeps what ${title} says`, () => {
      checkFormat(text);
    });
  }

  test.skipIf(!existsSync(SAMPLES))('keeps what the sample flows say, within 120 columns', () => {
    for (const name of readdirSync(SAMPLES).filter(file => file.endsWith('.flow'))) {
      const text = checkFormat(readFileSync(new URL(name, SAMPLES), 'utf8'));
      expect(Math.max(...text.split('\n').map(line => line.length)), name).toBeLessThanOrEqual(120);
    }
  });

  test('any flow', () => {
    fc.assert(
      fc.property(randomFlow, text => {
        checkFormat(text);
      }),
      { numRuns: 300 },
    );
  });

  test('refuses a file with errors, and returns it as it was', () => {
    const text = 'flow a v1\nlet  b = c | where (x\n';
    const { text: out, diagnostics } = formatFlow(text, 'a.flow');
    expect(out).toBe(text);
    expect(diagnostics.map(item => item.code)).toEqual(['E102']);
  });

  test('lays a flow out', () => {
    expect(formatFlow(UGLY, 'a.flow').text).toBe(NEAT);
  });
});

const UGLY = `flow   ugly v2
import {Visit,day} from "./visit.flow"


param limit:float=0.35 // how many


schema Vital{..Visit
  patient_id:string@entity@phi, ts:  timestamp
  // in percent
  spo2:      float?in 0.0..100.0@unit("%")
  pulse:     int }
let adults=visits|where age>=18 and(ward=="A"or ward=="B")
  |derive{risk=age/100.0
    // the rest
    old=not(age<80), note=concat("a long text that takes much room", "another text that takes even more room", ward)}
  | split train:0.8,test:0.2,
    group:none,
      seed:1
sink out=adults.train|select{*,risk=-risk}|write topic("out"),key:patient_id
`;
const NEAT = `flow ugly v2
import { Visit, day } from "./visit.flow"

param limit: float = 0.35 // how many

schema Vital {
  ..Visit
  patient_id: string @entity @phi, ts: timestamp
  // in percent
  spo2:  float? in 0.0..100.0 @unit("%")
  pulse: int
}
let adults = visits | where age >= 18 and (ward == "A" or ward == "B")
  | derive {
      risk = age / 100.0
      // the rest
      old = not (age < 80)
      note = concat("a long text that takes much room", "another text that takes even more room", ward)
    }
  | split train: 0.8, test: 0.2,
      group: none,
      seed: 1
sink out = adults.train | select { *, risk = -risk } | write topic("out"), key: patient_id
`;
