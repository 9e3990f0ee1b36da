import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { reportPage } from '../../../benchmarks/partitions/report-page.ts';
import { reportForTests } from './figures-for-tests.ts';

/** Elements with what they say; of a plot its kind of marks and how many, since where each lies is the plotting library's. */
function structureOf(page: string): string {
  const body = page.slice(page.indexOf('<body>')).replaceAll(/<svg [\s\S]*?<\/svg>/g, svg => {
    const [, label] = /aria-label="([^"]*)"/.exec(svg) ?? [];
    const marks = [...svg.matchAll(/class="mark-(\w+) role-mark[^"]*"[^>]*>([\s\S]*?)<\/g>/g)];
    const drawn = marks.map(([, kind, mark]) => `${kind} ${mark.match(/<(path|text) /g)?.length ?? 0}`);
    return `\n[plot ${label}: ${drawn.join(', ')}]\n`;
  });
  return `${body.replaceAll(/\n+/g, '\n').trim()}\n`;
}

it.each(['embedded', 'kafka'] as const)('the page over the %s log has this structure', async log => {
  const page = await reportPage(reportForTests({ log }));
  const golden = join(import.meta.dirname, `${log}-page.txt`);
  const structure = structureOf(page);
  if (process.env['UPDATE_GOLDEN']) writeFileSync(golden, structure);
  expect(structure).toBe(readFileSync(golden, 'utf8'));
});

it('the page needs nothing else, runs nothing and takes nothing for markup', async () => {
  const page = await reportPage(reportForTests());
  expect(page.match(/<svg role="img" aria-label="/g)).toHaveLength(4);
  expect(page).not.toMatch(/<script|<link|<img|javascript:|@import|url\(/i);
  const addresses = page.match(/https?:\/\/[^"' )]+/g) ?? [];
  expect([...new Set(addresses)].every(address => address.startsWith('http://www.w3.org/'))).toBe(true);
  expect(page).toContain('A &lt;fast&gt; CPU');
  expect(await reportPage(reportForTests())).toBe(page);
});
