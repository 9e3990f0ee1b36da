import { seededRng } from '../../src/engine/base/rng.ts';

const PIECES = [
  '{',
  '}',
  '(',
  ')',
  '[',
  ']',
  '|',
  ',',
  ':',
  '=',
  '==',
  '..',
  '.',
  '"',
  "'",
  '//',
  '///',
  '/*',
  '#',
  '@',
  '$',
  '?',
  '??',
  '-',
  '*',
  '&&',
  '||',
  '!',
  ';',
  '\n',
  '\t',
  ' ',
  '\\',
  'not',
  'in',
  'and',
  'or',
  'null',
  'true',
  'let',
  'sink',
  'test',
  'flow x v1',
  'schema',
  'pipeline',
  '5m',
  '1.',
  '.5',
  '1e',
  '9'.repeat(400),
  '@2026-13-99',
  '\u00a0',
  '\ufeff',
  '\u{1F600}',
  'é',
  '\0',
  '<',
  '>',
  '('.repeat(300),
  '['.repeat(150),
  '{|'.repeat(80),
  'list<'.repeat(200),
  '- '.repeat(600),
  'a.'.repeat(700),
  '1+'.repeat(700),
];

/** A flow with one to four random changes: pieces cut, doubled, swapped, put elsewhere, or signs put in. */
export function mutate(text: string, seed: number): string {
  const random = seededRng(seed);
  const below = (limit: number): number => random.below(Math.max(1, limit));
  let out = text;
  for (let changes = 1 + below(4); changes > 0; changes--) {
    const at = below(out.length + 1);
    const size = 1 + below(random.next() < 0.8 ? 8 : 200);
    const cut = out.slice(at, at + size);
    switch (below(6)) {
      case 0:
        out = out.slice(0, at) + out.slice(at + size);
        break;
      case 1:
        out = out.slice(0, at) + cut + out.slice(at);
        break;
      case 2: {
        const to = below(out.length + 1);
        out = out.slice(0, to) + cut + out.slice(to);
        break;
      }
      case 3:
        out =
          out.slice(0, at) +
          String.fromCharCode(random.next() < 0.7 ? 32 + below(95) : below(65_536)) +
          out.slice(at + 1);
        break;
      case 4:
        out = out.slice(0, at);
        break;
      default:
        out = out.slice(0, at) + (PIECES[below(PIECES.length)] ?? '') + out.slice(at);
    }
  }
  return out;
}
