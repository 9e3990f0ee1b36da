import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../../scripts/generate.ts';

/** The documents whose examples are tested. */
export function documents(): readonly string[] {
  const docs = readdirSync(join(ROOT, 'docs')).filter(name => name.endsWith('.md'));
  return ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...docs.map(name => `docs/${name}`)];
}

export interface Snippet {
  readonly line: number;
  readonly text: string;
  /** What the comment before the block says of it: `<!-- flow: wrong E201 -->`, `<!-- flow: fragment of x.flow -->`. */
  readonly note: string;
}

const BLOCK = /(?:<!-- flow: ([^\n]*) -->\n)?^```(\w*)\n(.*?)^```$/gms;

export function blocks(text: string, language: string): readonly Snippet[] {
  return [...text.matchAll(BLOCK)]
    .filter(found => found[2] === language)
    .map(found => ({ line: lineAt(text, found.index), text: found[3], note: found[1] ?? '' }));
}

/** `<!-- flow: preamble … -->`: what the fragments of a document stand in, unseen by its readers. */
export function preamble(text: string): string {
  return /<!-- flow: preamble\n(.*?)-->/s.exec(text)?.[1] ?? '';
}

export interface CommandLine {
  readonly line: number;
  /** Without the leading `weir`. */
  readonly command: string;
  /** To be typed as it stands; else it may only name a command. */
  readonly isWhole: boolean;
}

/** Command lines in code: `weir …` in a line of its own, or between backticks. */
export function commandLines(text: string): readonly CommandLine[] {
  const found: CommandLine[] = [];
  let inBlock = false;
  text.split('\n').forEach((row, i) => {
    if (/^ *```/.test(row)) inBlock = !inBlock;
    const whole = /^(?: {4})?(?:\$ )?(?:npx )?weir (.*)$/.exec(row);
    if (whole !== null && (inBlock || row.startsWith('    ')))
      found.push({ line: i + 1, command: whole[1], isWhole: true });
    if (inBlock) return;
    for (const inline of row.matchAll(/`(?:npx )?weir ([^`]*)`/g))
      found.push({ line: i + 1, command: inline[1], isWhole: false });
  });
  return found;
}

/** Words of a command line as a shell cuts it, up to a pipe, a redirection or a comment. */
export function wordsOf(command: string): readonly string[] {
  const [own] = command.split(/ (?:\||&&|>|2>|<|#|&)(?: |$)/);
  return own
    .split(/\s+/)
    .map(word => word.replaceAll("'", ''))
    .filter(word => word !== '');
}

export const documentText = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
