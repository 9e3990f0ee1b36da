import { CATALOGUE, type DiagnosticCode } from './catalogue.ts';
import type { CatalogueEntry } from './entry.ts';
import type { OperationalEntry } from './operational/entry.ts';
import { OPERATIONAL, type OperationalCode } from './operational.ts';

const WIDTH = 90;

/** What `weir explain-error CODE` prints: the paragraph of the catalogue and its examples; null for an unknown code. */
export function explainError(code: string): string | null {
  const entry = compileEntry(code);
  if (entry !== null) {
    return [
      `${code}: ${entry.title}`,
      '',
      wrap(entry.explanation),
      '',
      'Refused:',
      indent(entry.bad),
      '',
      'Instead:',
      indent(entry.good),
      '',
    ].join('\n');
  }
  const operational = operationalEntry(code);
  if (operational === null) return null;
  const { title, cause, hint } = operational;
  return [`${code}: ${title}`, '', wrap(cause), '', wrap(`What to do: ${hint}`), ''].join('\n');
}

function compileEntry(code: string): CatalogueEntry | null {
  return Object.hasOwn(CATALOGUE, code) ? CATALOGUE[code as DiagnosticCode] : null;
}
function operationalEntry(code: string): OperationalEntry | null {
  return Object.hasOwn(OPERATIONAL, code) ? OPERATIONAL[code as OperationalCode] : null;
}

function wrap(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}
const indent = (text: string): string =>
  text
    .split('\n')
    .map(line => `    ${line}`)
    .join('\n');
