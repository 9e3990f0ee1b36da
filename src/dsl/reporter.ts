import type { Span } from '../engine/base/span.ts';
import type { Diagnostic } from '../engine/contract/diagnostic.ts';
import type { CATALOGUE, DiagnosticCode } from './diagnostics/catalogue.ts';
import { reported } from './diagnostics/diagnostic.ts';
import type { DetailsOf } from './diagnostics/entry.ts';
import { WHOLE_LINE } from './mistakes.ts';

export type Related = Diagnostic['related'];

/** Collects what is wrong with a flow: one diagnostic per mistake and place, however often the place is looked at. */
export interface Reporter {
  report<C extends DiagnosticCode>(
    code: C,
    span: Span,
    details: DetailsOf<(typeof CATALOGUE)[C]>,
    related?: Related,
  ): void;
  /** For what an operator's own check says: the code is known only at run time. */
  reportNamed(code: string, span: Span, details: Readonly<Record<string, string>>, related?: Related): void;
  add(diagnostic: Diagnostic): void;
  /** How many errors so far: whoever compares two counts knows whether something went wrong between. */
  readonly errors: number;
  /** In the order of their places. */
  all(): readonly Diagnostic[];
  /** The source text of a span, for hints that quote it. */
  textOf(span: Span): string;
}

export function makeReporter(sources: ReadonlyMap<string, string>): Reporter {
  const found = new Map<string, Diagnostic>();
  /** Lines that were not read as they were meant: what else is found there comes of that. */
  const lost = new Set<string>();
  /** Lines where the text stops following the grammar: what the checker makes of the rest is not what was meant. */
  const cut = new Set<string>();
  let errors = 0;
  const reporter: Reporter = {
    report(code, span, details, related = []) {
      reporter.add(reported(code, span, details, related));
    },
    reportNamed(code, span, details, related = []) {
      const shown = { where: `\`${details['stage'] ?? ''}\``, text: reporter.textOf(span), ...details };
      reporter.add(reported(code, span, shown, related));
    },
    add(entry) {
      if (entry.severity === 'error') errors += 1;
      const line = `${entry.span.file} ${entry.span.line}`;
      if (WHOLE_LINE.has(entry.code)) lost.add(line);
      else if (lost.has(line)) return;
      if (entry.code === 'E101') cut.add(line);
      else if (cut.has(line) && entry.severity === 'error' && !entry.code.startsWith('E1')) return;
      const key = `${entry.code} ${entry.span.file} ${entry.span.start} ${entry.span.end} ${entry.message}`;
      if (!found.has(key)) found.set(key, entry);
    },
    get errors() {
      return errors;
    },
    all() {
      const files = [...sources.keys()];
      return [...found.values()].sort(
        (a, b) => files.indexOf(a.span.file) - files.indexOf(b.span.file) || a.span.start - b.span.start,
      );
    },
    textOf: span => sources.get(span.file)?.slice(span.start, span.end) ?? '',
  };
  return reporter;
}
