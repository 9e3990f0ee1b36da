import { CATALOGUE } from './catalogue.ts';
import type { CatalogueEntry } from './entry.ts';
import type { OperationalEntry } from './operational/entry.ts';
import { OPERATIONAL } from './operational.ts';

const FAMILIES: readonly (readonly [prefix: string, title: string])[] = [
  ['E1', 'Syntax'],
  ['E2', 'Names and arguments'],
  ['E3', 'Types'],
  ['E4', 'Streams'],
  ['E5', 'Learning'],
  ['E6', 'Delivery and privacy'],
  ['E7', 'Imports and registered schemas'],
  ['W8', 'Lints'],
  ['R1', 'The log'],
  ['R2', 'Sources and files'],
  ['R3', 'Models and learning'],
  ['R4', 'Rows and values'],
  ['R5', 'Runs and tasks'],
];
const NOTE = '<!-- Generated from src/dsl/diagnostics by `npm run gen`. Do not edit. -->';

/** The pages of docs/diagnostics: path in the repository → text. One page per code, and an index. */
export function renderCatalogueMarkdown(): Map<string, string> {
  const pages = new Map<string, string>();
  const compile = Object.entries<CatalogueEntry>(CATALOGUE);
  const operational = Object.entries<OperationalEntry>(OPERATIONAL);
  for (const [code, entry] of compile) pages.set(pathOf(code), compilePage(code, entry));
  for (const [code, entry] of operational) pages.set(pathOf(code), operationalPage(code, entry));
  const titles = new Map([...compile, ...operational].map(([code, entry]) => [code, entry.title]));
  pages.set('docs/diagnostics/README.md', indexPage(titles));
  return pages;
}

const pathOf = (code: string): string => `docs/diagnostics/${code}.md`;

function compilePage(code: string, entry: CatalogueEntry): string {
  const kind = code.startsWith('W') ? 'warning' : 'error';
  const hint = entry.hint === null || /^\{\w+\}$/.test(entry.hint) ? [] : [`> help: ${entry.hint}`, ''];
  return [
    NOTE,
    `# ${code}: ${entry.title}`,
    '',
    `> ${kind}[${code}]: ${entry.message}`,
    ...(hint.length > 0 ? ['>', ...hint] : ['']),
    entry.explanation,
    '',
    'Refused:',
    '',
    '```flow',
    entry.bad,
    '```',
    '',
    'Instead:',
    '',
    '```flow',
    entry.good,
    '```',
    '',
  ].join('\n');
}

function operationalPage(code: string, entry: OperationalEntry): string {
  return [NOTE, `# ${code}: ${entry.title}`, '', entry.cause, '', `**What to do.** ${entry.hint}`, ''].join('\n');
}

function indexPage(titles: ReadonlyMap<string, string>): string {
  const codes = [...titles.keys()].sort();
  const lines = [
    NOTE,
    '# Diagnostics',
    '',
    'Every message has a stable code. `weir explain-error CODE` prints these pages. E: the flow is wrong. W: the flow runs, and',
    'is probably not meant so. R: the flow is right, and the world is not as it says.',
    '',
  ];
  for (const [prefix, title] of FAMILIES) {
    lines.push(`## ${title}`, '', '| code | |', '|---|---|');
    for (const code of codes)
      if (code.startsWith(prefix)) lines.push(`| [${code}](${code}.md) | ${titles.get(code)} |`);
    lines.push('');
  }
  return lines.join('\n');
}
