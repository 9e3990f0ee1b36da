import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../../scripts/generate.ts';
import { FIRST_FLOW } from '../../src/cli/commands/first-flow.ts';
import { blocks, documents, documentText } from './documents.ts';

describe.each(documents())('%s', path => {
  it('links to what is there', () => {
    const links = [...documentText(path).matchAll(/\]\(([^)\s]+)\)/g)].map(found => found[1]);
    const broken = links.filter(link => {
      if (/^https:/.test(link)) return false;
      const [target, heading] = link.split('#');
      const file = target === '' ? path : join(dirname(path), target);
      if (!existsSync(join(ROOT, file))) return true;
      return heading !== undefined && !headings(file).includes(heading);
    });
    expect(broken).toEqual([]);
  });

  it('names scripts and files that are there', () => {
    const named = [...documentText(path).matchAll(/`((?:src|test|docs|scripts|pipelines|examples|bin)\/[\w./-]+)`/g)];
    expect(
      named.map(found => found[1]).filter(file => !existsSync(join(ROOT, file)) && !/NAME|WORDS/.test(file)),
    ).toEqual([]);
  });
});

it('the README shows the flow that `weir init` writes', () => {
  const bare = FIRST_FLOW.split(/\n(?=test )/)[0]
    .split('\n')
    .filter(line => !line.startsWith('//'))
    .join('\n')
    .trim();
  const squeezed = (text: string) => text.replaceAll(/\n+/g, '\n').trim();
  expect(blocks(documentText('README.md'), 'flow').map(block => squeezed(block.text))).toContain(squeezed(bare));
});

/** Anchors as GitHub makes them of headings. */
function headings(file: string): readonly string[] {
  return [...documentText(file).matchAll(/^#+ (.*)$/gm)].map(found =>
    found[1]
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
